"""Kuncoro and Ardianto: white blood cells in five classes with a frozen MobileNetV2."""

from collections.abc import Iterator

from lib.papers.declare import (
    Arm,
    Assumed,
    Attribute,
    Claim,
    ClassName,
    Contradiction,
    Dataset,
    Layer,
    Paper,
    Profile,
    Rebuild,
    Recipe,
    Source,
    Split,
    Stated,
    Unit,
    WorstFinding,
    classification_report,
    epoch_log,
)
from lib.papers.declare.known_sets import (
    BCCD,
    BCCD_CELLS,
    BCCD_PHOTOGRAPH,
    PBC,
    PBC_CELLS,
    control,
)

ARM = "mobilenetv2"
READ_OFF_TILES = "read off 25 sample tiles of the Kaggle set, whose page does not describe it"

# Table 1: epoch, training accuracy, validation accuracy, training loss, validation loss.
# Its header says "(%)", but the numbers are fractions (accuracy) and cross-entropies (loss).
TABLE_1 = (
    (1, "0.7319", "0.8258", "0.6925", "0.4472"),
    (2, "0.8839", "0.8500", "0.3217", "0.3438"),
    (3, "0.9266", "0.8790", "0.2199", "0.3115"),
    (4, "0.9323", "0.9177", "0.1838", "0.2288"),
    (5, "0.9456", "0.9113", "0.1602", "0.2378"),
    (6, "0.9677", "0.9048", "0.1074", "0.2764"),
    (7, "0.9685", "0.9306", "0.0984", "0.2043"),
    (8, "0.9827", "0.9339", "0.0779", "0.1988"),
    (9, "0.9823", "0.9468", "0.0648", "0.1544"),
    (10, "0.9863", "0.9435", "0.0551", "0.1742"),
    (11, "0.9875", "0.9468", "0.0501", "0.1450"),
    (12, "0.9879", "0.9419", "0.0439", "0.1522"),
    (13, "0.9915", "0.9516", "0.0371", "0.1416"),
    (14, "0.9944", "0.9435", "0.0286", "0.1505"),
    (15, "0.9968", "0.9484", "0.0243", "0.1369"),
)
TABLE_1_COLUMNS = (
    ("accuracy", "train"),
    ("accuracy", "validation"),
    ("loss", "train"),
    ("loss", "validation"),
)

# Fig. 8: precision, recall, F1-score and support of each class and average.
FIGURE_8 = {
    "basophil": ("1.00", "1.00", "1.00", "71"),
    "eosinophil": ("0.86", "0.92", "0.89", "142"),
    "lymphocyte": ("1.00", "1.00", "1.00", "132"),
    "monocyte": ("0.99", "0.99", "0.99", "142"),
    "neutrophil": ("0.92", "0.86", "0.89", "133"),
    "macro avg": ("0.95", "0.95", "0.95", "620"),
    "weighted avg": ("0.95", "0.95", "0.95", "620"),
}

LAYERS = (
    Layer(name="mobilenetv2_1.00_224", output="(None, 7, 7, 1280)", parameters="2257984"),
    Layer(name="global_average_pooling2d", output="(None, 1280)", parameters="0"),
    Layer(name="dense", output="(None, 128)", parameters="163968"),
    Layer(name="dense_1", output="(None, 5)", parameters="643"),
)
PARAMETERS = {"total": "2422957", "trainable": "164633", "non-trainable": "2257984"}
SIZES: dict[str, tuple[str, Unit]] = {
    "total": ("9.24", "MB"),
    "trainable": ("643.82", "KB"),
    "non-trainable": ("8.61", "MB"),
}


def _accuracy_claim(printed: str, where: str, unit: Unit = "percent") -> Claim:
    return Claim(metric="accuracy", printed=printed, where=where, arm=ARM, unit=unit)


