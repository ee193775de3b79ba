"""Kumar, Reddy and Reddy: breast histology, benign or malignant, by transfer learning on BreakHis."""

from collections.abc import Iterator

from lib.papers.declare import (
    Arm,
    Assumed,
    Attribute,
    Brightness,
    Claim,
    ClassName,
    Contradiction,
    Dataset,
    Flip,
    GroupInName,
    Paper,
    Profile,
    Publication,
    Recipe,
    Rotation,
    Setting,
    Sidecar,
    Source,
    Split,
    Stated,
    WorstFinding,
)

NOT_PRINTED = "the paper prints no number of images; this is the published count of BreakHis 1.0"
# A public program on BreakHis with the same division, augmentation and head as CODING, around VGG19;
# which of the two came first, or whether both follow a third, is not known.
TWIN = "that public program"  # behind its name
TWIN_NAME = (
    "a public program with the same lines, anthonyJamRau/Transfer-Learning-for-Cancer-Detection,"
)


def _in_name(part: str) -> str:
    """The pattern that captures a part of BreakHis' code: type, case or magnification.

    The code may stand anywhere in a file's name, as whole words, with underscores for hyphens:
    SOB_M_DC-14-18842D-200-001 is method, class, type, year, case and slide, magnification, number.
    """
    shapes = {"type": "A|F|PT|TA|DC|LC|MC|PC", "case": r"\d+", "magnification": "40|100|200|400"}
    told = {
        name: f"({shape})" if name == part else f"(?:{shape})" for name, shape in shapes.items()
    }
    code = r"(?<![A-Z\d])SOB_[BM]_{type}[-_]\d+[-_]{case}[A-Z]*[-_]{magnification}(?!\d)"
    return f"(?i:{code.format(**told)}[^/]*$)"


RECIPE = Recipe(
    image_size=Assumed(
        224, f"IMG_SIZE is not printed; 224 is what the three backbones take; {TWIN} has it"
    ),
    pixel_scaling=Stated("native", "CODING: preprocess_input"),
    optimizer=Assumed("adam", "§4.1 names Adam as an example; the call to compile is not printed"),
    learning_rate=Assumed(
        0.001, f"the default of Adam in Keras (Kingma and Ba, 2015); {TWIN} has it"
    ),
    batch_size=Assumed(
        28,
        f"BATCH_SIZE is not printed; CODING draws one batch on a grid of 4 × 7; {TWIN} has 28",
    ),
    epochs=Assumed(15, "the curves of Fig. 6 have no numbers in the text; a usual length"),
    loss=Assumed("binary_crossentropy", "§4.1 names it as an example; it fits one sigmoid output"),
)


DROPOUT = Stated((0.4, 0.3, 0.2), "CODING")


def _arm(
    name: str,
    backbone: str,
    dense: Setting[tuple[int, ...]],
    dropout: Setting[tuple[float, ...]] = DROPOUT,
) -> Arm:
    return Arm(
        name=name,
        backbone=backbone,
        weights=Stated("imagenet", "§4.3"),
        trainable=Stated(False, "§4.1: the pre-trained layers are frozen"),
        # The layers' own defaults: brightness in 0…255, both axes, corners filled by reflection.
        augmentation=Stated(
            (Brightness(0.2), Flip("horizontal_and_vertical"), Rotation(0.2, "reflect")), "CODING"
        ),
        pooling=Assumed(
            "avg",
            "the backbone must pool by itself, since the printed models have no layer between it and the "
            f"first dropout; {TWIN_NAME} has the average",
        ),
        dense=dense,
        activation=Stated("relu", "CODING"),
        dropout=dropout,
        output=Stated("sigmoid", "CODING"),
        recipe=RECIPE,
    )


VGG = _arm("vgg16", "VGG16", Stated((384, 64), "CODING"))
MOBILENET = _arm("mobilenetv3", "MobileNetV3Small", Stated((256, 32), "CODING"))
SLIP = (
    "CODING prints Dense(32) twice, the first where the other two models have Dropout(0.3): taken "
    "for a slip (the variant resnet50v2-as-printed has it as printed)"
)
RESNET = _arm(
    "resnet50v2",
    "ResNet50V2",
    Assumed((256, 32), SLIP),
    Assumed(DROPOUT.value, SLIP),
)

# Table 2, its rows the other way round: the accuracy is the headline.
TABLE_2 = {
    "accuracy": {"vgg16": "0.875389", "mobilenetv3": "0.811526", "resnet50v2": "0.858255"},
    "loss": {"vgg16": "0.319651", "mobilenetv3": "0.402126", "resnet50v2": "0.319679"},
}


