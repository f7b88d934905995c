"""Every label of the data sets that SSG imports has its entry, or says that nothing is there."""

import pytest

from ssg.errors import UnknownFinding
from ssg.vocabulary import dataset_label, vocabulary

CHEST_X_RAY_14 = {
    "Atelectasis": "atelectasis",
    "Cardiomegaly": "cardiomegaly",
    "Effusion": "pleural effusion",
    "Infiltrate": "infiltrate",
    "Infiltration": "infiltrate",
    "Mass": "mass",
    "Nodule": "nodule",
    "Pneumonia": "pneumonia",
    "Pneumothorax": "pneumothorax",
    "Consolidation": "consolidation",
    "Edema": "pulmonary edema",
    "Emphysema": "emphysema",
    "Fibrosis": "fibrosis",
    "Pleural_Thickening": "pleural thickening",
    "Hernia": "hernia",
    "No Finding": None,
}
VINDR = {
    "Aortic enlargement": "aortic enlargement",
    "Atelectasis": "atelectasis",
    "Calcification": "calcification",
    "Cardiomegaly": "cardiomegaly",
    "Consolidation": "consolidation",
    "ILD": "interstitial lung disease",
    "Infiltration": "infiltrate",
    "Lung Opacity": "lung opacity",
    "Nodule/Mass": "lung lesion",
    "Other lesion": "other lesion",
    "Pleural effusion": "pleural effusion",
    "Pleural thickening": "pleural thickening",
    "Pneumothorax": "pneumothorax",
    "Pulmonary fibrosis": "fibrosis",
    "Clavicle fracture": "clavicle fracture",
    "Edema": "pulmonary edema",
    "Emphysema": "emphysema",
    "Enlarged PA": "pulmonary artery enlargement",
    "Lung cavity": "lung cavity",
    "Lung cyst": "lung cyst",
    "Mediastinal shift": "mediastinal shift",
    "Rib fracture": "rib fracture",
    "COPD": "chronic obstructive pulmonary disease",
    "Lung tumor": "lung tumor",
    "Pneumonia": "pneumonia",
    "Tuberculosis": "tuberculosis",
    "Other disease": "other disease",
    "No finding": None,
}
RSNA = {"Lung Opacity": "lung opacity", "Normal": None, "No Lung Opacity / Not Normal": None}
MS_CXR = {
    "Atelectasis": "atelectasis",
    "Cardiomegaly": "cardiomegaly",
    "Consolidation": "consolidation",
    "Edema": "pulmonary edema",
    "Lung Opacity": "lung opacity",
    "Pleural Effusion": "pleural effusion",
    "Pneumonia": "pneumonia",
    "Pneumothorax": "pneumothorax",
}
CHEXPERT = {
    "Enlarged Cardiomediastinum": "enlarged cardiomediastinum",
    "Lung Lesion": "lung lesion",
    "Pleural Other": "pleural abnormality",
    "Fracture": "fracture",
    "Support Devices": "support device",
}
PADCHEST = {
    "normal": None,
    "COPD signs": "chronic obstructive pulmonary disease",
    "cardiomegaly": "cardiomegaly",
    "unchanged": None,
    "aortic elongation": "aortic elongation",
    "pleural effusion": "pleural effusion",
    "scoliosis": "scoliosis",
    "pneumonia": "pneumonia",
    "interstitial pattern": "interstitial lung disease",
    "chronic changes": "chronic lung change",
    "infiltrates": "infiltrate",
    "costophrenic angle blunting": "costophrenic angle blunting",
    "air trapping": "hyperinflation",
    "alveolar pattern": "consolidation",
    "NSG tube": "nasogastric tube",
    "kyphosis": "kyphosis",
    "laminar atelectasis": "linear atelectasis",
    "vertebral degenerative changes": "spinal degeneration",
    "vascular hilar enlargement": "hilar enlargement",
    "nodule": "nodule",
    "fibrotic band": "lung scar",
    "apical pleural thickening": "pleural thickening",
    "pacemaker": "pacemaker",
    "central venous catheter via jugular vein": "central venous catheter",
    "calcified granuloma": "calcified granuloma",
    "callus rib fracture": "healed rib fracture",
    "atelectasis": "atelectasis",
    "sternotomy": "sternal wires",
    "volume loss": "volume loss",
    "bronchiectasis": "bronchiectasis",
    "aortic atheromatosis": "aortic calcification",
    "consolidation": "consolidation",
    "increased density": "lung opacity",
    "heart insufficiency": "heart failure",
    "hemidiaphragm elevation": "elevated hemidiaphragm",
    "endotracheal tube": "endotracheal tube",
    "hiatal hernia": "hiatal hernia",
    "pseudonodule": "pseudonodule",
    "suture material": "surgical clips",
    "vertebral anterior compression": "vertebral fracture",
    "suboptimal study": None,
    "tracheostomy tube": "tracheostomy tube",
    "central venous catheter via subclavian vein": "central venous catheter",
    "metal": "foreign body",
    "supra aortic elongation": "aortic elongation",
    "emphysema": "emphysema",
    "hilar enlargement": "hilar enlargement",
    "pulmonary edema": "pulmonary edema",
    "bronchovascular markings": "bronchial wall thickening",
    "dual chamber device": "pacemaker",
    "hypoexpansion": "low lung volumes",
    "nipple shadow": "nipple shadow",
    "descendent aortic elongation": "aortic elongation",
    "pulmonary fibrosis": "fibrosis",
    "calcified densities": "calcification",
    "diaphragmatic eventration": "diaphragmatic eventration",
    "hilar congestion": "pulmonary congestion",
    "tuberculosis sequelae": "tuberculosis",
    "pleural thickening": "pleural thickening",
    "pulmonary mass": "mass",
    "flattened diaphragm": "flattened diaphragm",
    "goiter": "goiter",
    "lobar atelectasis": "lobar atelectasis",
    "rib fracture": "rib fracture",
    "tracheal shift": "tracheal deviation",
    "superior mediastinal enlargement": "mediastinal widening",
    "mastectomy": "mastectomy",
    "granuloma": "granuloma",
    "artificial heart valve": "prosthetic heart valve",
    "reticular interstitial pattern": "reticular pattern",
    "osteopenia": "osteopenia",
    "osteosynthesis material": "orthopedic hardware",
    "hyperinflated lung": "hyperinflation",
    "single chamber device": "pacemaker",
    "gynecomastia": "gynecomastia",
    "bullas": "bulla",
    "calcified adenopathy": "lymphadenopathy",
    "calcified pleural thickening": "pleural plaque",
    "chest drain tube": "chest tube",
    "cavitation": "lung cavity",
    "sclerotic bone lesion": "sclerotic bone lesion",
    "mammary prosthesis": "breast implant",
    "adenopathy": "lymphadenopathy",
    "reservoir central venous catheter": "port catheter",
    "pneumothorax": "pneumothorax",
    "minor fissure thickening": "fissure thickening",
    "aortic button enlargement": "aortic enlargement",
    "azygos lobe": "azygos lobe",
    "vascular redistribution": "pulmonary congestion",
}
SETS = {
    "ChestX-ray14": CHEST_X_RAY_14,
    "VinDr-CXR": VINDR,
    "RSNA": RSNA,
    "MS-CXR": MS_CXR,
    "CheXpert": CHEXPERT,
    "PadChest": PADCHEST,
}
ROWS = [(name, label, finding) for name, labels in SETS.items() for label, finding in labels.items()]


@pytest.mark.parametrize(("name", "label", "finding"), ROWS)
def test_label_has_its_entry(name: str, label: str, finding: str | None) -> None:
    found = dataset_label(label)
    assert (found.name if found else None) == finding


def test_an_unknown_label_is_no_normal_image() -> None:
    with pytest.raises(UnknownFinding):
        dataset_label("Respiratory distress")


def test_a_label_that_says_nothing_is_there_is_no_name() -> None:
    for label in ("No Finding", "Normal"):
        with pytest.raises(UnknownFinding):
            vocabulary().get(label)


def test_edema_is_that_of_the_organ_on_the_image() -> None:
    assert dataset_label("Edema").name == "pulmonary edema"
    assert dataset_label("Edema", "brain mr").name == "edema"