def _parameter_claims() -> Iterator[Claim]:
    rows = {layer.name: layer.parameters for layer in LAYERS} | PARAMETERS
    for of, printed in rows.items():
        yield Claim(
            metric="parameters",
            of=of,
            printed=printed,
            where="Fig. 5",
            arm=ARM,
            unit="count",
            part="",
        )
    for of, (printed, unit) in SIZES.items():
        yield Claim(
            metric="memory", of=of, printed=printed, where="Fig. 5", arm=ARM, unit=unit, part=""
        )


def _claims() -> tuple[Claim, ...]:
    return (
        _accuracy_claim("94.839", "Fig. 8, below the table"),
        _accuracy_claim("94.8", "Abstract, §III (twice), §IV"),
        _accuracy_claim("94,8", "Abstract, in Indonesian"),
        _accuracy_claim("0.95", "Fig. 8, row accuracy", unit="fraction"),
        Claim(metric="support", printed="620", unit="count", where="Fig. 8, row accuracy", arm=ARM),
        *classification_report(FIGURE_8, where="Fig. 8", arm=ARM),
        *_parameter_claims(),
        *epoch_log(TABLE_1, TABLE_1_COLUMNS, where="Table 1", arm=ARM),
    )


SPLIT = Split(
    test_share=Stated(0.2, "§III"),
    stratified=Assumed(
        False,
        "the supports of Fig. 8 differ (132 to 142) between classes said to be equally large; "
        "a stratified split would have made them equal",
    ),
)
MODEL = Arm(
    name=ARM,
    backbone="MobileNetV2",
    weights=Assumed(
        "imagenet",
        "Fig. 5 freezes the whole backbone, which only makes sense for trained weights; "
        "ImageNet's are the ones Keras ships",
    ),
    trainable=Stated(False, "Fig. 5 (non-trainable parameters)"),
    pooling=Stated("avg", "Fig. 5"),
    dense=Stated((128,), "Fig. 5"),
    activation=Assumed("relu", "the usual choice for a hidden layer"),
    dropout=Stated((0, 0), "Fig. 5 lists no such layer"),
    recipe=Recipe(
        image_size=Stated(224, "Fig. 5 (7 × 7 feature maps are 224 / 32)"),
        pixel_scaling=Assumed(
            "[0, 1]",
            "dividing by 255 is what the Colab tutorials of that time do; the ImageNet weights "
            "themselves were trained on [-1, 1] (the variant mobilenetv2-native)",
        ),
        optimizer=Stated("adam", "§II"),
        learning_rate=Assumed(0.001, "the default of Adam in Keras (Kingma and Ba, 2015)"),
        batch_size=Assumed(32, "the default of Keras' fit()"),
        epochs=Stated(15, "Abstract, §III, §IV, Table 1"),
        loss=Assumed(
            "categorical_crossentropy",
            "the loss that fits a five-way softmax; the paper names none",
        ),
    ),
    layers=LAYERS,
    layers_where="Fig. 5",
)

