"""Case sets in other formats, and back without loss.

formats.py    which formats there are; writing one
rest.py       what a format cannot hold, kept beside it in ``ssg.json``
back.py       a set put together again from both
pictures.py   the pictures, copied or linked
coco.py       COCO detection JSON
yolo.py       YOLO label files
lines.py      which lines of YOLO's are those that were written
table.py      CSV
hub.py        the layout that Hugging Face ``datasets`` reads (imagefolder)
"""
