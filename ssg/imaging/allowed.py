"""The header values that may leave a worker, by DICOM keyword, each with the values that it may have.

Any text can stand in any element, so an allowed element alone proves nothing: a name typed into BodyPartExamined would
pass. Only terms of the standard are let through; the rest is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _terms(words: str) -> frozenset[str]:
    return frozenset(words.split())


MODALITIES = _terms(
    "AR AU BDUS BI BMD CR CT CTPROTOCOL DG DX ECG EPS ES FID GM HC HD IO IOL IVOCT IVUS KER KO LEN LS MG MR NM OAM "
    "OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PLAN PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTPLAN RTRECORD RTSTRUCT "
    "RWV SEG SM SMR SR SRF STAIN TG US VA XA XC"
)
"""PS3.3 C.7.3.1.1.1, current and retired ones that archives still hold."""

BODY_PARTS = _terms(
    "ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BRAIN BREAST BRONCHUS BUTTOCK CALCANEUS CALF "
    "CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CIRCLEOFWILLIS CLAVICLE COCCYX COLON CORNEA "
    "CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ESOPHAGUS EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT FOREARM "
    "GALLBLADDER HAND HEAD HEADNECK HEART HIP HUMERUS IAC ILEUM ILIUM JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIVER LSPINE "
    "LSSPINE LUNG MANDIBLE MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT "
    "OVARY PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX PROSTATE RADIUS RADIUSULNA RECTUM RIB SCALP SCAPULA SCLERA "
    "SCROTUM SHOULDER SIJOINT SINUS SKULL SPINE SPLEEN SSPINE STERNUM STOMACH TESTIS THIGH THORAX THUMB THYMUS "
    "THYROID TIBIA TIBIAFIBULA TLSPINE TMJ TOE TONGUE TRACHEA TSPINE ULNA URETER URETHRA UTERUS VAGINA VULVA "
    "WHOLEBODY WRIST ZYGOMA"
)
"""PS3.16 annex L."""

SERIES_WORDS = _terms(
    "AXIAL AX TRA CORONAL COR SAGITTAL SAG OBL T1 T1W T2 T2W PD PDW FLAIR STIR TIRM DWI ADC SWI DIXON TOF MRA MPRAGE "
    "VIBE TSE FSE SE GRE EPI FS FAT SAT WATER INPHASE OPPHASE PRE POST GAD GD CONTRAST NATIVE PLAIN ARTERIAL VENOUS "
    "PORTAL DELAYED NEPHROGRAPHIC ANGIO CTA CTPA HRCT LUNG BONE SOFT TISSUE MEDIASTINUM BRAIN THIN THICK MIP MPR "
    "SCOUT LOCALIZER INSPIRATION EXPIRATION SUPINE PRONE ERECT"
)
"""Words of a series' description that say how it was scanned, and no more; all other words of it are dropped."""

VIEWS = _terms("AP PA LL RL LLD RLD LLO RLO LAT LATERAL OBLIQUE CC MLO ML LM LMO XCCL XCCM FB SIO AX AXIAL")
LATERALITIES = frozenset("RLBU")
PHOTOMETRIC = _terms(
    "MONOCHROME1 MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_PARTIAL_420 YBR_PARTIAL_422 YBR_ICT YBR_RCT"
) | {"PALETTE COLOR"}
BITS = frozenset(str(bits) for bits in range(1, 33))

ALLOWED = {
    "Modality": MODALITIES,
    "BodyPartExamined": BODY_PARTS,
    "ViewPosition": VIEWS,
    "ImageLaterality": LATERALITIES,
    "PhotometricInterpretation": PHOTOMETRIC,
    "BitsAllocated": BITS,
    "BitsStored": BITS,
}


def series_words(description: str) -> str:
    """The words of a description that are known, in their order and each once: "T2 AXIAL" of "t2_ax Doe John"."""
    words = re.split(r"[^A-Z0-9]+", description.upper())
    return " ".join(dict.fromkeys(word for word in words if word in SERIES_WORDS))


def allowed(values: Mapping[str, object]) -> dict[str, str]:
    """Those of ``values`` whose keyword and value are both known, as text in capitals."""
    known = {keyword: str(value).strip().upper() for keyword, value in values.items() if keyword in ALLOWED}
    return {keyword: value for keyword, value in known.items() if value in ALLOWED[keyword]}
