"""Collections of images that several declarations use: what is known of them, whatever a paper says."""

from pathlib import Path

from lib.papers.declare import (
    Assumed,
    Attribute,
    ClassName,
    Control,
    Dataset,
    GroupInName,
    Origins,
    Rebuild,
    Sidecar,
    Source,
)

FACTS = Path(__file__).parents[1] / "facts"  # what is known of public sets, as tables

BLOOD_CELLS = (
    ClassName(name="basophil", aliases=("basophils", "BA", "BAS")),
    ClassName(name="eosinophil", aliases=("eosinophils", "EO", "EOS")),
    ClassName(name="lymphocyte", aliases=("lymphocytes", "LY", "LYT")),
    ClassName(name="monocyte", aliases=("monocytes", "MO", "MON")),
    ClassName(name="neutrophil", aliases=("neutrophils", "NEU")),
)

# BCCD names every photograph BloodImage_00000 … 00410; copies have words and numbers beside that.
BCCD_PHOTOGRAPH = GroupInName(
    pattern=r"(?<![A-Za-z])(BloodImage_\d{5})(?!\d)",
    where="BCCD names every photograph BloodImage_ and a number",
)

# Single cells that were cut out of a photograph are numbered from 1.
BCCD_CELLS = r"BloodImage_\d{5}_\d{1,2}"

# Kind of cell and number: BA_100102, BNE_373543 (band neutrophil), NEUTROPHIL_1234.
PBC_CELLS = r"(?:BA|BNE|EO|IG|LY|MMY|MO|MY|NEUTROPHIL|PMY|SNE)_\d{2,}"
COUNTED_BY_AUTHORS = "as its authors count them (Acevedo et al. 2020)"
PBC = Dataset(
    sources=(
        Source(
            title="Peripheral blood cells of healthy people, Hospital Clinic of Barcelona (PBC)",
            address="https://doi.org/10.17632/snkd93bnjr.1",
            licence="CC BY 4.0",
            citation=(
                "A. Acevedo, A. Merino, S. Alférez, Á. Molina, L. Boldú, J. Rodellar: A dataset of "
                "microscopic peripheral blood cell images for development of automatic recognition "
                "systems. Data in Brief 30, 2020, 105474"
            ),
        ),
    ),
    counts={
        "basophil": Assumed("1218", COUNTED_BY_AUTHORS),
        "eosinophil": Assumed("3117", COUNTED_BY_AUTHORS),
        "lymphocyte": Assumed("1214", COUNTED_BY_AUTHORS),
        "monocyte": Assumed("1420", COUNTED_BY_AUTHORS),
        "neutrophil": Assumed("3329", COUNTED_BY_AUTHORS),
    },
    total=Assumed("10298", "the five classes of eight that are used here"),
    side=Assumed(360, "360 × 363 pixels, as its authors say (Acevedo et al. 2020)"),
    defects=("The set names no patients.",),
)

COUNTED_IN_FILES = "counted in its files"
BCCD = Dataset(
    sources=(
        Source(
            title="Single cells cut out of BCCD photographs",
            address="https://github.com/apple2373/BCCD",
            licence="none stated; the BCCD photographs it derives from are MIT",
            citation="BCCD Dataset, github.com/Shenggan/BCCD_Dataset (photographs)",
        ),
    ),
    counts={
        "basophil": Assumed("3", COUNTED_IN_FILES),
        "eosinophil": Assumed("88", COUNTED_IN_FILES),
        "lymphocyte": Assumed("33", COUNTED_IN_FILES),
        "monocyte": Assumed("20", COUNTED_IN_FILES),
        "neutrophil": Assumed("207", COUNTED_IN_FILES),
    },
    total=Assumed("351", COUNTED_IN_FILES),
    side=Assumed(200, "crops of about 130 to 330 pixels a side"),
    group=BCCD_PHOTOGRAPH,
    group_noun="original photograph",
    defects=("Only three photographs show a basophil.",),
)

AML_LMU = Source(
    title="AML-Cytomorphology_LMU, The Cancer Imaging Archive",
    address="https://www.cancerimagingarchive.net/collection/aml-cytomorphology_lmu/",
    licence="CC BY 3.0",
    citation=(
        "C. Matek, S. Schwarz, C. Marr, K. Spiekermann: A Single-cell Morphological Dataset of "
        "Leukocytes from AML Patients and Non-malignant Controls. The Cancer Imaging Archive, 2019, "
        "doi 10.7937/tcia.2019.36f5o9ld"
    ),
    classes=("cancer",),
)
# Class folders of AML-Cytomorphology_LMU: fifteen kinds of leucocyte, mature ones among them.
AML_FOLDERS = {
    "BAS": "basophil", "EBO": "erythroblast", "EOS": "eosinophil", "KSC": "smudge cell",
    "LYA": "atypical lymphocyte", "LYT": "typical lymphocyte", "MMZ": "metamyelocyte",
    "MOB": "monoblast", "MON": "monocyte", "MYB": "myelocyte", "MYO": "myeloblast",
    "NGB": "band neutrophil", "NGS": "segmented neutrophil", "PMB": "bilobed promyelocyte",
    "PMO": "promyelocyte",
}  # fmt: skip

