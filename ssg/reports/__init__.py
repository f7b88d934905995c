"""Reports in free text, read sentence by sentence. Knows words only: neither boxes nor cases.

types.py        ParsedReport, Sentence, ReportStatement
layout.py       markup, headings, which parts speak of the image
language.py     whether it is English at all
parsing.py      text -> ParsedReport: start here
comparing.py    new, worse, the same, better, resolved
normality.py    "normal chest", "no acute disease", "otherwise normal"
words.toml      headings, words of comparison, of normality, of other languages
"""

from ssg.reports.parsing import parse
from ssg.reports.types import Comparison, ParsedReport, ReportStatement, Sentence

__all__ = ["Comparison", "ParsedReport", "ReportStatement", "Sentence", "parse"]
