"""Sulistiana, Widyadara and Mahdiyah: five cat breeds with a frozen MobileNetV2."""

from lib.paper import (
    Arm,
    ClassName,
    Contradiction,
    Dataset,
    Paper,
    Profile,
    Recipe,
    Source,
    Split,
    Stated,
)

TRAIN_AND_VALIDATION = Stated("100", "§II.A: 80 for training and 20 for validation")

MODEL = Arm(
    name="mobilenetv2",
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
        batch_size=Stated(32, "Abstract, §III, §III.B"),
        epochs=Stated(20, "Abstract, §III, §III.B"),
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
    arms=(MODEL,),
    variants=(MODEL.native(),),
    contradictions=(
        Contradiction(
            topic="Number of training and validation images",
            readings=(
                Stated("400 for training, 100 for validation", "§II.A, §III.B"),
                Stated("500 for training, 400 for validation, the other 100 for testing", "§III"),
            ),
            used="400 and 100",
            reason="500 images in all cannot give the second, and Fig. 5 counts 20 images a breed",
        ),
    ),
    unsaid=(
        "Which layer each dropout stands behind: 0.5 behind the 256 units and 0.3 behind the 128, in "
        "the order of the text.",
        "Whether images are augmented during training: no augmentation here.",
    ),
    profiles={
        "quick": Profile(
            phantoms_per_class=60,
            summary="the stated recipe in full; without real images, 60 phantoms a class",
        ),
        "paper": Profile(
            phantoms_per_class=100,
            summary="100 phantoms a class, as many as the paper's photographs",
        ),
    },
)
