"""Files become pictures here: PNG, JPEG or DICOM in; grey pixels, geometry and nothing that names a patient out.

types.py         DisplayImage, what everyone else sees
allowed.py       the header values that may leave a worker
levels.py        stored values to samples and the real values that they stand for
opening.py       open_image, decode_upload: the limits, the way to a worker and back
refusals.py      every reason to refuse a file, with its words
sniffing.py      what a file is, by its first bytes
pool.py          the worker processes: started when needed, reused, killed when slow, replaced when dead
protocol.py      the frames that pass between the app and a worker: JSON and raw arrays, never pickle
worker.py        runs inside a worker process, under its limits
raster.py        PNG and JPEG                                        (worker)
dicom_file.py    DICOM bytes to stored values                        (worker)
dicom_image.py   stored values and header to a DisplayImage          (worker)
dicom_header.py  header values, spacing, orientation, allowed tags   (worker)
windowing.py     samples of full depth through a window
grey.py          windows, lookup tables and colour to grey: numpy, knows no file format
drawing.py       PNG bytes, regions drawn on a picture

The only room that knows pydicom, and only its workers load it.
"""

from ssg.imaging.allowed import BODY_PARTS
from ssg.imaging.drawing import draw_regions, png_bytes
from ssg.imaging.opening import decode_upload, open_image
from ssg.imaging.types import RADIOGRAPHS, DisplayImage
from ssg.imaging.windowing import windowed

__all__ = [
    "BODY_PARTS",
    "RADIOGRAPHS",
    "DisplayImage",
    "decode_upload",
    "draw_regions",
    "open_image",
    "png_bytes",
    "windowed",
]
