"""Build, proposals: the policy is asked about the picture that is seen; each box is accepted, corrected or rejected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.grounding.confidences import in_percent
from ssg.reward import Answer, Region
from ssg.teaching.proposing import Kind, Proposal, give_verdict
from ssg.teaching.workshop import OpenedCase
from ssg.web.build_view import BuildView
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Editor, Handle, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

PICTURE = "(held, _) => [held, Number(document.querySelector('#work-viewer .ssg-viewer')?.dataset.picture ?? 0)]"
"""The picture that is seen, counted through all series."""


@dataclass(frozen=True)
class State:
    """Proposals of a case that wait for a verdict, by number; ``moving`` is the one whose box is being moved.

    ``before`` are the boxes that were drawn when the moving began.
    """

    case_id: str = ""
    policy: str = ""
    waiting: tuple[tuple[int, Region], ...] = ()
    moving: int | None = None
    before: tuple[str, ...] = ()

    def written(self) -> str:
        """The same for the page."""
        rows = [{"number": number, **region.to_json()} for number, region in self.waiting]
        row = {"case": self.case_id, "policy": self.policy, "waiting": rows}
        return json.dumps({**row, "moving": self.moving, "before": self.before})

    @classmethod
    def read(cls, value: str, case: Case) -> State:
        """What the page sent back; nothing waits where it is of another case. Raises BadInput."""
        if not value:
            return cls()
        try:
            row = json.loads(value)
            numbers = [int(one.pop("number")) for one in row["waiting"]]
            moving, before = row["moving"], tuple(map(str, row["before"]))
            policy, case_id = str(row["policy"])[:200], str(row["case"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise BadInput(W["not_open"]) from None
        regions = Answer.from_json({"regions": row["waiting"]}, *case.sizes[0], case.sizes).regions
        return cls(case_id, policy, tuple(zip(numbers, regions, strict=True)), moving, before)

    def region(self, number: int | None) -> Region:
        """A proposal that waits; raises BadInput where there is none of that number."""
        for known, region in self.waiting:
            if known == number:
                return region
        raise BadInput(W["choose_proposal"])

    def without(self, number: int | None) -> State:
        """The same when a verdict has been given."""
        left = tuple(row for row in self.waiting if row[0] != number)
        return replace(self, waiting=left, moving=None, before=())


class Proposing:
    """The components, to be wired when the rest of the editor is there."""

    def __init__(self) -> None:
        gr.HTML(tag("p", text(W["propose_hint"]), class_="hint"), js_on_load=None)
        self.ask = gr.Button(W["propose"], elem_id="work-propose")
        self.told = gr.HTML("", elem_id="work-proposed", js_on_load=None)
        self.choice = gr.Radio([], label=W["proposed"], elem_id="work-proposal", elem_classes="absent", visible=False)
        with gr.Row(visible=False) as self.verdicts:
            self.accept = gr.Button(W["accept"], elem_id="work-accept", min_width=90)
            self.correct = gr.Button(W["correct"], elem_id="work-correct", min_width=90)
            self.reject = gr.Button(W["reject"], elem_id="work-reject", min_width=90)
        with gr.Row(visible=False) as self.moved:
            self.take = gr.Button(W["take_moved"], variant="primary", elem_id="work-take-moved", min_width=120)
            self.leave = gr.Button(W["leave_moved"], elem_id="work-leave-moved", min_width=90)
        self.state, self._picture = gr.Textbox(visible=False), gr.Number(0, visible=False)

    def wire(self, services: Services, view: BuildView, editor: Editor) -> Callable[[Any], Any]:
        """Everything that happens here; gives what shows the proposals again after another event has set the scene."""
        shop = services.workshop
        own = [self.told, self.choice, self.verdicts, self.moved, self.state]

        def shown(state: State, told: str, chosen: int | None = None) -> tuple[Any, ...]:
            """Values of ``own``."""
            rows = [(_line(number, region), number) for number, region in state.waiting]
            moving = state.moving is not None
            value = state.moving if moving else chosen if chosen is not None else (rows[0][1] if rows else None)
            return (
                told,
                gr.Radio(choices=rows, value=value, visible=bool(rows), interactive=not moving),
                gr.Row(visible=bool(rows) and not moving),
                gr.Row(visible=moving),
                state.written(),
            )

        def scene(found: OpenedCase, case: Case, reader: str, state: State, chosen: int | None, drawn: bool) -> Any:
            """The case with what waits; ``drawn`` puts the saved boxes in place of those on the page."""
            regions = [(f"proposal-{number}", region) for number, region in state.waiting if number != state.moving]
            names = [name for name, _ in regions]
            selected = f"proposal-{chosen}" if f"proposal-{chosen}" in names else None
            return view.scene(found, case, reader, proposed=regions, selected=selected, keep=not drawn)

        def propose(held: str, picture: float, request: gr.Request) -> tuple[Any, ...]:
            """Ask the policy about the picture that is seen."""
            try:
                instructor_of(request)
                here = Handle.read(held)
                found = shop.open(here.set_id, here.case_id)
                case = view.readable(found)
                regions, asked, policy = view.proposals(found, case, int(picture))
                state = State(here.case_id, policy, tuple(enumerate(regions, start=1)))
                many = W["proposals_found" if regions else "nothing_proposed"]
                told = tag("p", text(many.format(count=len(regions), asked=len(asked))), class_="hint", role="status")
                looked = tag("p", text(W["looked_for"].format(names=", ".join(asked))), class_="facts")
                chosen = 1 if regions else None
                return *shown(state, told + looked), scene(found, case, here.reader, state, chosen, False)
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), *[gr.skip()] * len(own)

        def look_at(number: int | None, held: str, value: str, request: gr.Request) -> Any:
            """Show which one is chosen."""
            try:
                instructor_of(request)
                found, case, here, state = opened(held, value)
                return scene(found, case, here.reader, state, number, False)
            except Exception:  # noqa: BLE001 - the next verdict says what is wrong
                return gr.skip()

        def opened(held: str, value: str) -> tuple[OpenedCase, Case, Handle, State]:
            here = Handle.read(held)
            found = shop.open(here.set_id, here.case_id)
            case = view.readable(found)
            # The verdict is given on what the page shows: a case that somebody has saved since is a conflict.
            found = replace(found, work=replace(found.work, revision=here.revision))
            return found, case, here, State.read(value, case)

        def judged(kind: Kind) -> Callable[..., tuple[Any, ...]]:
            def give(number: int | None, drawn: Any, held: str, value: str, request: gr.Request) -> tuple[Any, ...]:
                """Keep the verdict, and the box where it is taken."""
                try:
                    who = instructor_of(request)
                    found, case, here, state = opened(held, value)
                    wanted = state.moving if kind is Kind.CORRECTED else number
                    proposal = Proposal(state.region(wanted), state.policy)
                    # A rejected box changes nothing of what is drawn, which may still want names.
                    regions = () if kind is Kind.REJECTED else view.drawn_regions(found, case, here.reader, drawn)
                    new = _moved(proposal.region, regions, state.before) if kind is Kind.CORRECTED else None
                    after = give_verdict(shop, found, case, proposal, kind, who, here.reader, regions, new)
                    state = state.without(wanted)
                    first = state.waiting[0][0] if state.waiting else None
                    told = good(W[kind.value].format(region=proposal.region.called, reader=here.reader))
                    if kind is Kind.REJECTED:
                        rest = [scene(found, case, here.reader, state, first, False)]
                        return *shown(state, told), *rest, *[gr.skip()] * (len(editor.drawing) - 1)
                    rest = list(editor.drawn(after, here.reader))
                    rest[0] = scene(after, view.readable(after), here.reader, state, first, True)
                    return *shown(state, told), *rest
                except Exception as error:  # noqa: BLE001 - told in words, or logged
                    return in_words(error), *[gr.skip()] * (len(own) - 1 + len(editor.drawing))

            return give

        def begin(number: int | None, drawn: Any, held: str, value: str, request: gr.Request) -> tuple[Any, ...]:
            """Put the proposed box among those that are drawn, to be moved."""
            try:
                instructor_of(request)
                found, case, here, state = opened(held, value)
                region = replace(state.region(number), confidence=None)
                regions = view.drawn_regions(found, case, here.reader, drawn)
                state = replace(state, moving=number, before=tuple(map(_name, regions)))
                told = tag("p", text(W["move_it"].format(region=region.called)), class_="note", role="status")
                names = [(f"proposal-{one}", other) for one, other in state.waiting if one != number]
                moving = view.scene(found, case, here.reader, proposed=names, drawn=(*regions, region))
                return *shown(state, told), moving
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), *[gr.skip()] * len(own)

        def leave(drawn: Any, held: str, value: str, request: gr.Request) -> tuple[Any, ...]:
            """Take the box away that was being moved; its proposal waits again."""
            try:
                instructor_of(request)
                found, case, here, state = opened(held, value)
                regions = view.drawn_regions(found, case, here.reader, drawn)
                kept = tuple(one for one in regions if one != _found(state.region(state.moving), regions, state.before))
                number, state = state.moving, replace(state, moving=None, before=())
                names = [(f"proposal-{one}", other) for one, other in state.waiting]
                shape = view.scene(found, case, here.reader, proposed=names, drawn=kept, selected=f"proposal-{number}")
                return *shown(state, "", number), shape
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), *[gr.skip()] * len(own)

        def again(number: int | None, held: str, value: str, request: gr.Request) -> Any:
            """The proposals that wait, after the scene was set without them."""
            return look_at(number, held, value, request) if value and '"waiting": []' not in value else gr.skip()

        given = [self.choice, editor.viewer, editor.handle, self.state]
        self.ask.click(
            propose, [editor.handle, self._picture], [*own, editor.viewer], js=PICTURE, concurrency_limit=1,
            concurrency_id="policy", show_progress_on=self.told, api_visibility="private",
        )  # fmt: skip
        looked = [self.choice, editor.handle, self.state]
        self.choice.input(look_at, looked, editor.viewer, show_progress="hidden", **QUIET)
        for button, kind in ((self.accept, Kind.ACCEPTED), (self.reject, Kind.REJECTED), (self.take, Kind.CORRECTED)):
            button.click(judged(kind), given, [*own, *editor.drawing], **QUIET)
        self.correct.click(begin, given, [*own, editor.viewer], **QUIET)
        self.leave.click(leave, given[1:], [*own, editor.viewer], **QUIET)
        return lambda event: event.then(again, looked, editor.viewer, show_progress="hidden", **QUIET)


def lay_out() -> Proposing:
    """Put the components on the page."""
    return Proposing()


def _line(number: int, region: Region) -> str:
    sure = "" if region.confidence is None else f" · {in_percent(region.confidence)}"
    return f"{number}. {region.called}{sure}"


def _name(region: Region) -> str:
    return json.dumps(replace(region, confidence=None).to_json(), sort_keys=True)


def _found(proposed: Region, drawn: tuple[Region, ...], before: tuple[str, ...]) -> Region | None:
    """The box that took the proposal's place: drawn since, on its picture; of several the one of its finding."""
    new = [one for one in drawn if _name(one) not in before and one.picture == proposed.picture]
    named = [one for one in new if one.finding == proposed.finding]
    return next(reversed(named or new), None)


def _moved(proposed: Region, drawn: tuple[Region, ...], before: tuple[str, ...]) -> Region:
    found = _found(proposed, drawn, before)
    if found is None:
        raise BadInput(W["box_gone"])
    if found.box == proposed.box and found.finding == proposed.finding and found.side == proposed.side:
        raise BadInput(W["not_moved"])
    return found
