"""Kumar, Reddy and Reddy: breast histology, benign or malignant, by transfer learning on BreakHis."""

from lib.paper import (
    Assumed,
    ClassName,
    Dataset,
    Paper,
    Profile,
    Source,
    Split,
    Stated,
)

NOT_PRINTED = "the paper prints no number of images; this is the published count of BreakHis 1.0"

PAPER = Paper(
    slug="kumar_breakhis",
    title="Breast Cancer Classification with Transfer Learning",
    title_english="Breast Cancer Classification with Transfer Learning",
    authors=("N. Sravan Kumar", "K. Avinash Reddy", "C. Gokul Krishna Reddy"),
    affiliation="SRM Institute of Science and Technology, Kattankulathur",
    language="English",
    in_brief=(
        "VGG16, MobileNetV3 and ResNet50V2 serve as frozen feature extractors behind random "
        "brightness, flips and rotations. The paper prints accuracies of 87.5 %, 81.2 % and 85.8 %."
    ),
    task="Two-class classification of stained breast tissue: benign, malignant",
    classes=(
        ClassName(name="benign", aliases=("B",)),
        ClassName(name="malignant", aliases=("M",)),
    ),
    dataset=Dataset(
        sources=(
            Source(
                title="BreakHis, Kaggle ambarish/breakhis",
                kaggle="ambarish/breakhis",
                address="https://www.kaggle.com/datasets/ambarish/breakhis",
                licence="research use; see the pages of BreakHis and of Kaggle",
                citation=(
                    "F. A. Spanhol, L. S. Oliveira, C. Petitjean, L. Heutte: A Dataset for Breast "
                    "Cancer Histopathological Image Classification. IEEE Transactions on "
                    "Biomedical Engineering 63(7), 2016"
                ),
            ),
        ),
        counts={"benign": Assumed("2480", NOT_PRINTED), "malignant": Assumed("5429", NOT_PRINTED)},
        total=Assumed("7909", NOT_PRINTED),
        side=Assumed(224, "the paper's IMG_SIZE is not printed; 224 is what its backbones take"),
        # SOB_M_DC-14-18842D-200-001: method, class, type, year, case and slide, magnification,
        # number. Slides of one case (18842, 18842D) may be one woman: the case is the group.
        group=r"^SOB_[BM]_[A-Z]+-\d+-(\d+)",
        group_noun="patient",
        defects=(
            "82 patients gave all 7,909 images, each at four magnifications: a random split puts "
            "images of one patient on both sides.",
            "Case 13412 stands under two tumour types, and some cases have several slides.",
        ),
    ),
    phantom="breast_histology",
    split=Split(
        test_share=Assumed(
            0.25, "CODING calls train_test_split without a size, for which scikit-learn takes 0.25"
        ),
        stratified=Stated(False, "CODING: train_test_split without stratify"),
    ),
    profiles={
        "quick": Profile(phantoms_per_class=60, summary="minutes on two CPU cores"),
        "paper": Profile(phantoms_per_class=500, summary="500 phantoms a class"),
    },
)
