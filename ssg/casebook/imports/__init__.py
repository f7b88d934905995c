"""Annotations of other formats as case sets: one small file for each format, and what they have in common.

    formats.py        the formats by name, and which of them a file is of
    looking.py        annotations in a folder, and their format
    marks.py          what an importer reads: pictures, marks, and what became of every row
    csv_rows.py       CSV as people have it
    json_rows.py      JSON, which may be anything
    values.py         numbers, sizes, names and texts of foreign files
    taking.py         labels that are none, rows that are kept or refused
    runs.py           masks as COCO's run lengths
    mask_values.py    masks as numbers, and what hangs together in them
    fitting.py        masks laid on their pictures
    labels.py         labels as findings of the vocabulary
    placing.py        corners to boxes in pixels of the picture
    people.py         an age and a sex in words
    image_kinds.py    kinds of images in the vocabulary's words
    readers.py        marks to the readers of a case
    picture_files.py  what the files of pictures are called, and how large they may be
    image_files.py    the pictures, found in folders
    pixels.py         what is stored of a picture
    making.py         the case set, written so that it goes on after a kill
    report.py         what an import did

The formats of one data set: annotations.py (SSG's own), chestxray8.py, vindr.py, rsna.py, siim.py, mscxr.py,
padchest_gr.py, chestx_det.py, m3d_refseg.py; of any: masks.py, pascal_voc.py, yolo.py, coco.py, table.py.
"""
