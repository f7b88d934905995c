"""What the Build page shows and takes in, as plain values and HTML. Callers have proved that they are instructors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssg.boxes import Box
from ssg.casebook import Case, CaseSet, Series
from ssg.casebook.files import png_depth, sha256_of
from ssg.casebook.problems import InvalidCaseSet
from ssg.casebook.shown import file_of_full_depth, file_shown, shown_pixels
from ssg.casebook.types import starts_of
from ssg.errors import BadInput
from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.reward import Region
from ssg.reward.sight import Sight
from ssg.store import Attempt, WorkCase
from ssg.teaching.practice import judged_on, recorded
from ssg.teaching.proposing import to_ask
from ssg.teaching.workshop import SHOWN, OpenedCase
from ssg.vocabulary import vocabulary
from ssg.web import feedback
from ssg.web.case_scene import case_scene
from ssg.web.images import small_jpeg
from ssg.web.practise_body import Body, read_absent, read_stated
from ssg.web.practise_parts import Said, asked_html
from ssg.web.practise_view import judged_regions
from ssg.web.services import Services
from ssg.web.viewer import Scene, Shown, read_drawn
from ssg.web.words_build import BUILD as W

ANY = "nodule"
"""Stands for no name where boxes are read that have none."""

ANY_SIZE = (100_000, 100_000)
"""Of a picture that is gone: its boxes are read to be left out."""


class BuildView:
    """Sets, cases and their pictures as an instructor sees them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._shop = services.workshop

    # Pictures

    def picture_file(self, set_id: str, case_id: str, number: int, full_depth: bool = False) -> Path:
        """The file of a picture of a case that is being built, as it is shown; raises BadInput where there is none.

        ``full_depth``: the stored file, where that has more than 8 bits.
        """
        return self._file(set_id, self._case(set_id, case_id), number, full_depth)

    def _file(self, set_id: str, case: Case, number: int, full_depth: bool = False) -> Path:
        if number >= len(case.pictures):
            raise BadInput("There is no such image here.")
        holder = self._holder(set_id, case)
        stored = file_of_full_depth(holder, case, number) if full_depth else None
        return stored or file_shown(holder, case, self._shop.folder_of(set_id) / SHOWN, number)

    def is_deep(self, opened: OpenedCase, series: Series) -> bool:
        """Whether the pictures of a series have more than 8 bits, so that a window says what is seen of them."""
        return png_depth(self._shop.folder_of(opened.work.set_id) / series.frames[0].file) > 8

    def _holder(self, set_id: str, case: Case) -> CaseSet:
        """A set around a case, for what reads pictures of a set's folder."""
        return CaseSet(set_id, "", "", "", "", False, (case,), folder=self._shop.folder_of(set_id))

    def thumbnail(self, set_id: str, case_id: str, number: int | None = None) -> bytes:
        """A small JPEG of a picture of a case, None: of the one that stands for it."""
        case = self._case(set_id, case_id)
        return small_jpeg(self._file(set_id, case, case.key_picture if number is None else number))

    def _case(self, set_id: str, case_id: str) -> Case:
        return self.readable(self._shop.open(set_id, case_id))  # wrong texts do not hide its pictures

    # Drawing

    def readable(self, opened: OpenedCase) -> Case:
        """The case, or of one with problems its pictures; raises BadInput where even those cannot be read."""
        found = opened.case or self._shop.pictures_of(opened).case
        if found is None:
            raise BadInput(f"The case cannot be read: {opened.problems[0].message}")
        return found

    def scene(
        self,
        opened: OpenedCase,
        case: Case,
        reader: str,
        *,
        proposed: Sequence[tuple[str, Region]] = (),
        selected: str | None = None,
        keep: bool = False,
        drawn: Sequence[Region] | None = None,
        theirs: bool = False,
        nameless: Sequence[tuple[int, Box]] = (),
    ) -> Scene:
        """The case with what ``reader`` has drawn, and beside it what the others have, and what is ``proposed``.

        Proposals are (id, region), of which one may be ``selected``. ``keep`` leaves the boxes of the page as they are,
        ``drawn`` gives others in their place, and ``nameless`` boxes on pictures beside them. ``theirs`` shows what is
        saved of the reader beside what is drawn.
        """
        others = [Shown(region, "reader", one.id) for one in case.readers if one.id != reader for region in one.regions]
        own = next((one.regions for one in case.readers if one.id == reader), ())
        if theirs:
            others += [Shown(region, "reader", W["saved_now"].format(reader=reader)) for region in own]
        policy = [Shown(region, "policy", id=name) for name, region in proposed]
        work = opened.work
        made = case_scene(
            self.scene_id(work, case, reader),
            case,
            f"/workshop/{work.set_id}/{work.case_id}/{{number}}.png?v={_content(case)}",
            labels=[finding.name for finding in vocabulary()],
            ask_confidence=True,
            regions=[*others, *policy],
            drawn=None if keep else own if drawn is None else drawn,
            drawn_at=work.saved_at,
            selected=selected,
            start=nameless[0][0] if nameless else case.key_picture if case.readers else len(case.series[0].frames) // 2,
        )
        if nameless:
            nobody = {"label": None, "side": None, "confidence": None}
            made["drawn"] += [{**nobody, "box": list(box), "picture": picture} for picture, box in nameless]
        return made

    @staticmethod
    def scene_id(work: WorkCase, case: Case, reader: str) -> str:
        """What drafts in the browser are kept under; of other pictures a draft is worth nothing."""
        return f"build/{work.set_id}/{work.case_id}/{_content(case)}/{reader}"[:200]

    def drawn_regions(
        self, opened: OpenedCase, case: Case, reader: str, drawn: Any, layout: Sequence[tuple[str, int]] = ()
    ) -> tuple[Region, ...]:
        """What is drawn on the page as ``reader``; raises BadInput, also for a box without a name.

        ``layout`` are the series that the page shows, (id, number of frames) of each. Where somebody has changed the
        pictures since, boxes are read as they lie on those, and follow their picture; those on pictures that are gone
        are left out. Without it such a page is refused.
        """
        labels = [finding.name for finding in vocabulary()]
        scene_id = self.scene_id(opened.work, case, reader)
        theirs = drawn.get("case_id") if isinstance(drawn, Mapping) else None
        if theirs == scene_id or not _of_same_case(theirs, scene_id):
            return read_drawn(drawn, scene_id, *case.sizes[0], labels, case.sizes)
        if not layout:
            raise BadInput(W["other_pictures"])
        places = _places(case, layout)
        sizes = [case.sizes[now] if now is not None else ANY_SIZE for now in places]
        regions = read_drawn(drawn, str(theirs), *sizes[0], labels, sizes)
        found = [(places[one.picture], one) for one in regions]
        return tuple(replace(one, picture=now) for now, one in found if now is not None)

    def named_regions(self, opened: OpenedCase, case: Case, reader: str, drawn: Any) -> tuple[Region, ...]:
        """The same without the boxes that have no name; raises BadInput."""
        named = [row for row in _drawn_rows(drawn) if row.get("label")]
        return self.drawn_regions(opened, case, reader, {**drawn, "drawn": named}) if named else ()

    def proposals(
        self, opened: OpenedCase, case: Case, picture: int
    ) -> tuple[tuple[Region, ...], tuple[str, ...], str]:
        """(regions, the findings asked about, the policy's name) of one picture; raises BadInput or Unavailable."""
        desk = self._services.desk
        picture = min(max(picture, 0), len(case.pictures) - 1)
        series, _ = case.place_of(picture)
        modality, body_part = series.modality or case.modality, case.body_part
        adapter = desk.adapter_for(modality, body_part)
        kinds = words_on(desk.shown(adapter) or IMAGE_KINDS, modality, body_part)
        asked = to_ask(case, kinds, lambda name: desk.knows(name, modality, body_part))
        holder = self._holder(opened.work.set_id, case)
        found = desk.ground(shown_pixels(holder, case, picture), asked, modality, body_part)
        regions: dict[tuple[str, Box], Region] = {}
        for answer in (one for grounding in found for one in grounding.findings if one.present is not False):
            for region in answer.regions:
                regions.setdefault((region.finding, region.box), replace(region, picture=picture))
        name = desk.info.name if desk.info else "policy"
        return tuple(regions.values()), asked, f"{name}, {adapter}" if adapter else name

    def places_to_cover(self, opened: OpenedCase, case: Case, reader: str, drawn: Any) -> dict[str, list[Box]]:
        """Boxes without a name, by the series that they lie on; raises BadInput where there are none."""
        nameless = [row for row in _drawn_rows(drawn) if not row.get("label")]
        if not nameless:
            raise BadInput(W["nothing_to_cover"])
        named = {**drawn, "drawn": [{**row, "label": ANY, "side": None} for row in nameless]}
        regions = read_drawn(named, self.scene_id(opened.work, case, reader), *case.sizes[0], [ANY], case.sizes)
        found: dict[str, list[Box]] = {}
        for region in regions:
            series, _ = case.place_of(region.picture)
            found.setdefault(series.id, []).append(region.box)
        return found

    # As learners will see it

    def as_published(self, set_id: str, case_id: str) -> tuple[CaseSet, Case]:
        """A case with what learners are told of its set; raises BadInput where it cannot be practised as it is."""
        opened = self._shop.open(set_id, case_id)
        if opened.case is None:
            raise InvalidCaseSet(opened.problems)
        if not opened.case.is_asked:
            raise BadInput(W["not_asked"])
        head = self._shop.store.set(set_id).head
        title, licence, provenance = (str(head.get(name, "")) for name in ("title", "licence", "provenance"))
        reviewed, synthetic = bool(head.get("reviewed")), bool(head.get("synthetic"))
        made = CaseSet(set_id, title, "", licence, provenance, reviewed, (opened.case,), synthetic)
        made = replace(made, folder=self._shop.folder_of(set_id))
        return made, opened.case

    def previewed(self, set_id: str, case: Case, attempt: Attempt | None = None) -> Scene:
        """The case to be answered, or with an answer and the readers' regions."""
        more: dict[str, Any] = {"labels": case.question, "ask_confidence": True, "drawn": ()}
        if attempt is not None:
            more = {"mode": "show", "regions": judged_regions(case, attempt)}
        url = f"/workshop/{set_id}/{case.id}/{{number}}.png?v={_content(case)}"
        return case_scene(_preview_id(set_id, case), case, url, keep_draft=False, **more)

    def judged_preview(self, set_id: str, case_id: str, drawn: Any, body: Body) -> tuple[Scene, str, str]:
        """What is drawn and said (``body``), judged as a learner's answer is. Raises BadInput.

        What comes back is the scene, what was asked with what was said, and the feedback.
        """
        made, case = self.as_published(set_id, case_id)
        regions = read_drawn(drawn, _preview_id(set_id, case), *case.sizes[0], case.question, case.sizes)
        encoder = self._services.encoder

        def look() -> tuple[Sight | None, str]:
            return encoder.look(lambda: shown_pixels(made, case), case.modality, case.body_part)

        said = Said(read_absent(body, case.question), read_stated(body, case.question))
        answer, breakdown = judged_on(case, regions, said.absent, look, said.stated)
        row, kept = breakdown.to_json(), recorded(answer, said.stated)
        attempt = Attempt("", "", set_id, case_id, "", kept, row, row["total"], None, None, datetime.now(UTC))
        asked = asked_html(case, said, judged=True)
        return self.previewed(set_id, case, attempt), asked, feedback.of_attempt(attempt, made, case)


