"""Annotations of other formats as case sets: one small file for each format, and what they have in common.

    marks.py        what an importer reads: pictures, marks, and what became of every row
    csv_rows.py     CSV as people have it
    labels.py       labels as findings of the vocabulary
    placing.py      corners to boxes in pixels of the picture
    pieces.py       masks to boxes
    people.py       an age and a sex in words
    readers.py      marks to the readers of a case
    image_files.py  the pictures, found in folders
    pixels.py       what is stored of a picture
    making.py       the case set, written so that it goes on after a kill
    report.py       what an import did

The formats: chestxray8.py, vindr.py, rsna.py, siim.py.
"""
