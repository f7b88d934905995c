"""Files become pictures here: PNG, JPEG, DICOM or NIfTI in; grey pixels, geometry and nothing that names a patient out.

types.py         DisplayImage, what everyone else sees
allowed.py       the header values that may leave a worker
levels.py        stored values to samples and the real values that they stand for
opening.py       open_image, decode_upload, decode_all: the limits, the way to a worker and back
refusals.py      every reason to refuse a file, with its words
sniffing.py      what a file is, by its first bytes
process.py       one worker process as the app sees it: started, asked, killed when it is slow
pool.py          the worker processes: started when needed, reused, replaced when dead, waited for
room.py          how much memory a worker has for a file
protocol.py      the frames that pass between the app and a worker: JSON and raw arrays, never pickle
worker.py        runs inside a worker process, under its limits
raster.py        PNG and JPEG                                        (worker)
labels.py        masks as the numbers that files store               (worker)
dicom_file.py    DICOM bytes to stored values                        (worker)
dicom_image.py   stored values and header to a DisplayImage          (worker)
dicom_header.py  header values, spacing, orientation, allowed tags   (worker)
dicom_frames.py  all frames of a file, and what of it is not kept    (worker)
dicom_place.py   where a frame lies and what it belongs to           (worker)
dicom_marks.py   what segmentations and reports mark on pictures     (worker)
nifti.py         volumes as slices                                   (worker)
nifti_place.py   how they are cut and where they lie                 (worker)
pieces.py        masks as boxes, one around each piece
grids.py         whether a mask and a picture are of the same pixels
stacks.py        slices in order by where they lie, and what is odd
letters.py       letters at the edges of slices, by their directions
upright.py       slices turned to the radiological convention
burned_in.py     text burned into a picture, found by an OCR
windowing.py     samples of full depth through a window
grey.py          windows, lookup tables and colour to grey: numpy, knows no file format
drawing.py       PNG bytes, regions drawn on a picture

The only room that knows pydicom, and only its workers load it.
"""

from ssg.imaging.allowed import BODY_PARTS
from ssg.imaging.burned_in import Writing, text_in
from ssg.imaging.drawing import draw_regions, png_bytes
from ssg.imaging.grids import Grid, Quad, fit, quad_of, turned_quad
from ssg.imaging.opening import LARGEST_FILE_MB, decode_all, decode_upload, many_files, open_image
from ssg.imaging.pieces import LEAST as LEAST_PIXELS
from ssg.imaging.pieces import boxes_of_pieces
from ssg.imaging.refusals import MAY_PASS
from ssg.imaging.sniffing import kind_of
from ssg.imaging.stacks import Place, Slice, Stack, stacks
from ssg.imaging.types import LARGEST_PIXELS, RADIOGRAPHS, REDUCED, Belonging, DisplayImage, PictureMark, Removed
from ssg.imaging.upright import Turn, plane_of, radiological
from ssg.imaging.windowing import is_shown_by_its_window, windowed

__all__ = [
    "BODY_PARTS",
    "LARGEST_FILE_MB",
    "LARGEST_PIXELS",
    "LEAST_PIXELS",
    "MAY_PASS",
    "RADIOGRAPHS",
    "REDUCED",
    "Belonging",
    "DisplayImage",
    "Grid",
    "PictureMark",
    "Place",
    "Quad",
    "Removed",
    "Slice",
    "Stack",
    "Turn",
    "Writing",
    "boxes_of_pieces",
    "decode_all",
    "decode_upload",
    "draw_regions",
    "fit",
    "is_shown_by_its_window",
    "kind_of",
    "many_files",
    "open_image",
    "plane_of",
    "png_bytes",
    "quad_of",
    "radiological",
    "stacks",
    "text_in",
    "turned_quad",
    "windowed",
]
