"""Data sets that serve more than one paper as a control: declared once, like the papers' own."""

from lib.paper import Assumed, ClassName, Control, Dataset, Source

BLOOD_CELLS = (
    ClassName(name="basophil", aliases=("basophils", "BA", "BAS")),
    ClassName(name="eosinophil", aliases=("eosinophils", "EO", "EOS")),
    ClassName(name="lymphocyte", aliases=("lymphocytes", "LY", "LYT")),
    ClassName(name="monocyte", aliases=("monocytes", "MO", "MON")),
    ClassName(name="neutrophil", aliases=("neutrophils", "NEU")),
)

AUTHORS = "as its authors count them (Acevedo et al. 2020)"
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
        "basophil": Assumed("1218", AUTHORS),
        "eosinophil": Assumed("3117", AUTHORS),
        "lymphocyte": Assumed("1214", AUTHORS),
        "monocyte": Assumed("1420", AUTHORS),
        "neutrophil": Assumed("3329", AUTHORS),
    },
    total=Assumed("10298", "the five classes of eight that are used here"),
    side=Assumed(360, "360 × 363 pixels, as its authors say (Acevedo et al. 2020)"),
    defects=("The set names no patients.",),
)

ORIGINALS = "counted in its files"
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
        "basophil": Assumed("3", ORIGINALS),
        "eosinophil": Assumed("88", ORIGINALS),
        "lymphocyte": Assumed("33", ORIGINALS),
        "monocyte": Assumed("20", ORIGINALS),
        "neutrophil": Assumed("207", ORIGINALS),
    },
    total=Assumed("351", ORIGINALS),
    side=Assumed(200, "crops of about 130 to 330 pixels a side"),
    group=r"^(BloodImage_\d+)",
    group_noun="original photograph",
    defects=("Only three photographs show a basophil.",),
)


def control(name: str, dataset: Dataset, asks: str, **expected: str) -> Control:
    """A control set of these five kinds of cell.

    Args:
        expected: Kind of cell → what a model of the paper should call it, where that is another name.
    """
    return Control(
        name=name,
        asks=asks,
        classes=BLOOD_CELLS,
        dataset=dataset,
        phantom="white_blood_cells",
        expected={one.name: one.name for one in BLOOD_CELLS} | expected,
    )
