"""A report in another language is told so, and nothing is read of it; one in English never is."""

from __future__ import annotations

import pytest

from benchmarks.report_parser import coded_reports, reports_archive
from ssg.reports import parse
from ssg.reports.language import is_english
from ssg.reports.parsing import NOT_ENGLISH

FOREIGN = [
    "Derrame pleural izquierdo. Sin neumotorax.", "No se observa neumotórax.", "Derrame à esquerda. Sem pneumotórax.",
    "Linksseitiger Pleuraerguss. Kein Pneumothorax.", "Herz normal. Lunge ohne Befund.",
    "Épanchement pleural gauche, pas de pneumothorax", "Pas d’épanchement.", "Coeur normal. Poumons clairs.",
    "Versamento pleurico sinistro. Senza pneumotorace.", "Nessun pneumotorace.", "Geen pneumothorax.",
    "Inget pneumothorax.", "Ikke pneumothorax.", "Bez pneumothorax.", "Płyn po lewej. Nie ma odmy.",
    "Плевральный выпот слева.",
    "Tüp toraks sağda plevral efüzyon izlendi akciğer parankimi normaldir kalp boyutu artmış.",
]  # fmt: skip
ENGLISH = [
    "Left effusion.", "ETT et NG tube. Left effusion.", "nodule", "No pneumothorax.",
    "cardiomegaly pulmonary edema bilateral pleural effusions pneumothorax endotracheal tube nasogastric tube",
    "Cardiomegaly, bibasilar atelectasis, LLL consolidation, pneumoperitoneum, pneumomediastinum, scoliosis.",
    "The heart is normal in size and there is sin of a small left effusion.",
]  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_nothing_is_read_of_another_language(text: str) -> None:
    report = parse(text, "chest x-ray")
    assert (report.statements, report.normal, report.notes) == ((), (), (NOT_ENGLISH,))


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_read(text: str) -> None:
    report = parse(text, "chest x-ray")
    assert report.statements and NOT_ENGLISH not in report.notes


@pytest.mark.skipif(reports_archive() is None, reason="the reports are in torchxrayvision")
def test_no_real_report_is_taken_for_another_language() -> None:
    archive = reports_archive()
    assert archive is not None
    taken = [one.number for one in coded_reports(archive, is_even=False) if not is_english(one.text)]
    assert taken == []