KAGGLE = Source(
    title="Blood Cell Images, Kaggle paultimothymooney/blood-cells",
    kaggle="paultimothymooney/blood-cells",
    address="https://www.kaggle.com/datasets/paultimothymooney/blood-cells",
    licence="MIT (BCCD, from which it derives); see the Kaggle page",
    citation="Kaggle paultimothymooney/blood-cells, made from BCCD",
    classes=("normal",),
)
LOOKED_UP = "looked up in the images of the Kaggle set, whose page gives no parameters"
# Training and test images of the Kaggle set by kind of cell, counted in its files.
KAGGLE_KINDS = {
    "eosinophil": "3120",
    "lymphocyte": "3103",
    "monocyte": "3098",
    "neutrophil": "3123",
}
KAGGLE_ORIGINALS = Origins(
    file=FACTS / "blood_cells_originals.csv",
    source="Kaggle paultimothymooney/blood-cells, matched to 348 BCCD photographs by content",
)
KAGGLE_REBUILD = Rebuild(
    counts={kind: Assumed(count, LOOKED_UP) for kind, count in KAGGLE_KINDS.items()},
    size=Assumed((320, 240), "size of the files of the Kaggle set"),
    rotation=Assumed(30, LOOKED_UP),
    flips=Assumed(("horizontal", "vertical"), LOOKED_UP),
    fill=Assumed((0, 0, 0), LOOKED_UP),
)

MIAS_NOTES = (
    "mini-MIAS' Info.txt, note 1: pairs of films, left (even) and right (odd) of one patient"
)
# mdb001 … mdb322, anywhere in a name that is cut into words; the full MIAS adds side and width: mdb001lm.
_FILM = r"(?i:(?<![a-z\d])mdb(?!000)(?=(?:[0-2]\d\d|3[01]\d|32[0-2])(?:[lr][smlx])?(?![a-z\d])))"
MIAS_PAIRS = GroupInName(
    pattern=rf"{_FILM}(\d{{3}})",
    consecutive=2,
    told_by="pairs of consecutive films",
    where=MIAS_NOTES,
)
MIAS_LATERALITY = Attribute(
    name="laterality",
    # The letter where there is one, else the last digit; in the file's name, not in a folder's.
    pattern=rf"{_FILM}(?:\d{{3}}(?=[lrLR])|\d\d(?=\d(?![lrLR])))([\dlrLR])[^/]*$",
    labels=dict.fromkeys("02468l", "left") | dict.fromkeys("13579r", "right"),
    where=f"{MIAS_NOTES}; a name of the full MIAS tells its own side, and mdb001lm the other one",
)
# Lines as "mdb005 F CIRC B 477 133 30" and "mdb003 D NORM"; a film has one for every abnormality.
MIAS_INFO = Sidecar(
    name="Info.txt",
    line=r"^\s*(?P<film>mdb\d+)\s+[FGD]\s+(?:(?:CALC|CIRC|SPIC|MISC|ARCH|ASYM)\s+)?(?P<severity>[BM]|NORM)\b",
    path=("film",),
    label="severity",
    labels={"M": "malignant", "B": "benign", "NORM": "normal"},
    where="the columns of mini-MIAS' Info.txt; malignant outranks benign in a film that has both",
)


def _cbis_ddsm(folder: str, part: str, level: str) -> Sidecar:
    return Sidecar(
        name=f"{folder}*_case_description_{part}_set.csv",
        # Mass-Training_P_00001_LEFT_CC/STUDY/SERIES/000000.dcm: Kaggle keeps jpeg/SERIES/ of it.
        path=("image file path",),
        within=r"([^/]+)/[^/]+$",
        names_folder=True,
        group=("patient_id",),
        label="pathology",
        labels={
            "MALIGNANT": "malignant",
            "BENIGN": "benign",
            "BENIGN_WITHOUT_CALLBACK": "benign",
        },
        level=level,
        lacks="CBIS-DDSM has no normal films: each shows an abnormality.",
        where=(
            "CBIS-DDSM's tables of cases (TCIA, doi 10.7937/K9/TCIA.2016.7O02S9CY), which Kaggle's "
            "awsaf49/cbis-ddsm-breast-cancer-image-dataset has in csv/; whole films only, no crops"
        ),
    )


CBIS_DDSM = tuple(
    _cbis_ddsm(folder, *parts)
    for folder in ("csv/", "")
    for parts in (("train", "train"), ("test", "test"))
)


def control(name: str, dataset: Dataset, asks: str, *, file_names: str, **expected: str) -> Control:
    """A control set of these five kinds of cell.

    Args:
        file_names: As in `Control`.
        expected: Kind of cell → what a model of the paper should call it, where that is another name.
    """
    return Control(
        name=name,
        asks=asks,
        classes=BLOOD_CELLS,
        dataset=dataset,
        phantom="white_blood_cells",
        expected={cell.name: cell.name for cell in BLOOD_CELLS} | expected,
        file_names=file_names,
    )
