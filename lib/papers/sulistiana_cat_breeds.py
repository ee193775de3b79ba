"""Sulistiana, Widyadara and Mahdiyah: five cat breeds with a frozen MobileNetV2."""

from lib.paper import (
    ClassName,
    Dataset,
    Paper,
    Profile,
    Source,
    Split,
    Stated,
)

TRAIN_AND_VALIDATION = Stated("100", "§II.A: 80 for training and 20 for validation")

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
        total=Stated("500", "Abstract, §II.A"),
        side=Stated(224, "§II.B: resized to 224 x 224"),
        group_noun="cat",
        defects=(
            "The paper does not name its Kaggle set and says that images were saved from a browser: "
            "no folder can be proven to be the paper's.",
            "Photographs of one cat, or one photograph saved twice, may stand on both sides.",
        ),
    ),
    phantom="cats",
    split=Split(
        test_share=Stated(0.2, "§II.A, §III.B: 400 images for training, 100 for validation"),
        stratified=Stated(True, "§II.A, Fig. 5: 20 validation images of every breed"),
    ),
    profiles={
        "quick": Profile(phantoms_per_class=60, summary="minutes on two CPU cores"),
        "paper": Profile(
            phantoms_per_class=100,
            summary="100 phantoms a class, as many as the paper's photographs",
        ),
    },
)
