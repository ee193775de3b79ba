"""Hulu, Wijaya, Resel, Halawa and Tarigan: mammograms in three classes, AlexNet against ResNet50."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lib.papers.declare import (
    Arm,
    Assumed,
    Claim,
    ClassName,
    Contradiction,
    Dataset,
    Paper,
    Profile,
    Publication,
    Recipe,
    Source,
    Split,
    Stated,
    Unit,
    WorstFinding,
    cell,
    classification_report,
    epoch_log,
)
from lib.papers.declare.known_sets import CBIS_DDSM, MIAS_INFO, MIAS_LATERALITY, MIAS_PAIRS

TITLE = (
    "Classification of Breast Cancer with Transfer Learning on Convolutional Neural Network Models"
)
AUTHORS = (
    "Mesrawati Hulu",
    "Bayu Angga Wijaya",
    "Resel",
    "Nestina Halawa",
    "Angki Angkota Tarigan",
)
CLASSES = ("benign", "malignant", "normal")
FROM_SUPPORTS = "sum of the supports of Fig. 12 (371 training images) and Fig. 13 (160 validation)"

# Table 1: the last epoch, then loss and accuracy.
TABLE_1 = {
    ("alexnet", "train"): (40, "0.2034", "0.9801"),
    ("alexnet", "validation"): (40, "0.5812", "0.7812"),
    ("resnet50", "train"): (150, "0.8224", "0.6407"),
    ("resnet50", "validation"): (150, "0.8603", "0.6201"),
}
# Precision, recall, F1-score and support of every class.
FIGURE_12 = ("0.95 0.97 0.96 95", "0.98 0.97 0.97 93", "0.99 0.98 0.99 183")
FIGURE_13 = ("0.42 0.50 0.46 38", "0.55 0.27 0.36 44", "0.73 0.87 0.80 78")
# The running text in per cent: Fig. 12 again, and of ResNet50 another report than Fig. 13.
ALEXNET_IN_WORDS = ("95 97 96 95", "98 97 97 93", "99 98 99 183")
RESNET50_IN_WORDS = ("47 51 49 95", "57 46 51 93", "77 81 79 183")

# The nine summands below Fig. 10 and Fig. 11; a row is a true class. ResNet50's rows add up to the
# supports 95, 93 and 183, its columns do not, and so read they give its report in DISCUSSIONS.
# AlexNet's add up to 95, 94 and 180, its columns to 95, 92 and 182: neither is right. Two other
# numbers mend it (2 malignant and 3 normal images called benign); by columns it would take four.
SUMMANDS = {
    "alexnet": ("92 2 1", "3 90 1", "0 0 180"),
    "resnet50": ("48 17 30", "35 43 15", "19 15 149"),
}
# Images called misclassified in the text on Fig. 7 and Fig. 8, whose captions are Fig. 3 and Fig. 4.
MISCLASSIFIED = {"alexnet": ("3", "3", "3"), "resnet50": ("47", "50", "24")}
BOTH_MODELS = "DISCUSSIONS (one number for 2 models)"
PLACES = {"alexnet": ("Fig. 7", "Fig. 10"), "resnet50": ("Fig. 8", "Fig. 11")}


def _training_claim(arm: str, metric: str, printed: str, where: str, **changes: Any) -> Claim:
    """A number of training images, unless `changes` say otherwise."""
    values = {"part": "train", "unit": "count"} | changes
    return Claim(metric=metric, printed=printed, where=where, arm=arm, **values)


def _accuracy_claim(
    arm: str, printed: str, where: str, unit: Unit = "percent", **changes: Any
) -> Claim:
    return _training_claim(arm, "accuracy", printed, where, unit=unit, **changes)


def _report_claims(
    rows: tuple[str, ...], where: str, arm: str, unit: Unit, part: str = "train"
) -> tuple[Claim, ...]:
    by_class = {name: row.split() for name, row in zip(CLASSES, rows, strict=True)}
    return classification_report(by_class, where=where, arm=arm, part=part, unit=unit)


def _matrix_claims(arm: str) -> Iterator[Claim]:
    """Cells and misclassified; the diagonal stands in the text and twice below the figure."""
    text, figure = PLACES[arm]
    for true, row, missed in zip(CLASSES, SUMMANDS[arm], MISCLASSIFIED[arm], strict=True):
        where = f"RESULT (text on {text})"
        yield _training_claim(arm, "misclassified", missed, where, of=true)
        for called, printed in zip(CLASSES, row.split(), strict=True):
            places = f"{where}, {figure} (twice)" if called == true else figure
            yield _training_claim(arm, "cell", printed, places, of=cell(true, called))


def _curve_claims() -> Iterator[Claim]:
    for (arm, part), row in TABLE_1.items():
        columns, where = (("loss", part), ("accuracy", part)), "Table 1, RESULT (twice)"
        yield from epoch_log([row], columns, where=where, arm=arm)


def _claims() -> tuple[Claim, ...]:
    return (
        _accuracy_claim("alexnet", "98.01", "Abstract", epoch=40),
        _accuracy_claim("resnet50", "64.07", "Abstract", epoch=150),
        _accuracy_claim("alexnet", "97,57", "CONCLUSION"),
        _accuracy_claim("resnet50", "65", "CONCLUSION"),
        _accuracy_claim("alexnet", "98.1", "Fig. 10"),
        _accuracy_claim("alexnet", "0.981", "Fig. 10", "fraction"),
        _accuracy_claim("resnet50", "0.647", "Fig. 11", "fraction"),
        *_curve_claims(),
        *_report_claims(FIGURE_12, "Fig. 12", "alexnet", "fraction"),
        *_report_claims(FIGURE_13, "Fig. 13", "resnet50", "fraction", "test"),
        *_report_claims(ALEXNET_IN_WORDS, "DISCUSSIONS", "alexnet", "percent"),
        *_report_claims(RESNET50_IN_WORDS, "DISCUSSIONS", "resnet50", "percent"),
        _training_claim("alexnet", "correct", "362", "Fig. 10 (twice)"),
        _training_claim("alexnet", "support", "369", "Fig. 10 (twice)"),
        *_matrix_claims("alexnet"),
        _training_claim("resnet50", "correct", "240", "Fig. 11 (twice)"),
        _training_claim("resnet50", "support", "371", f"Fig. 11 (twice), {BOTH_MODELS}"),
        *_matrix_claims("resnet50"),
        _training_claim("alexnet", "support", "371", BOTH_MODELS),
        *(
            _training_claim(arm, "support", "160", BOTH_MODELS, part="test")
            for arm in ("alexnet", "resnet50")
        ),
    )


SPLIT = Split(
    test_share=Stated(0.3, "Abstract, RESULT"),
    stratified=Assumed(
        False,
        "38 of 133, 44 of 137 and 78 of 261 images are validated on (Fig. 12, Fig. 13): 0.286, "
        "0.321 and 0.299, not equal shares",
    ),
)
RECIPE = Recipe(
    image_size=Stated(227, "RESULT"),
    pixel_scaling=Assumed(
        "[0, 1]", "METHOD says that data are normalised; dividing by 255 is the usual way"
    ),
    optimizer=Stated("adam", "RESULT"),
    learning_rate=Assumed(0.001, "the default of Adam in Keras (Kingma and Ba, 2015)"),
    batch_size=Assumed(32, "the default of Keras' fit()"),
    epochs=Stated(40, "RESULT, below the curves of AlexNet"),
    loss=Assumed("categorical_crossentropy", "the loss that fits a three-way softmax"),
)

# On mini-MIAS (322 other films, split 70/30, seed 0, this recipe), accuracy on the training images
# after 40 epochs: 0.978 frozen, 0.653 fine-tuned, 0.653 from random weights, where 0.653 is the
# share of the class normal. With a tenth of the learning rate, fine-tuning learns phantoms well.
WHY_FROZEN = (
    "of three readings the only one near the paper's 0.9801 on training images: 0.978 on mini-MIAS "
    "(one seed), where AlexNet fine-tuned or from random weights stays with the most frequent class"
)

ALEXNET = Arm(
    name="alexnet",
    backbone="AlexNet",
    filters=Assumed((64, 192, 384, 256, 256), "those of the weights: torchvision's variant"),
    weights=Assumed(
        "torchvision", "the title says transfer learning; Keras ships no weights for AlexNet"
    ),
    trainable=Assumed(False, WHY_FROZEN),
    pooling=Assumed("flatten", "as in Krizhevsky et al. (2012)"),
    dense=Assumed((4096, 4096), "as in Krizhevsky et al. (2012)"),
    activation=Assumed("relu", "as in Krizhevsky et al. (2012)"),
    dropout=Assumed((0, 0.5, 0.5), "as in Krizhevsky et al. (2012)"),
    recipe=replace(
        RECIPE,
        pixel_scaling=Assumed("(RGB - mean) / sd", "what torchvision's weights were trained with"),
    ),
)
RESNET = Arm(
    name="resnet50",
    backbone="ResNet50",
    weights=Stated("imagenet", "Abstract"),
    trainable=Assumed(
        False,
        "0.6407 on training images is what few weights can do; all 23.5 million could fit 371 images "
        "closely (reasoned, not measured)",
    ),
    pooling=Assumed("avg", "as in He et al. (2016)"),
    dense=Assumed((), "as in He et al. (2016)"),
    activation=Assumed("relu", "of no effect without a hidden dense layer"),
    dropout=Assumed((0,), "as in He et al. (2016)"),
    recipe=replace(RECIPE, epochs=Stated(150, "RESULT, below the curves of ResNet50")),
)
PAPER = Paper(
    slug="hulu_breast_mammography",
    title=TITLE,
    title_english=TITLE,
    authors=AUTHORS,
    affiliation="Universitas Prima Indonesia",
    language="English",
    short_title="Mammograms: AlexNet against ResNet50",
    publication=Publication(
        kind="article",
        year=2024,
        month="July",
        venue="Sinkron",
        volume="8",
        number="3",
        doi="10.33395/sinkron.v8i3.13792",
        where="head of page 1; the journal's name stands in the DOI",
    ),
    in_brief=(
        "AlexNet and ResNet50 are trained to sort mammograms into benign, malignant and normal. "
        "The paper prints 98.0 % for AlexNet, measured on training images, and 78.1 % on the validation images."
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
            "benign": Assumed("133", FROM_SUPPORTS),
            "malignant": Assumed("137", FROM_SUPPORTS),
            "normal": Assumed("261", FROM_SUPPORTS),
        },
        total=Stated("531", "Abstract, RESULT"),
        side=Stated(227, "RESULT: resized to 227 x 227"),
        # Public sets of the same task: mini-MIAS by its names and Info.txt, CBIS-DDSM by its tables.
        group=MIAS_PAIRS,
        sidecars=(MIAS_INFO, *CBIS_DDSM),
        group_noun="patient",
        subgroups=(MIAS_LATERALITY,),
        defects=(
            "Where the films come from and which belong to one woman is not known: both views or "
            "both breasts of one patient can stand on either side of a split.",
            "Films of scanned collections carry burnt-in labels and scanner edges, which can give away the class.",
        ),
        border_clues="Films of scanned collections carry burnt-in labels and scanner edges.",
    ),
    phantom="mammograms",
    split=SPLIT,
    arms=(ALEXNET, RESNET),
    variants=(
        ALEXNET.variant(
            "fine-tuned",
            "transfer learning as fine-tuning: ImageNet convolutions that are trained further",
            trainable=Assumed(True, "one of two readings of transfer learning"),
        ),
        ALEXNET.variant(
            "scratch",
            "no transfer: all of AlexNet is trained from random weights",
            filters=Assumed((96, 256, 384, 384, 256), "as in Krizhevsky et al. (2012)"),
            weights=Assumed("random", "Keras ships no weights for AlexNet"),
            trainable=Assumed(True, "random weights are of no use unless they are trained"),
            pixel_scaling=RECIPE.pixel_scaling,
        ),
        RESNET.native(),
        RESNET.variant(
            "fine-tuned",
            "transfer learning as fine-tuning: the whole network is trained further",
            trainable=Assumed(True, "one of two readings of transfer learning"),
        ),
    ),
    claims=_claims(),
    worst=WorstFinding(
        topic="Training images in the headline",
        sentence=(
            "Its 98.01 % for AlexNet is the accuracy on the images that the network was trained "
            "on; on its validation images the paper prints 0.7812"
        ),
        where="Abstract, Table 1",
    ),
    contradictions=(
        Contradiction(
            topic="How good AlexNet is",
            readings=(
                Stated("98.01 %", "Abstract, of training images"),
                Stated("0.7812", "Table 1, of validation images"),
            ),
            used="each on the images it was measured on",
            reason="the first, the paper's headline, tells nothing of new images",
        ),
        Contradiction(
            topic="AlexNet's accuracy on its training images",
            readings=(
                Stated("98.01 %, 0.9801", "Abstract, RESULT, Table 1"),
                Stated("98.1 %, 362/369 = 0.981", "Fig. 10"),
                Stated("97,57 %", "CONCLUSION"),
            ),
            used="0.9801 for the curve, the others for the trained network",
            reason="362 of the 371 images of Fig. 12 are 0.9757, as in CONCLUSION",
        ),
        Contradiction(
            topic="AlexNet's confusion matrix",
            readings=(
                Stated("nine numbers that add up to 369", "Fig. 10"),
                Stated("95, 93 and 183 images, 371 in all", "Fig. 12, DISCUSSIONS"),
            ),
            used="371 images, three of every class misclassified (RESULT, on Fig. 7)",
            reason="2 malignant and 3 normal images called benign, instead of 3 and 0, give all of Fig. 12",
            # 98.1 % is 362 of the 369 that this matrix adds up to.
            shown_in=(
                "AlexNet's accuracy on its training images (alexnet)",
                "Misclassified images, in words and in the matrix (alexnet)",
                "Confusion matrix against Fig. 12 and DISCUSSIONS (alexnet)",
                "Accuracy implied by Fig. 12 and DISCUSSIONS (alexnet)",
            ),
        ),
        Contradiction(
            topic="ResNet50's accuracies",
            readings=(
                Stated("training 64.07 %, 0.6407", "Abstract, RESULT, Table 1"),
                Stated("training 240/371 = 0.647, 65 %", "Fig. 11, CONCLUSION"),
                Stated("validation 0.6201", "RESULT, Table 1"),
                Stated("validation 19, 12 and 68 right of 160, 0.6188", "Fig. 13, by its recalls"),
            ),
            used="0.6407 and 0.6201 for the curves, the others for the trained network",
            reason="0.6407 is no share of 371 images, and 0.6201 none of 160",
        ),
        Contradiction(
            topic="Normal images that ResNet50 misclassified",
            readings=(Stated("24", "RESULT, on Fig. 8"), Stated("19 + 15 = 34", "Fig. 11")),
            excludes="24 != 19 + 15",
            used="34",
            reason="for the other two classes text and matrix agree",
            shown_in=("Misclassified images, in words and in the matrix (resnet50)",),
        ),
        Contradiction(
            topic="ResNet50's classification report",
            readings=(
                Stated("0.42 … 0.87 on 38, 44 and 78 images", "Fig. 13"),
                Stated("46 % … 81 % on 95, 93 and 183 images", "DISCUSSIONS"),
            ),
            used="the first for validation images, the second for training images",
            reason="by their supports",
        ),
        Contradiction(
            topic="The two networks",
            readings=(
                Stated("DenseNet121 and ResNet50", "Abstract, third sentence"),
                Stated("AlexNet and ResNet50", "Table 1 and everywhere else"),
            ),
            used="AlexNet and ResNet50",
            reason="all results are theirs",
        ),
    ),
    unsaid=(
        "By what angle images are rotated, and how noise is removed: neither is done here.",
        "Which images the confusion matrices were made on: the training images, by their number.",
        "Which epoch is evaluated: the last. The validation images are the test images here.",
    ),
    reporting={
        "data": Stated("Kaggle anissaapril/kanker-payudara", "METHOD, Dataset"),
        "intended use": Stated("help for physicians who classify breast cancer", "INTRODUCTION"),
        "exclusions": Stated("empty data", "METHOD, Preprocessing Data"),
        "software": Stated("Python in Google Colab", "METHOD, Tools and Materials; RESULT"),
    },
    profiles={
        "quick": Profile(
            phantoms_per_class=150,
            summary="one seed, two grouped folds, 4 epochs and 96 pixels: minutes on two CPU cores",
            changes={"seeds": (0,), "epochs": 4, "image_size": 96, "grouped_folds": 2},
        ),
        "paper": Profile(
            phantoms_per_class=177,
            variants=("resnet50-native",),
            summary="177 phantoms a class, 531 in all as in the paper",
        ),
    },
)
