"""A policy without a network: what is asked about on the left or by name is there, what is denied is not."""

from dataclasses import replace

from ssg.boxes import Box
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy, PolicyInfo
from ssg.grounding.types import Alternative, FindingAnswer, Grounding, Status, Step
from ssg.reward import Region
from ssg.vocabulary import Presence, read

INFO = PolicyInfo("fake", "nf4", 12_000_000, "cpu")
MANIFEST = Manifest("fake", Convention.RELATIVE_1000, seen="chest radiographs")


class FakeGrounder:
    """Answers like a Grounder: one box in the upper left quarter for whatever is named, none for "mass"."""

    def __init__(self, manifest=MANIFEST, adapters=None, problems=()):
        self.policy = Policy(None, None, manifest, INFO, (), adapters or {}, problems)

    def ground(self, pixels, texts, modality="", body_part="", adapter=None):
        used = self.policy.chosen_adapter(adapter, modality, body_part)
        return [replace(self._one(pixels, text), adapter=used) for text in texts]

    def _one(self, pixels, text):
        height, width = pixels.shape
        reading = read(text, "chest x-ray")
        findings = []
        for said in reading.statements:
            there = said.presence is not Presence.ABSENT and said.finding != "mass"
            box = Box(width * 0.1, height * 0.1, width * 0.4, height * 0.4)
            regions = (Region(said.finding, box, said.side, 0.8),) if there else ()
            findings.append(FindingAnswer(said.finding, said.side, there, regions, confidence=0.8))
        found = any(answer.present for answer in findings)
        status = Status.FOUND if found else Status.NOTHING_FOUND if findings else Status.UNREADABLE
        message = "" if findings else "I could not read that as a finding."
        unclear = tuple((part.text, part.candidates) for part in reading.unclear)
        steps = (Step("lung", Box(0, 0, width / 2, height / 2)),) if found else ()
        others = tuple(
            Alternative(text[slice(*one.span)], one.finding, one.others) for one in reading.statements if one.others
        )
        return Grounding(
            text, status, tuple(findings), steps, unclear, others, message, (width, height), INFO, {"decode": 100.0}
        )
