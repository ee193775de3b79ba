"""Violina, Damayanti and Herlistiono: blood cancer or normal, a small network of its own."""

from lib.papers.declare import (
    Arm,
    Assumed,
    Attribute,
    Claim,
    ClassName,
    Contradiction,
    Convolution,
    Dataset,
    Flip,
    Paper,
    Profile,
    Recipe,
    Rotation,
    Sizes,
    Split,
    Stated,
    Unit,
    WorstFinding,
    classification_report,
)
from lib.papers.declare.known_sets import (
    AML_FOLDERS,
    AML_LMU,
    BLOOD_CELLS,
    KAGGLE,
    KAGGLE_KINDS,
    KAGGLE_ORIGINALS,
    KAGGLE_REBUILD,
    PBC,
    PBC_CELLS,
    control,
)

ARM = "cnn"
DESIGN = "§Perancangan Model CNN"
BELOW_FIGURE_6 = f"{DESIGN}, below Fig. 6"

# Fig. 6: precision, recall, F1-score and support of each class and average.
ONES = ("1.00", "1.00", "1.00")
FIGURE_6 = {"normal": (*ONES, "975"), "cancer": (*ONES, "1025")}
AVERAGES = {"macro avg": (*ONES, "2000"), "weighted avg": (*ONES, "2000")}
# Where the text gives both classes 100 %: one number for both precisions and recalls.
BOTH_CLASSES = f"{DESIGN} (one number for 4), below Fig. 6"
PLACES_OF_100 = dict.fromkeys(("precision", "recall"), BOTH_CLASSES)
PLACES_OF_100["f1"] = f"Abstract (one number for 2), {BELOW_FIGURE_6}, §Simpulan"


def _claim(metric: str, printed: str, where: str, of: str = "", unit: Unit = "percent") -> Claim:
    return Claim(metric=metric, of=of, printed=printed, where=where, arm=ARM, unit=unit)


def _claims() -> tuple[Claim, ...]:
    return (
        _claim("accuracy", "99,85", f"{BELOW_FIGURE_6}, §Simpulan"),
        _claim("accuracy", "99", BELOW_FIGURE_6),
        _claim("accuracy", "100", "Abstract (twice)"),
        _claim("accuracy", "1.00", "Fig. 6, row accuracy", unit="fraction"),
        *classification_report(FIGURE_6 | AVERAGES, where="Fig. 6", arm=ARM),
        _claim("support", "2000", "Fig. 6, row accuracy; Table 1, column Testing", unit="count"),
        *(_claim("support", row[-1], BELOW_FIGURE_6, of, "count") for of, row in FIGURE_6.items()),
        *(
            _claim(metric, "100", where, of)
            for of in FIGURE_6
            for metric, where in PLACES_OF_100.items()
        ),
    )


SPLIT = Split(
    test_share=Stated(0.1, "Table 1: 2,000 of 20,000 for testing, another 2,000 for validation"),
    stratified=Assumed(
        False,
        "the supports of Fig. 6 (975 and 1025) differ between classes said to be equally large",
    ),
)


# The text has no figure but somebody's description of it: a digit may be theirs.
FIGURE_4 = Convolution(
    where="Fig. 4",
    image=((3, 1, 3), (5, 5, 7), (1, 1, 2), (1, 3, 8), (2, 2, 1)),
    kernel=((1, -1, 1), (-1, 1, -1), (1, -1, -1)),
    output=((-12, -4, -2), (0, 0, -12), (7, -16, 1)),
)
# What the second convolution leaves is not printed; the second pooling starts from the 32 before it.
LAYER_STEPS = (
    ("convolution", 64, f"{DESIGN}, below Fig. 4"),
    ("pooling", 32, f"{DESIGN}: input of the second convolution"),
    ("pooling", 16, f"{DESIGN}: after the second pooling"),
)

