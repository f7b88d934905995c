"""The kinds of images that models here are shown, by DICOM's codes for the modality and the part of the body.

A manifest names codes of modalities only. Which parts of the body go with a code, what such images are called, and as
what the vocabulary reads words about them, stands here once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ssg.imaging import BODY_PARTS, RADIOGRAPHS


def _terms(said: str) -> frozenset[str]:
    return frozenset(said.split())


_CHEST = _terms(
    "CHEST THORAX LUNG HEART MEDIASTINUM RIB BRONCHUS CHESTABDOMEN CHESTABDPELVIS NECKCHEST NECKCHESTABDOMEN "
    "NECKCHESTABDPELV WHOLEBODY"
)
_BRAIN = _terms("BRAIN HEAD SKULL CEREBELLUM CIRCLEOFWILLIS HEADNECK WHOLEBODY")
_ABDOMEN = _terms(
    "ABDOMEN ABDOMENPELVIS PELVIS LIVER KIDNEY ADRENAL PANCREAS SPLEEN STOMACH DUODENUM JEJUNUM ILEUM COLON RECTUM "
    "GALLBLADDER BLADDER URETER CHESTABDOMEN CHESTABDPELVIS NECKCHESTABDOMEN NECKCHESTABDPELV WHOLEBODY"
)
_SPINE = _terms("SPINE CSPINE CTSPINE TSPINE TLSPINE LSPINE LSSPINE SSPINE COCCYX WHOLEBODY")
_BONES = _terms(
    "ANKLE ARM CALCANEUS CALF CLAVICLE ELBOW EXTREMITY FEMUR FINGER FOOT FOREARM HAND HIP HUMERUS ILIUM JAW KNEE LEG "
    "MANDIBLE MAXILLA PATELLA PELVIS RADIUS RADIUSULNA SCAPULA SHOULDER SIJOINT SKULL STERNUM THIGH THUMB TIBIA "
    "TIBIAFIBULA TOE ULNA WRIST ZYGOMA SPINE CSPINE CTSPINE TSPINE TLSPINE LSPINE LSSPINE SSPINE COCCYX"
)

_WORDS: tuple[tuple[tuple[str, ...], frozenset[str], str], ...] = (
    (RADIOGRAPHS, _CHEST, "chest x-ray"),
    (RADIOGRAPHS, _BONES, "bone x-ray"),
    (("CT",), _CHEST, "chest ct"),
    (("CT",), _ABDOMEN, "abdominal ct"),
    (("MR",), _BRAIN, "brain mr"),
    (("MR",), _SPINE, "spine mr"),
    (("US",), frozenset(("BREAST",)), "breast ultrasound"),
)
"""Modalities of the vocabulary, by DICOM modality and body part."""


@dataclass(frozen=True, slots=True)
class ImageKind:
    """One kind of image.

    ``specialty`` is what an adapter for it is called ("chest-ct"), ``title`` the same on a page, ``plural`` what such
    images are called. ``codes`` are its DICOM modalities, of which ``codes[-1]`` is written into manifests, and
    ``bodies`` the DICOM body parts that it may be of; empty where any may. ``words`` is the vocabulary's modality.
    """

    specialty: str
    title: str
    plural: str
    codes: tuple[str, ...]
    bodies: frozenset[str] = frozenset()
    words: str = ""

    def fits(self, modality: str, body_part: str = "") -> bool:
        """Whether an image of these DICOM terms may be of this kind; what is unknown ("") is not held against it."""
        body = known_body_part(body_part)
        return (not modality or modality in self.codes) and (not body or not self.bodies or body in self.bodies)


CHEST_XRAY = ImageKind("chest-xray", "Chest X-ray", "frontal chest radiographs", RADIOGRAPHS, _CHEST, "chest x-ray")
CHEST_CT = ImageKind("chest-ct", "Chest CT", "chest CT slices", ("CT",), _CHEST, "chest ct")
BRAIN_MR = ImageKind("brain-mr", "Brain MR", "brain MR slices", ("MR",), _BRAIN, "brain mr")
IMAGE_KINDS = (CHEST_XRAY, CHEST_CT, BRAIN_MR)


def known_body_part(said: str) -> str:
    """A body part as DICOM writes it ("CHEST"); "" for what is none of its terms, and so not known."""
    term = "".join(said.upper().split())
    return term if term in BODY_PARTS else ""


def shown_kinds(modalities: Sequence[str], seen: str = "", specialty: str = "") -> tuple[ImageKind, ...]:
    """What images a model was shown, by what its manifest says; empty where it does not say.

    A manifest without modalities is from before there were others than radiographs: then ``seen`` says in words that
    the model knows them alone. An adapter's specialty may name its kind as well.
    """
    if modalities:
        known = tuple(kind for kind in IMAGE_KINDS if set(kind.codes) & set(modalities))
        others = dict.fromkeys(code for code in modalities if not any(code in kind.codes for kind in known))
        return (*known, *(ImageKind("", code, f"{code} images", (code,)) for code in others))
    if specialty:
        return tuple(kind for kind in IMAGE_KINDS if kind.specialty == specialty)
    return (CHEST_XRAY,) if seen else ()


def modalities_of(specialties: Iterable[str]) -> tuple[str, ...]:
    """The DICOM codes of kinds by their specialties, as a manifest lists them: chest-xray is DX."""
    of = {kind.specialty: kind.codes[-1] for kind in IMAGE_KINDS}
    return tuple(dict.fromkeys(of[name] for name in specialties))


def words_on(shown: Sequence[ImageKind], modality: str = "", body_part: str = "") -> tuple[str, ...]:
    """The vocabulary's modalities for an image of these DICOM terms; empty where nothing decides what words mean.

    Where the body part is not known, the model is taken to be asked about what it was ``shown``, and a radiograph, or
    a picture of which nothing is known, for one of the chest.
    """
    if body := known_body_part(body_part):
        return tuple(words for codes, bodies, words in _WORDS if body in bodies and (not modality or modality in codes))
    found = tuple(kind.words for kind in shown if kind.words and kind.fits(modality))
    return found or ((CHEST_XRAY.words,) if CHEST_XRAY.fits(modality) else ())


def in_words(kinds: Sequence[ImageKind]) -> str:
    """Kinds as one says them: "chest CT slices and brain MR slices"."""
    names = [kind.plural for kind in kinds]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def in_order(specialties: Iterable[str]) -> tuple[str, ...]:
    """Specialties in the order of IMAGE_KINDS, others after them as they come."""
    order = [kind.specialty for kind in IMAGE_KINDS]
    return tuple(sorted(specialties, key=lambda name: order.index(name) if name in order else len(order)))


def title_of(specialty: str) -> str:
    """A specialty as a page names it; its own name where it is none of ours."""
    return next((kind.title for kind in IMAGE_KINDS if kind.specialty == specialty), specialty)
