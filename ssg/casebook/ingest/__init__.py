"""Pictures as they come out of a hospital or off a disk, turned into series that a case set can hold.

sources.py     files, folders and zip archives, as bytes within bounds
spool.py       every frame decoded once and laid down, so that an ingest that is cut off goes on
levels.py      frames of one stack brought to one scale of grey
assembling.py  frames into stacks, stacks into series, series into studies
text.py        text burned into pictures: found, shown, covered
report.py      what was taken, refused, removed and noticed
ingest.py      all of it, one after the other

Only pixels and a few allowed terms come through; the files themselves are never kept.
"""

from ssg.casebook.ingest.ingest import Ingested, Limits, ingest
from ssg.casebook.ingest.report import IngestReport
from ssg.casebook.ingest.studies import Study, StudySeries

__all__ = ["IngestReport", "Ingested", "Limits", "Study", "StudySeries", "ingest"]
