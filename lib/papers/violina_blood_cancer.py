"""Violina, Damayanti and Herlistiono: blood cancer or normal, a small network of its own."""

from lib.paper import (
    Arm,
    Assumed,
    ClassName,
    Contradiction,
    Dataset,
    Flip,
    Paper,
    Profile,
    Rebuild,
    Recipe,
    Rotation,
    Sidecar,
    Source,
    Split,
    Stated,
)

AML = "AML-Cytomorphology_LMU, The Cancer Imaging Archive"
LOOKS = "looked up in the images of the Kaggle set, whose page gives no parameters"
# Class folders of AML-Cytomorphology_LMU: fifteen kinds of leucocyte, mature ones among them.
AML_FOLDERS = (
    *("BAS", "EBO", "EOS", "KSC", "LYA", "LYT", "MMZ", "MOB", "MON", "MYB"),
    *("MYO", "NGB", "NGS", "PMB", "PMO"),
)
# Training and test images of the Kaggle set by kind of cell, counted in its files.
COPIES = {"eosinophil": "3120", "lymphocyte": "3103", "monocyte": "3098", "neutrophil": "3123"}

CNN = Arm(
    name="cnn",
    backbone="ConvBlocks",
    filters=Assumed(
        (32, 64, 128, 256, 512),
        "the text gives 32 and 64 for the first two of five blocks and says that the numbers "
        "differ; they go on doubling here",
    ),
    weights=Assumed("random", "the described layers are nobody's pre-trained network"),
    trainable=Stated(True, "§Perancangan Model CNN"),
    # As keras.preprocessing's ImageDataGenerator does it, whose option names Table 2 prints.
    augmentation=Stated((Flip("horizontal"), Rotation(45 / 360, "nearest")), "Table 2"),
    pooling=Stated("flatten", "§Perancangan Model CNN"),
    dense=Assumed((128,), "one hidden layer is stated, its size is not"),
    activation=Assumed("relu", "stated for the convolutions only"),
    dropout=Assumed((0, 0.5), "stated without a rate; placed where the text describes it"),
    output=Stated("softmax", "§Perancangan Model CNN"),
    recipe=Recipe(
        image_size=Stated(64, "§Hasil dan Pembahasan, §Perancangan Model CNN (size after padding)"),
        pixel_scaling=Stated("[0, 1]", "Table 2"),
        optimizer=Stated("adam", "§Perancangan Model CNN"),
        learning_rate=Stated(0.001, "Abstract"),
        batch_size=Assumed(32, "the default of Keras' ImageDataGenerator"),
        epochs=Stated(10, "Abstract, §Perancangan Model CNN, §Simpulan"),
        loss=Assumed("categorical_crossentropy", "the loss that fits a two-way softmax"),
    ),
    called="VGG16",
)