def _table_2_claims() -> Iterator[Claim]:
    for metric, row in TABLE_2.items():
        for arm, printed in row.items():
            yield Claim(
                metric=metric,
                printed=printed,
                where="Table 2",
                arm=arm,
                unit="loss" if metric == "loss" else "fraction",
            )


SPLIT = Split(
    test_share=Assumed(
        0.25, "CODING calls train_test_split without a size, for which scikit-learn takes 0.25"
    ),
    stratified=Stated(False, "CODING: train_test_split without stratify"),
)
PAPER = Paper(
    slug="kumar_breakhis",
    title="Breast Cancer Classification with Transfer Learning",
    title_english="Breast Cancer Classification with Transfer Learning",
    authors=("N. Sravan Kumar", "K. Avinash Reddy", "C. Gokul Krishna Reddy"),
    affiliation="SRM Institute of Science and Technology, Kattankulathur",
    language="English",
    short_title="Breast histology: three frozen networks behind augmentation",
    publication=Publication(
        kind="techreport",
        year=2022,
        month="November",
        venue="SRM Institute of Science and Technology",
        where="title page: minor project report",
    ),
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
        # Slides of one case (18842, 18842D) may be one woman: the case is the group.
        group=GroupInName(
            pattern=_in_name("case"),
            where="as Spanhol et al., 2016, explain them",
        ),
        sidecars=(
            Sidecar(
                name="Folds.csv",
                path=("filename",),
                part="grp",
                fold="fold",
                where="the official five folds of BreakHis, in Kaggle's ambarish/breakhis",
            ),
        ),
        group_noun="patient",
        subgroups=(
            Attribute(
                name="magnification",
                pattern=_in_name("magnification"),
                labels={"40": "40×", "100": "100×", "200": "200×", "400": "400×"},
                where="BreakHis' file names",
            ),
            Attribute(
                name="tumour type",
                pattern=_in_name("type"),
                labels={
                    "a": "adenosis (benign)",
                    "f": "fibroadenoma (benign)",
                    "pt": "phyllodes tumour (benign)",
                    "ta": "tubular adenoma (benign)",
                    "dc": "ductal carcinoma",
                    "lc": "lobular carcinoma",
                    "mc": "mucinous carcinoma",
                    "pc": "papillary carcinoma",
                },
                where="BreakHis' file names",
            ),
        ),
        defects=(
            "82 patients gave all 7,909 images, each at four magnifications: a random split puts "
            "images of one patient on both sides.",
            "Case 13412 stands under two tumour types, and some cases have several slides.",
        ),
    ),
    phantom="breast_histology",
    split=SPLIT,
    arms=(VGG, MOBILENET, RESNET),
    variants=(
        MOBILENET.variant(
            "large",
            "the larger of the two networks called MobileNetV3; the paper does not say which it "
            "used, and the smaller one is taken first because it is the cheaper",
            backbone="MobileNetV3Large",
        ),
        RESNET.variant(
            "as-printed",
            "the head exactly as the text prints it, with a second dense layer of 32 units where "
            "the other two models have Dropout(0.3)",
            dense=Stated((256, 32, 32), "CODING"),
            dropout=Stated((0.4, 0, 0, 0.2), "CODING"),
        ),
    ),
    claims=tuple(_table_2_claims()),
    test_images=Assumed(
        642,
        "not printed: the three accuracies are 562, 521 and 551 of so many images, and of no fewer",
    ),
    worst=WorstFinding(
        topic="Images behind the 3 test accuracies of Table 2",
        sentence=(
            "It never says how many images it tested on; its three accuracies fit 642 images or a "
            "multiple of 642, not a quarter of the 7,909 images of BreakHis"
        ),
        where="Table 2, CODING",
    ),
    contradictions=(
        Contradiction(
            topic="The third network",
            readings=(
                Stated("ResNet", "Abstract, §1.3, Table 2, Conclusion"),
                Stated("ResNet50", "§3.1, Fig. 3, §4.1, §4.3, §6.1"),
                Stated("ResNet50V2, with the preprocessing of resnet_v2", "CODING"),
            ),
            used="ResNet50V2",
            reason="the program is closer to what was run than the prose",
        ),
        Contradiction(
            topic="The second network",
            readings=(
                Stated("MobileNet", "Abstract, §1.3, §6.1"),
                Stated("MobileNetV3", "§3.1, §4.1, §4.3, CODING, §6.1, Table 2"),
            ),
            used="MobileNetV3",
            reason="so the program and the table of results",
        ),
        Contradiction(
            topic="Parts of the data",
            readings=(
                Stated("three: training, validation and test", "§3.2, §4.1"),
                Stated("two: one call of train_test_split, into training and validation", "CODING"),
                Stated("a third, test_ds, whose making is not printed", "CODING, last program"),
            ),
            used="two",
            reason="only the printed call can be repeated; the validation images choose nothing here, "
            "so they serve as test images",
        ),
        Contradiction(
            topic="What is measured",
            readings=(
                Stated("accuracy, precision, recall, F1 score, confusion matrix", "§4.1"),
                Stated("accuracy and precision", "Abstract, Conclusion"),
                Stated("accuracy and loss", "§6.1, Table 2"),
            ),
            used="accuracy and loss",
            reason="no other result is printed",
        ),
        Contradiction(
            topic="The best network",
            readings=(
                Stated(
                    "notable accuracy by networks like ResNet, the only one named", "Conclusion"
                ),
                Stated(
                    "VGG16 has the highest accuracy, 0.875389 against 0.858255 of ResNet, and the lowest "
                    "loss",
                    "Table 2",
                ),
            ),
            used="Table 2",
            reason="it has the numbers; which network was to be preferred is not said",
        ),
        Contradiction(
            topic="Date",
            readings=(
                Stated("November 2022", "title page"),
                Stated("the last article cited appeared in 2023", "References, 7"),
            ),
            used="neither",
            reason="nothing here depends on it",
        ),
        Contradiction(
            topic="Frozen or fine-tuned",
            readings=(
                Stated("the pre-trained networks are fine-tuned", "Abstract, §3.1, §4.3"),
                Stated("the pre-trained layers are frozen", "§4.1"),
            ),
            used="frozen",
            reason="the step-by-step method freezes them, and no second phase is described",
        ),
        Contradiction(
            topic="Pixels and augmentation",
            readings=(
                Stated("pixels scaled to [0, 1]; rotations, flips and zoom", "§4.1"),
                Stated("preprocess_input of each backbone; brightness, flips, rotation", "CODING"),
            ),
            used="as in CODING",
            reason="the program is closer to what was run than the general method",
        ),
        Contradiction(
            topic="Head of the third network",
            readings=(
                Stated("Dense 256, Dense 32, Dense 32 between dropouts 0.4 and 0.2", "CODING"),
                Stated("Dense 256, Dropout 0.3, Dense 32, as in the other two models", "CODING"),
            ),
            used="Dropout 0.3",
            reason="the doubled line stands where the other two models have it; the variant "
            "resnet50v2-as-printed has the other reading",
        ),
    ),
    unsaid=(
        "Large or small MobileNetV3.",
        "Which part of the data Table 2 was measured on: the test part, since §4.1 evaluates trained "
        "models on it.",
        "How large that part is: the accuracies are 562, 521 and 551 of 642 images, and of no other "
        "number below 1,000. A quarter of the 7,909 images of BreakHis would be 1,978, so some were "
        "left out.",
        "Which epoch is evaluated: the last one here.",
        f"What test_ds holds: {TWIN} takes it from Folds.csv, which divides BreakHis by patient; "
        "the division here is by image.",
        "Whether training stops early: that program stops when the validation loss has not fallen "
        "for 5 epochs, and keeps the best weights; this is not done here.",
    ),
    reporting={
        "data": Stated("BreakHis, named as an example", "§4.1"),
        "intended use": Stated("diagnosis in clinics, in real time", "Abstract, §1.3"),
        "software": Stated(
            "Python, TensorFlow, Keras, NumPy, Pandas, Matplotlib; GPUs", "Abstract, §4.1"
        ),
        "errors": Stated("some images with predicted and true class", "Fig. 7"),
        "limitations": Stated(
            "more and more diverse images, explanations, uncertainty and use in clinics are left to do",
            "CONCLUSION, Future Enhancements",
        ),
    },
    own_parameters=("magnification",),
    profiles={
        "quick": Profile(
            phantoms_per_class=150,
            summary="one seed, two grouped folds, 3 epochs and 64 pixels: minutes on two CPU cores",
            changes={"seeds": (0,), "epochs": 3, "image_size": 64, "grouped_folds": 2},
        ),
        "paper": Profile(phantoms_per_class=500, summary="500 phantoms a class"),
    },
)
