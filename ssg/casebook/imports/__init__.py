"""Annotations of other formats as case sets: one small file for each format, and what they have in common.

    marks.py        what an importer reads: pictures, marks, and what became of every row
    csv_rows.py     CSV as people have it
    values.py       numbers, sizes, names and texts of foreign files
    taking.py       labels that are none, rows that are kept or refused
    runs.py         masks as COCO's run lengths
    labels.py       labels as findings of the vocabulary
    placing.py      corners to boxes in pixels of the picture
    pieces.py       masks to boxes
    people.py       an age and a sex in words
    readers.py      marks to the readers of a case
    image_files.py  the pictures, found in folders
    pixels.py       what is stored of a picture
    making.py       the case set, written so that it goes on after a kill
    report.py       what an import did

The formats of one data set: annotations.py (SSG's own), chestxray8.py, vindr.py, rsna.py, siim.py, mscxr.py,
padchest_gr.py, chestx_det.py; of any: coco.py, yolo.py, pascal_voc.py, table.py.
"""