CNN = Arm(
    name=ARM,
    backbone="ConvBlocks",
    filters=Assumed(
        (32, 64, 128, 256, 512),
        "the text gives 32 and 64 for the first two of five blocks and says that the numbers "
        "differ; they go on doubling here",
    ),
    weights=Assumed("random", "the described layers are nobody's pre-trained network"),
    trainable=Stated(True, DESIGN),
    # As keras.preprocessing's ImageDataGenerator does it, whose option names Table 2 prints.
    augmentation=Stated((Flip("horizontal"), Rotation(45 / 360, "nearest")), "Table 2"),
    pooling=Stated("flatten", DESIGN),
    dense=Assumed((128,), "one hidden layer is stated, its size is not"),
    activation=Assumed("relu", "stated for the convolutions only"),
    dropout=Assumed((0, 0.5), "stated without a rate; placed where the text describes it"),
    output=Stated("softmax", DESIGN),
    recipe=Recipe(
        image_size=Stated(64, "§Hasil dan Pembahasan, §Perancangan Model CNN (size after padding)"),
        pixel_scaling=Stated("[0, 1]", "Table 2"),
        optimizer=Stated("adam", DESIGN),
        learning_rate=Stated(0.001, "Abstract"),
        batch_size=Assumed(32, "the default of Keras' ImageDataGenerator"),
        epochs=Stated(10, "Abstract, §Perancangan Model CNN, §Simpulan"),
        loss=Assumed("categorical_crossentropy", "the loss that fits a two-way softmax"),
    ),
    called="VGG16",
)

