"""Violina, Damayanti and Herlistiono: blood cancer or normal, a small network of its own."""

from lib.paper import (
    Assumed,
    ClassName,
    Dataset,
    Paper,
    Profile,
    Rebuild,
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
    profiles={
        "quick": Profile(phantoms_per_class=60, summary="minutes on two CPU cores"),
        "paper": Profile(phantoms_per_class=1000, summary="1,000 phantoms a class"),
    },
)
