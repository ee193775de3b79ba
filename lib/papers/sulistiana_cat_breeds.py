"""Sulistiana, Widyadara and Mahdiyah: five cat breeds with a frozen MobileNetV2."""

from collections.abc import Iterator
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
    Recipe,
    Source,
    Split,
    Stated,
    WorstFinding,
    classification_report,
)

ARM = "mobilenetv2"
TRAIN_AND_VALIDATION = Stated("100", "§II.A: 80 for training and 20 for validation")

# Fig. 5: precision, recall, F1-score and support; the classes as they are called here.
FIGURE_5 = {
    "American Curl": ("0.83", "0.75", "0.79", "20"),
    "Maine Coon": ("0.82", "0.90", "0.86", "20"),
    "Peaknose": ("0.95", "1.00", "0.98", "20"),
    "Scottish Fold": ("0.95", "0.90", "0.92", "20"),
    "Sphynx": ("1.00", "1.00", "1.00", "20"),
    "macro avg": ("0.91", "0.91", "0.91", "100"),
    "weighted avg": ("0.91", "0.91", "0.91", "100"),
}


def _score_claim(metric: str, printed: str, where: str, **changes: Any) -> Claim:
    """A score on the 100 validation images, of the trained model unless `changes` say otherwise."""
    return Claim(metric=metric, printed=printed, where=where, arm=ARM, **changes)


def _figure_5_in_words() -> Iterator[Claim]:
    """What §III.A repeats of Fig. 5."""
    yield _score_claim("f1", "1.00", "§III.A", of="Sphynx")
    yield _score_claim("f1", "0.79", "§III.A", of="American Curl")
    for of in ("macro avg", "weighted avg"):
        for metric in ("precision", "recall", "f1"):
            yield _score_claim(metric, "0.91", "§III.A (one number for 6 averages)", of=of)
    for of in ("American Curl", "Maine Coon", "Peaknose", "Scottish Fold", "Sphynx"):
        where = "§III.A (one number for 5 breeds)"
        yield _score_claim("support", "20", where, of=of, unit="count")


def _curve_claims() -> Iterator[Claim]:
    """What the text says of the validation curve: its start, its top and its end."""
    curve = {"part": "validation"}
    best = curve | {"of": "best epoch"}
    late = Assumed(
        3,
        "one image more or less decides which epoch is best: any from the 14th to the last counts as "
        "the 17th",
    )
    yield _score_claim("accuracy", "44", "§III.B", unit="percent", epoch=1, **curve)
    yield _score_claim("accuracy", "91", "§III.B, §IV", unit="percent", **best)
    yield _score_claim("epoch", "17", "§III.B, §IV", unit="count", tolerance=late, **best)
    yield _score_claim(
        "loss", "0,33", "§III.B, at the end of training", unit="loss", epoch=20, **curve
    )
    yield _score_claim("loss", "0,33", "§IV", unit="loss", **best)


def _claims() -> tuple[Claim, ...]:
    return (
        # Called the highest accuracy; the paper does not say at which epoch Fig. 5 was made.
        _score_claim("accuracy", "91", "Abstract (twice), §III.A", unit="percent"),
        _score_claim("accuracy", "0.91", "Fig. 5, row accuracy"),
        _score_claim("support", "100", "Fig. 5, row accuracy", unit="count"),
        *classification_report(FIGURE_5, where="Fig. 5", arm=ARM),
        *_figure_5_in_words(),
        *_curve_claims(),
        Claim(
            metric="confidence",
            of="Maine Coon",
            printed="92.79",
            where="§III.C",
            arm=ARM,
            unit="percent",
            part="",
            incomparable="the photograph is not published, and the number is the probability of "
            "one image's class, not an accuracy as the paper calls it",
        ),
        Claim(
            metric="memory",
            of="total",
            printed="14",
            where="§II.E",
            arm=ARM,
            unit="MB",
            part="",
            incomparable="said of MobileNetV2 with its own classifier of 1,000 classes, not of the "
            "model that is trained here",
        ),
    )


SPLIT = Split(
    test_share=Stated(0.2, "§II.A, §III.B: 400 images for training, 100 for validation"),
    stratified=Stated(True, "§II.A, Fig. 5: 20 validation images of every breed"),
)
MODEL = Arm(
    name=ARM,
    backbone="MobileNetV2",
    weights=Stated("imagenet", "§II.F"),
    trainable=Stated(False, "§II.F"),
    pooling=Stated("avg", "§II.F"),
    dense=Stated((256, 128), "§II.F"),
    activation=Stated("relu", "§II.F"),
    dropout=Stated((0, 0.5, 0.3), "§II.F: dropout of 0.5 and 0.3, one behind each dense layer"),
    output=Stated("softmax", "§II.F"),
    recipe=Recipe(
        image_size=Stated(224, "§II.B, §II.F"),
        pixel_scaling=Stated("[0, 1]", "§II.B"),
        optimizer=Stated("adam", "§II.F"),
        learning_rate=Stated(0.0001, "§II.F"),
        batch_size=Stated(32, "Abstract, §III, §III.B, §IV"),
        epochs=Stated(20, "Abstract, §III, §III.B, §IV"),
        loss=Stated("categorical_crossentropy", "§II.F"),
    ),
)