PAPER = Paper(
    slug="violina_blood_cancer",
    title="Deteksi dan Klasifikasi Citra Kanker Darah Menggunakan Metode Convolutional Neural Network (CNN)",
    title_english="Detection and Classification of Blood Cancer Images Using Convolutional Neural Network (CNN) Method",
    authors=("Sriyani Violina", "Niken Rosiana Damayanti", "Iwa Ovyawan Herlistiono"),
    affiliation="Informatics, Universitas Widyatama, Bandung",
    language="Indonesian",
    short_title="Blood cancer or normal: a small network and two sources",
    in_brief=(
        "A network of five convolution and pooling blocks tells cells of leukaemia patients from "
        "normal blood cells. The two classes come from two different collections of images. The "
        "paper prints 99.85 %, a report of 1.00 throughout, and 100 % in its abstract."
    ),
    task="Two-class classification of white blood cells: normal, cancer",
    classes=(
        ClassName(name="normal", aliases=("darah normal", "normal cells", *KAGGLE_KINDS)),
        ClassName(name="cancer", aliases=("kanker", "kanker darah", "blood cancer", *AML_FOLDERS)),
    ),
    dataset=Dataset(
        sources=(AML_LMU, KAGGLE),
        counts=dict.fromkeys(FIGURE_6, Stated("10.000", "Table 1, §Preprocessing Image")),
        total=Stated("20.000", "Abstract"),
        side=Stated(64, "§Hasil dan Pembahasan: 64 x 64 (200 x 200 in §Perancangan Model CNN)"),
        origins=(KAGGLE_ORIGINALS,),
        group_noun="original photograph",
        subgroups=(
            Attribute(
                name="kind of cell",
                pattern=rf"(?i:(?:^|/)({'|'.join((*KAGGLE_KINDS, *AML_FOLDERS))})/[^/]+$)",
                # Folders of either collection; another one may use the same names.
                labels={kind: kind for kind in KAGGLE_KINDS}
                | {code.lower(): f"{kind} ({code})" for code, kind in AML_FOLDERS.items()},
                where="class folders: names as in the Kaggle set, codes as in AML-Cytomorphology_LMU",
            ),
        ),
        defects=(
            "Each class comes from one collection: microscope, stain, image size and compression "
            "tell them apart without a look at the cell. Most normal images have the black corners "
            "of a turned copy, and no cancer image has.",
            "The 12,444 normal images are augmented copies of 348 BCCD photographs; 16 to 159 "
            "photographs a kind make its training part, and none of them recurs in the test part. "
            "Drawing 10,000 images from both parts and splitting at random undoes that.",
            "AML-Cytomorphology_LMU holds mature cells too, and smears of 100 people without "
            "leukaemia: its images are not all of cancer cells. It names no patients.",
        ),
        border_clues="Most of the paper's normal images have the black corners of a turned copy.",
        rebuild=KAGGLE_REBUILD,
    ),
    phantom="leukaemia",
    split=SPLIT,
    arms=(CNN,),
    variants=(
        CNN.variant(
            "200", "the other input size that the paper states", image_size=Stated(200, DESIGN)
        ),
    ),
    claims=_claims(),
    examples=(
        FIGURE_4,
        Sizes(where=f"§Hasil dan Pembahasan, {DESIGN}: 64 x 64", side=64, steps=LAYER_STEPS),
        Sizes(where=f"{DESIGN}: 200 x 200 x 3", side=200, steps=LAYER_STEPS),
    ),
    worst=WorstFinding(
        topic="The network called VGG16",
        sentence=(
            "It calls its network VGG-16 but describes another: five convolutions where VGG-16 "
            "has thirteen"
        ),
        where="Abstract, §Perancangan Model CNN",
    ),
    contradictions=(
        Contradiction(
            topic="Accuracy",
            readings=(
                Stated(
                    "100 %, as all scores of both classes", f"Abstract, {BELOW_FIGURE_6}, §Simpulan"
                ),
                Stated("99,85", f"{BELOW_FIGURE_6}, §Simpulan"),
                Stated("99 %", BELOW_FIGURE_6),
            ),
            used="99.85 %",
            reason="it is 1,997 of 2,000 test images, and Fig. 6 prints 1.00 throughout for up to "
            "eight errors; 100 % is 1.00 in words, 99 % is 99.85 % cut off",
        ),
        Contradiction(
            topic="Which images the accuracy was measured on",
            readings=(
                Stated("the training of 20.000 images", "Abstract"),
                Stated("the training model", f"{BELOW_FIGURE_6}, §Simpulan"),
                Stated("the 2000 test images", "Fig. 6, Table 1"),
            ),
            used="the test images",
            reason="99.85 % is introduced as read from Fig. 6, and is a share of 2,000 images (but of "
            "16,000 and 20,000, too)",
        ),
        Contradiction(
            topic="Number of images",
            readings=(
                Stated("1000 for training, both classes together", "§Metode"),
                Stated(
                    "20.000, 10.000 a class, 16.000 for training",
                    "Abstract, §Hasil dan Pembahasan, Table 1",
                ),
            ),
            excludes="1000 < 16000",
            used="20,000",
            reason="Table 1 divides them, and Fig. 6 counts a tenth",
        ),
        Contradiction(
            topic="Size of the input",
            readings=(
                Stated("64 x 64 pixels", f"§Hasil dan Pembahasan, {DESIGN}"),
                Stated("200 x 200 x 3", DESIGN),
            ),
            excludes="64 != 200",
            used="64 pixels",
            reason="64, 32 and 16 follow from it; the variant cnn-200 has the other",
            shown_in=("Worked sizes: §Perancangan Model CNN: 200 x 200 x 3",),
        ),
        Contradiction(
            topic="Padding",
            readings=(
                Stated("a padding value of 0, which keeps 64 x 64", f"{DESIGN}, below Fig. 4"),
                Stated("without padding a 3 x 3 kernel leaves 62 x 62", "arithmetic"),
            ),
            used="padding with zeros",
            reason="64, 32 and 16 need it; the value may be that of the zeros",
        ),
        Contradiction(
            topic="The worked convolution",
            readings=(
                Stated("-12 -4 -2 / 0 0 -12 / 7 -16 1", "Fig. 4"),
                Stated("-4 / -5 / -5 without padding, 5 x 3 numbers with zeros", "arithmetic"),
            ),
            excludes="12 != 4",
            used="neither",
            reason="nothing depends on it; no mirrored or turned matrix, other stride or padding, or "
            "single other number gives the printed output",
            shown_in=("Worked convolution: Fig. 4",),
        ),
        Contradiction(
            topic="The network",
            readings=(
                Stated(
                    "VGG-16 (13 convolutions)",
                    "Abstract, §Pendahuluan, §Simpulan",
                ),
                Stated("5 convolutions (3 x 3; 32, 64, … filters), 5 poolings (2 x 2)", DESIGN),
            ),
            excludes="5 < 13",
            used="the network that is described",
            reason="VGG-16 starts with 64 filters and has two dense layers of 4,096 units",
            shown_in=("The network called VGG16 (cnn)",),
        ),
        Contradiction(
            topic="The task",
            readings=(
                Stated("lymphoblasts and non-lymphoblasts are detected and counted", "Abstract"),
                Stated("images of acute myeloid leukaemia are classified", "§Hasil dan Pembahasan"),
            ),
            used="classification",
            reason="the named collection holds this leukaemia, the network has one output per image, "
            "and no count is printed; the Abstract's words are those of another study, in §Pendahuluan",
        ),
        Contradiction(
            topic="Share of training images",
            readings=(
                Stated("0,9 of all images", "§Pendahuluan"),
                Stated("16.000 of 20.000, with 2000 to test and 2000 to validate", "Table 1"),
            ),
            used="0.9, with a tenth to test",
            reason="validation chooses nothing here, so its images can be trained on; Table 1 and "
            "Fig. 6 agree on 2,000 test images",
        ),
        Contradiction(
            topic="Learning rate",
            readings=(Stated("0,001", "Abstract (in English 0.001)"), Stated("1,000", DESIGN)),
            excludes="0.001 != 1.000",
            used="0.001",
            reason="Adam does not learn with 1 or 1,000; digits were swapped",
        ),
        Contradiction(
            topic="Scores quoted from another study",
            readings=(
                Stated(
                    "precision 0,9975, recall 0,9975, F1-score 0,9950",
                    "§Pendahuluan, of Agustina (2022)",
                ),
                Stated("the harmonic mean is 0.9975", "arithmetic"),
            ),
            used="none of them",
            reason="only an average over hundreds of classes could be as low",
        ),
        Contradiction(
            topic="Which images are augmented",
            readings=(
                Stated("training and test images", "§Preprocessing Image"),
                Stated("20.000 images, of which 2000 are test images", "Table 1"),
            ),
            used="training images only",
            reason="test images turned at random give a score that changes from run to run; scaling "
            "to [0, 1], the third row of Table 2, holds for both",
        ),
    ),
    controls=(
        control(
            "pbc",
            PBC,
            "Cells of healthy people from a third source: does a detector of cancer call them normal?",
            file_names=PBC_CELLS,
            **{cell.name: "normal" for cell in BLOOD_CELLS},
        ),
    ),
    unsaid=(
        "Which epoch is evaluated: the last one here.",
        "Which 10,000 images of either collection were drawn: at random, with no seed given.",
        "The size of the pooling windows: 2 x 2 is said of what they leave.",
        "How the images are resized, which §Simpulan alone mentions: bilinear here.",
        "What 10 epochs are the best of, and how batch size and dropout matter, as §Simpulan says.",
        "The numbers of Fig. 5 (curves) and Fig. 7 (confusion matrix).",
        "The year and the journal; the newest study named is of 2023.",
    ),
    reporting={
        "data": Stated("The Cancer Imaging Archive; Kaggle", "§Hasil dan Pembahasan"),
        "intended use": Stated("early detection; help for physicians", "§Pendahuluan"),
        "selection": Stated("10.000 of either, drawn at random", "§Preprocessing Image"),
        "labels": Stated("cancer: of patients diagnosed with AML", "§Hasil dan Pembahasan"),
        "errors": Stated("confusion matrix", "Fig. 7"),
    },
    profiles={
        "quick": Profile(
            phantoms_per_class=300,
            summary="the stated recipe in full, one seed, two grouped folds: minutes on two CPU cores",
            changes={"seeds": (0,), "grouped_folds": 2},
        ),
        "paper": Profile(phantoms_per_class=1000, summary="1,000 phantoms a class"),
    },
)
