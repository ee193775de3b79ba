"""Hulu, Wijaya, Resel, Halawa and Tarigan: mammograms in three classes, AlexNet against ResNet50."""

from lib.paper import (
    Assumed,
    ClassName,
    Dataset,
    Paper,
    Profile,
    Sidecar,
    Source,
    Split,
    Stated,
)

SUPPORTS = (
    "sum of the supports of Fig. 12 (371 training images) and Fig. 13 (160 validation images)"
)

PAPER = Paper(
    slug="hulu_breast_mammography",
    title=(
        "Classification of Breast Cancer with Transfer Learning on Convolutional Neural Network Models"
    ),
    title_english=(
        "Classification of Breast Cancer with Transfer Learning on Convolutional Neural Network Models"
    ),
    authors=(
        "Mesrawati Hulu",
        "Bayu Angga Wijaya",
        "Resel",
        "Nestina Halawa",
        "Angki Angkota Tarigan",
    ),
    affiliation="Universitas Prima Indonesia",
    language="English",
    in_brief=(
        "AlexNet and ResNet50 are trained to sort mammograms into benign, malignant and normal. "
        "The paper prints 98.0 % for AlexNet, measured on training images, and 78.1 % on the "
        "validation images."
    ),
    task="Three-class classification of mammograms: benign, malignant, normal",
    classes=(
        ClassName(name="benign", aliases=("jinak", "benign cases", "benign masses")),
        ClassName(name="malignant", aliases=("ganas", "malignant cases", "malignant masses")),
        ClassName(name="normal", aliases=("normal cases",)),
    ),
    dataset=Dataset(
        sources=(
            Source(
                title="Breast cancer, Kaggle anissaapril/kanker-payudara",
                kaggle="anissaapril/kanker-payudara",
                address="https://www.kaggle.com/datasets/anissaapril/kanker-payudara",
                licence="see the Kaggle page; the paper names none",
                citation="Kaggle anissaapril/kanker-payudara; the paper names no other origin",
            ),
        ),
        counts={
            "benign": Assumed("133", SUPPORTS),
            "malignant": Assumed("137", SUPPORTS),
            "normal": Assumed("261", SUPPORTS),
        },
        total=Stated("531", "Abstract, RESULT"),
        side=Stated(227, "RESULT: resized to 227 x 227"),
        # mini-MIAS, a public set of the same task, comes with a table of films and patients.
        sidecars=(Sidecar(name="labels.csv", path=("file",), group=("patient",)),),
        group_noun="patient",
        defects=(
            "Where the films come from and which belong to one woman is not known: both views or "
            "both breasts of one patient can stand on either side of a split.",
            "Films of scanned collections carry burnt-in labels and scanner edges, which can give "
            "away the class.",
        ),
    ),
    phantom="mammograms",
    split=Split(
        test_share=Stated(0.3, "Abstract, RESULT"),
        stratified=Assumed(
            False,
            "38 of 133, 44 of 137 and 78 of 261 images are validated on (Fig. 12, Fig. 13): shares "
            "of 0.286, 0.321 and 0.299, which a stratified split would have made equal",
        ),
    ),
    profiles={
        "quick": Profile(phantoms_per_class=60, summary="minutes on two CPU cores"),
        "paper": Profile(
            phantoms_per_class=177, summary="177 phantoms a class, 531 in all as in the paper"
        ),
    },
)
