"""Pictures as they come out of a hospital or off a disk, turned into series that a case set can hold.

sources.py     files, folders and zip archives, as bytes within bounds
alone.py       one import into a folder at a time
room.py        a full disk, said in words
own.py         the pictures that an import wrote, and may take away
ahead.py       many files, a few worked on ahead
spool.py       every frame decoded once and laid down, so that an ingest that is cut off goes on
studies.py     what comes out: studies, series, burned-in text, marks
levels.py      frames of one stack brought to one scale of grey
assembling.py  frames into stacks, stacks into series, series into studies
text.py        text burned into pictures: found and shown
covering.py    the same, covered
marking.py     what segmentations and reports mark, on the frames that their pictures became
report.py      what was taken, refused, removed and noticed
ingest.py      all of it, one after the other
cases.py       cases of studies, with their marks
laying.py      files laid down as they are, where annotations belong to them

Only pixels and a few allowed terms come through; the files themselves are never kept.
"""

from ssg.casebook.ingest.ingest import Ingested, Limits, ingest, ingesting, own_pictures
from ssg.casebook.ingest.report import IngestReport
from ssg.casebook.ingest.studies import Study, StudySeries

__all__ = ["IngestReport", "Ingested", "Limits", "Study", "StudySeries", "ingest", "ingesting", "own_pictures"]