def _of_same_case(one: Any, other: str) -> bool:
    """Whether two ids of scenes are of one case and one reader: "build/SET/CASE/PICTURES/READER"."""
    parts = [str(name).split("/", 4) for name in (one, other)]
    return all(len(part) == 5 for part in parts) and parts[0][:3] + parts[0][4:] == parts[1][:3] + parts[1][4:]


def _places(case: Case, layout: Sequence[tuple[str, int]]) -> list[int | None]:
    """Where each picture of other series is now, None where it is gone."""
    starts, counts = starts_of(case.series), {series.id: len(series.frames) for series in case.series}
    return [
        starts[name] + frame if counts.get(name) == count else None for name, count in layout for frame in range(count)
    ]


def _drawn_rows(drawn: Any) -> list[Mapping[str, Any]]:
    rows = drawn.get("drawn") if isinstance(drawn, Mapping) else None
    return [row for row in rows or () if isinstance(row, Mapping)]


def _content(case: Case) -> str:
    """Changes with the pictures of a case, so that browsers do not show what they have kept."""
    return sha256_of("".join(picture.sha256 for picture in case.pictures).encode())[:12]


def _preview_id(set_id: str, case: Case) -> str:
    return f"preview/{set_id}/{case.id}/{_content(case)}"[:200]