PAPER = Paper(
    slug="violina_blood_cancer",
    title=(
        "Deteksi dan Klasifikasi Citra Kanker Darah Menggunakan Metode Convolutional Neural "
        "Network (CNN)"
    ),
    title_english=(
        "Detection and Classification of Blood Cancer Images Using Convolutional Neural Network "
        "(CNN) Method"
    ),
    authors=("Sriyani Violina", "Niken Rosiana Damayanti", "Iwa Ovyawan Herlistiono"),
    affiliation="Informatics, Universitas Widyatama, Bandung",
    language="Indonesian",
    in_brief=(
        "A network of five convolution and pooling blocks tells cells of leukaemia patients from "
        "normal blood cells. The two classes come from two different collections of images. The "
        "paper prints 99.85 % and a report of 1.00 throughout."
    ),
    task="Two-class classification of white blood cells: normal, cancer",
    classes=(
        ClassName(
            name="normal",
            aliases=("darah normal", "normal cells", *COPIES),
        ),
        ClassName(name="cancer", aliases=("kanker", "kanker darah", "blood cancer", *AML_FOLDERS)),
    ),
    dataset=Dataset(
        sources=(
            Source(
                title=AML,
                address="https://www.cancerimagingarchive.net/collection/aml-cytomorphology_lmu/",
                licence="CC BY 3.0",
                citation=(
                    "C. Matek, S. Schwarz, C. Marr, K. Spiekermann: A Single-cell Morphological "
                    "Dataset of Leukocytes from AML Patients and Non-malignant Controls. The "
                    "Cancer Imaging Archive, 2019, doi 10.7937/tcia.2019.36f5o9ld"
                ),
                classes=("cancer",),
            ),
            Source(
                title="Blood Cell Images, Kaggle paultimothymooney/blood-cells",
                kaggle="paultimothymooney/blood-cells",
                address="https://www.kaggle.com/datasets/paultimothymooney/blood-cells",
                licence="MIT (BCCD, from which it derives); see the Kaggle page",
                citation="Kaggle paultimothymooney/blood-cells, made from BCCD",
                classes=("normal",),
            ),
        ),
        counts={
            "normal": Stated("10.000", "Table 1, §Preprocessing Image"),
            "cancer": Stated("10.000", "Table 1, §Preprocessing Image"),
        },
        total=Stated("20.000", "Abstract"),
        side=Stated(64, "§Hasil dan Pembahasan: 64 x 64 (200 x 200 in §Perancangan Model CNN)"),
        sidecars=(
            # Which of 348 BCCD photographs a copy was made from, matched by content.
            Sidecar(
                name="augmented_to_original.csv",
                path=("split", "class", "file"),
                group=("original",),
            ),
        ),
        group_noun="original photograph",
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
        rebuild=Rebuild(
            counts={kind: Assumed(count, LOOKS) for kind, count in COPIES.items()},
            size=Assumed((320, 240), "size of the files of the Kaggle set"),
            rotation=Assumed(30, LOOKS),
            flips=Assumed(("horizontal", "vertical"), LOOKS),
            fill=Assumed((0, 0, 0), LOOKS),
        ),
    ),
    phantom="leukaemia",
    split=Split(
        test_share=Stated(
            0.1, "Table 1: 2,000 of 20,000 for testing, another 2,000 for validation"
        ),
        stratified=Assumed(
            False,
            "the supports of Fig. 6 (975 and 1025) differ between classes said to be equally large",
        ),
    ),
    arms=(CNN,),
    variants=(
        CNN.variant(
            "200",
            "the other input size that the paper states",
            image_size=Stated(200, "§Perancangan Model CNN"),
        ),
    ),
    contradictions=(
        Contradiction(
            topic="Size of the input",
            readings=(
                Stated("64 x 64 pixels", "§Hasil dan Pembahasan, §Perancangan Model CNN"),
                Stated("200 x 200 x 3", "§Perancangan Model CNN"),
            ),
            used="64 pixels",
            reason="the sizes given after the first convolution and the two poolings, 64, 32 and "
            "16, follow from it; the variant cnn-200 has the other",
        ),
        Contradiction(
            topic="The network",
            readings=(
                Stated("VGG-16", "Abstract, §Pendahuluan, §Simpulan"),
                Stated(
                    "five convolutions with a pooling each, one hidden dense layer",
                    "§Perancangan Model CNN",
                ),
            ),
            used="the network that is described",
            reason="VGG-16 has thirteen convolutions in its five blocks, starts with 64 filters "
            "and has two hidden dense layers of 4,096 units",
        ),
        Contradiction(
            topic="Share of training images",
            readings=(
                Stated("0.9 of all images", "§Pendahuluan"),
                Stated("16,000 of 20,000, with 2,000 each to validate and to test", "Table 1"),
            ),
            used="0.9, with a tenth to test",
            reason="validation chose nothing here, so its images can be trained on; Table 1 and "
            "the report of Fig. 6 agree on 2,000 test images",
        ),
        Contradiction(
            topic="Learning rate",
            readings=(
                Stated("0,001", "Abstract (in English 0.001)"),
                Stated("1,000", "§Perancangan Model CNN"),
            ),
            used="0.001",
            reason="Adam does not learn with 1 or 1,000; digits were swapped",
        ),
        Contradiction(
            topic="Which images are augmented",
            readings=(
                Stated("training and test images", "§Preprocessing Image"),
                Stated("20,000 images, of which 2,000 are test images", "Table 1"),
            ),
            used="training images only",
            reason="a test image turned at random gives a score that changes from run to run; "
            "scaling to [0, 1], the third row of Table 2, holds for both",
        ),
    ),
    unsaid=(
        "The filters of blocks three to five, the units of the hidden layer, the dropout rate.",
        "Batch size, loss, seed, and which epoch is evaluated.",
    ),
    profiles={
        "quick": Profile(
            phantoms_per_class=300,
            summary="the stated recipe in full, two seeds: minutes on two CPU cores",
            changes={"seeds": (0, 1)},
        ),
        "paper": Profile(phantoms_per_class=1000, summary="1,000 phantoms a class"),
    },
)