PAPER = Paper(
    slug="sulistiana_cat_breeds",
    title=(
        "Implementasi Algoritma Convolutional Neural Network (CNN) Untuk Klasifikasi Jenis Ras "
        "Kucing Dengan Metode Mobilenetv2"
    ),
    title_english=(
        "Implementation of the Convolutional Neural Network (CNN) Algorithm for the Classification "
        "of Cat Breeds with the MobileNetV2 Method"
    ),
    authors=("Diyah Kingkin Sulistiana", "Made Ayu Dusea Widyadara", "Umi Mahdiyah"),
    affiliation="Informatics, Universitas Nusantara PGRI Kediri",
    language="Indonesian",
    short_title="Cat breeds with a frozen MobileNetV2",
    in_brief=(
        "A frozen MobileNetV2 with two hidden dense layers learns five cat breeds from 400 "
        "photographs and is validated on 100 others. The paper prints an accuracy of 91 %."
    ),
    task="Five-class classification of photographs of cats by breed",
    classes=(
        ClassName(name="American Curl", aliases=("America Curl",), stand_ins=("Birman",)),
        ClassName(name="Maine Coon", aliases=("Maine Coone",)),
        ClassName(name="Peaknose", aliases=("Persian Peaknose", "Persia Peaknose", "Persian")),
        ClassName(
            name="Scottish Fold", aliases=("Scottishfold",), stand_ins=("British Shorthair",)
        ),
        ClassName(name="Sphynx", aliases=("Sphynx - Hairless Cat",)),
    ),
    dataset=Dataset(
        sources=(
            Source(
                title="a public Kaggle set the paper does not name (candidate: ma7555/cat-breeds-dataset)",
                kaggle="ma7555/cat-breeds-dataset",
                address="https://www.kaggle.com/datasets/ma7555/cat-breeds-dataset",
                licence="see the Kaggle page; the paper names none",
                citation="Kaggle ma7555/cat-breeds-dataset, a candidate only",
            ),
        ),
        counts=dict.fromkeys(
            ("American Curl", "Maine Coon", "Peaknose", "Scottish Fold", "Sphynx"),
            TRAIN_AND_VALIDATION,
        ),
        total=Stated("500", "Abstract, §III, §III.B, §IV; §II.A as 400 + 100"),
        side=Stated(224, "§II.B: resized to 224 x 224"),
        group_noun="cat",
        defects=(
            "The paper does not name its Kaggle set and says that images were saved from a browser: "
            "no folder can be proven to be the paper's.",
            "Photographs of one cat, or one photograph saved twice, may stand on both sides.",
        ),
    ),
    phantom="cats",
    split=SPLIT,
    arms=(MODEL,),
    variants=(MODEL.native(),),
    claims=_claims(),
    worst=WorstFinding(
        topic="Number of training and validation images",
        sentence=(
            "It states 500 photographs in all and in one place spends 500 on training, 400 on "
            "validation and 100 on testing"
        ),
        where="§II.A, §III",
    ),
    contradictions=(
        Contradiction(
            topic="Number of training and validation images",
            readings=(
                Stated("400 for training, 100 for validation", "§II.A, §III.B"),
                Stated("500 for training, 400 for validation, the other 100 for testing", "§III"),
            ),
            excludes="500 + 400 + 100 > 500",
            used="400 and 100",
            reason="500 images in all cannot give the second, and Fig. 5 counts 20 images a breed",
        ),
        Contradiction(
            topic="Accuracy of one photograph",
            readings=(
                Stated("an accuracy of 92.79 %, of one new photograph", "§III.C"),
                Stated("one photograph is called rightly or wrongly: 0 or 100 %", "arithmetic"),
            ),
            excludes="92.79 < 100",
            used="the probability of the predicted breed",
            reason="that is what the network gives for one photograph; how often it is right is not known "
            "from it",
        ),
        Contradiction(
            topic="Where the photographs come from",
            readings=(
                Stated("a public data set of Kaggle", "§II.A"),
                Stated("saved with a browser extension, Chrome Download Image", "§II.A"),
            ),
            used="the photographs that are found",
            reason="neither can be looked up: the set is not named and no photograph is published",
        ),
    ),
    unsaid=(
        "Which epoch Fig. 5 was made at, the 17th, which was best, or the 20th and last: the last here.",
        "Whether a loss of 0,33 is that of the last epoch (§III.B) or the lowest (§IV); training "
        "accuracies and losses are not printed.",
        "Which layer each dropout stands behind: 0.5 behind the 256 units and 0.3 behind the 128, in "
        "the order of the text.",
    ),
    reporting={
        "data": Stated("a public Kaggle set, not named", "§II.A"),
        "intended use": Stated("telling owners the breed of their cat", "Abstract, §I"),
        "selection": Stated("five chosen breeds", "§II.A"),
    },
    own_parameters=("photo",),
    profiles={
        "quick": Profile(
            phantoms_per_class=50,
            variants=("mobilenetv2-native",),
            summary="the stated recipe in full, one seed, two grouped folds; without real images, "
            "50 phantoms a class",
            changes={"seeds": (0,), "grouped_folds": 2},
        ),
        "paper": Profile(
            phantoms_per_class=100,
            variants=("mobilenetv2-native",),
            summary="100 phantoms a class, as many as the paper's photographs",
        ),
    },
)