PAPER = Paper(
    slug="kuncoro_white_blood_cells",
    title=(
        "Analisis Sel Darah Putih dengan Pendekatan Bioinformatika menggunakan Arsitektur "
        "MobileNetV2"
    ),
    title_english=(
        "Analysis of white blood cells with a bioinformatics approach, using the MobileNetV2 "
        "architecture"
    ),
    authors=("Dimas Febri Kuncoro", "Rian Ardianto"),
    affiliation="Informatics, Faculty of Science and Technology, Universitas Harapan Bangsa",
    language="Indonesian",
    short_title="White blood cells with a frozen MobileNetV2",
    in_brief=(
        "A MobileNetV2 trained on ImageNet serves as a fixed feature extractor; a small head is "
        "trained for 15 epochs to tell five kinds of white blood cell apart. The paper reports "
        "94.8 % accuracy on its test images."
    ),
    task="Five-class classification of white blood cells in stained blood smears",
    classes=(
        ClassName(name="basophil", aliases=("basophils", "basofil", "BA", "BAS")),
        ClassName(name="eosinophil", aliases=("eosinophils", "eosinofil", "EO", "EOS")),
        ClassName(name="lymphocyte", aliases=("lymphocytes", "limfosit", "LY", "LYT")),
        ClassName(name="monocyte", aliases=("monocytes", "monosit", "MO", "MON")),
        ClassName(name="neutrophil", aliases=("neutrophils", "neutrofil", "NEU")),
    ),
    dataset=Dataset(
        sources=(
            Source(
                title="BCCD White Blood Cell Images, Kaggle brikwerk/bccd-white-blood-cell",
                kaggle="brikwerk/bccd-white-blood-cell",
                address="https://www.kaggle.com/datasets/brikwerk/bccd-white-blood-cell",
                licence="see the Kaggle page; the BCCD photographs it derives from are MIT",
                citation="BCCD Dataset, github.com/Shenggan/BCCD_Dataset (photographs)",
            ),
        ),
        counts={
            "basophil": Stated("700", "§II"),
            "eosinophil": Stated("700", "§II"),
            "lymphocyte": Stated("700", "§II (named twice)"),
            "monocyte": Stated("700", "§II"),
            "neutrophil": Assumed("700", "§II names lymphocytes twice and neutrophils never"),
        },
        total=Stated("3500", "§II, §III"),
        side=Assumed(84, "the files of the Kaggle set measure 84 × 84; the paper feeds 224 × 224"),
        group=BCCD_PHOTOGRAPH,
        group_noun="original photograph",
        subgroups=(
            # BCCD's names tell no more than the photograph; PBC is a public set of the same task.
            Attribute(
                name="nucleus of neutrophils",
                pattern=r"(?<![A-Za-z\d])(BNE|SNE)_\d{3,}(?!\d)[^/]*$",
                labels={"bne": "band", "sne": "segmented"},
                where="file names of PBC (Acevedo et al., 2020)",
            ),
        ),
        defects=(
            "The images are augmented copies of about 350 BCCD photographs, three of them with a "
            "basophil: a random split puts copies of one cell on both sides.",
        ),
        defining={
            "colour": "eosinophils and basophils are named after the dyes that stain their granules, red "
            "and blue",
            "texture": "granules, or their absence, set granulocytes apart from other cells",
        },
        rebuild=Rebuild(
            counts=dict.fromkeys(
                ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil"),
                Stated("700", "§II"),
            ),
            size=Assumed((84, 84), "size of the files of the Kaggle set"),
            rotation=Assumed(30, READ_OFF_TILES),
            flips=Assumed(("horizontal", "vertical"), READ_OFF_TILES),
            fill=Assumed((218, 222, 214), READ_OFF_TILES),
        ),
    ),
    phantom="white_blood_cells",
    split=SPLIT,
    arms=(MODEL,),
    variants=(MODEL.native(),),
    claims=_claims(),
    worst=WorstFinding(
        topic="Images behind the 15 train accuracies of Table 1",
        sentence=(
            "Its 15 training accuracies are shares of 2,480 images and it counts 620 test images: "
            "3,100 images in all, not the 3,500 that it states"
        ),
        where="Table 1, Fig. 8; §II, §III",
    ),
    contradictions=(
        Contradiction(
            topic="Number of images",
            readings=(
                Stated("3500 images, so an 80/20 split leaves 700 for testing", "§II, §III"),
                Stated("620 test images, which are 20 % of about 3100", "Fig. 8"),
            ),
            excludes="620 / 3500 != 0.20",
            used="20 % of the images that are found",
            reason=(
                "the share is stated twice, and Table 1 agrees with Fig. 8: accuracies of multiples "
                "of 1/2480 and 1/620 make 3100 images"
            ),
            shown_in=(
                "Images behind the 15 train accuracies of Table 1 (mobilenetv2)",
                "Images behind the 15 validation accuracies of Table 1 (mobilenetv2)",
                "Share of test images",
            ),
        ),
        Contradiction(
            topic="Number of basophils",
            readings=(
                Stated("700, as many as of every other class", "§II"),
                Stated("71 of 620 test images, half as many as of any other class", "Fig. 8"),
            ),
            used="as many as are found",
            reason=(
                "71 is about 20 % of 300 to 400 basophils; 300 of them and four classes of 700 make "
                "the 3100 images above"
            ),
        ),
        Contradiction(
            topic="The five classes",
            readings=(
                Stated("eosinophil, lymphocyte, monocyte, basophil, lymphocyte", "§II"),
                Stated("basophil, eosinophil, lymphocyte, monocyte, neutrophil", "Fig. 8, §I"),
            ),
            used="Fig. 8",
            reason="the doubled lymphocyte is taken for a slip for neutrophil",
        ),
        Contradiction(
            topic="Unit of the epoch table",
            readings=(
                Stated("percent", "Table 1, header"),
                Stated(
                    "accuracies of 0.7319 to 0.9968, and losses, which are no shares", "Table 1"
                ),
            ),
            used="fractions, and cross-entropies",
            reason="0.9484 in its last row is the 94.839 % of Fig. 8",
        ),
        Contradiction(
            topic="Course of the loss",
            readings=(
                Stated("the loss keeps falling", "§III, below Table 1; §IV"),
                Stated(
                    "the validation loss rises after epochs 4, 5, 9, 11 and 13: 0.2288, 0.2378 and 0.2764; "
                    "0.1544, 0.1742; 0.1450, 0.1522; 0.1416, 0.1505",
                    "Table 1",
                ),
            ),
            used="Table 1",
            reason="the sentence holds for the training loss alone, and on training images",
        ),
        Contradiction(
            topic="Parameters of the last layer",
            readings=(
                Stated("643 for dense_1; 164633 trainable; 2422957 in total", "Fig. 5"),
                Stated("128 × 5 + 5 = 645; 163968 + 645 = 164613; 2422597 in total", "arithmetic"),
            ),
            excludes="128 * 5 + 5 != 643",
            used="645, as the layer sizes give",
            reason=(
                "the printed rows do not add up to the printed totals (2257984 + 163968 + 643 = "
                "2422595), so digits were misread, in the paper or in its extracted text; 643.82 KB, "
                "printed beside them, is one digit from the 643.02 KB of 164613"
            ),
            shown_in=(
                "Parameters of the layers (mobilenetv2)",
                "Sums of the parameters (mobilenetv2)",
                "Parts and total of the parameters (mobilenetv2)",
                "Memory of the parameters: trainable (mobilenetv2)",
            ),
        ),
    ),
    controls=(
        control(
            "pbc",
            PBC,
            "Cells of other people under another microscope: are they recognised?",
            file_names=PBC_CELLS,
        ),
        control(
            "bccd_originals",
            BCCD,
            "Single cells of BCCD that were never copied or turned: are they recognised?",
            file_names=BCCD_CELLS,
        ),
    ),
    unsaid=(
        "Which images are validation images: the last validation accuracy of Table 1 (0.9484) is "
        "the test accuracy of Fig. 8 (94.839 %), so the test images serve as both here.",
        "Which epoch is evaluated: the last, for the same reason.",
        "How images are resized to 224 pixels: bilinear here.",
        "The year and the journal; the newest references are of 2024.",
    ),
    reporting={
        "data": Stated("Kaggle brikwerk/bccd-white-blood-cell", "§III"),
        "intended use": Stated("diagnosis and health monitoring; counting cells", "Abstract, §I"),
        "software": Stated(
            "Python, TensorFlow and Matplotlib in Google Colaboratory", "Abstract, §II, §III"
        ),
        "errors": Stated("confusion matrix", "Fig. 9"),
    },
    profiles={
        "quick": Profile(
            phantoms_per_class=50,
            variants=("mobilenetv2-native",),
            summary="the stated recipe in full, one seed, two grouped folds; without real images, "
            "50 phantoms a class",
            changes={"seeds": (0,), "grouped_folds": 2},
        ),
        "paper": Profile(
            phantoms_per_class=700,
            variants=("mobilenetv2-native",),
            summary="the stated recipe in full; without real images, 700 phantoms a class",
        ),
    },
)
