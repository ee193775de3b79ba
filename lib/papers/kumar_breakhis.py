"""Kumar, Reddy and Reddy: breast histology, benign or malignant, by transfer learning on BreakHis."""

from lib.paper import (
    Arm,
    Assumed,
    Brightness,
    ClassName,
    Contradiction,
    Dataset,
    Flip,
    Paper,
    Profile,
    Recipe,
    Rotation,
    Setting,
    Source,
    Split,
    Stated,
)

NOT_PRINTED = "the paper prints no number of images; this is the published count of BreakHis 1.0"

RECIPE = Recipe(
    image_size=Assumed(224, "IMG_SIZE is not printed; 224 is what the three backbones take"),
    pixel_scaling=Stated("native", "CODING: each model calls its backbone's preprocess_input"),
    optimizer=Assumed("adam", "§4.1 names Adam as an example; the call to compile is not printed"),
    learning_rate=Assumed(0.001, "the default of Adam in Keras (Kingma and Ba, 2015)"),
    batch_size=Assumed(
        28,
        "BATCH_SIZE is not printed; the gallery of CODING draws one batch on a grid of 4 × 7 and "
        "would fail with more",
    ),
    epochs=Assumed(15, "the curves of Fig. 6 have no numbers in the text; a usual length"),
    loss=Assumed("binary_crossentropy", "§4.1 names it as an example; it fits one sigmoid output"),
)


DROPOUT = Stated((0.4, 0.3, 0.2), "CODING")


def _arm(name: str, backbone: str, dense: Setting, dropout: Setting = DROPOUT) -> Arm:
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
            "the printed models have no layer between the backbone and the first dropout, so the "
            "backbone must pool by itself; average or maximum is not said",
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
    contradictions=(
        Contradiction(
            topic="The third network",
            readings=(
                Stated("ResNet, ResNet50", "Abstract, §3.1, §4.1, Fig. 3"),
                Stated("ResNet50V2, with the preprocessing of resnet_v2", "CODING"),
            ),
            used="ResNet50V2",
            reason="the program is closer to what was run than the prose around it",
        ),
        Contradiction(
            topic="Frozen or fine-tuned",
            readings=(
                Stated("the pre-trained networks are fine-tuned", "Abstract, §3.1, §4.3"),
                Stated("the pre-trained layers are frozen", "§4.1"),
            ),
            used="frozen",
            reason="the step-by-step method freezes them and no learning rate for a second phase "
            "is given",
        ),
        Contradiction(
            topic="Pixels and augmentation",
            readings=(
                Stated("pixels scaled to [0, 1]; rotations, flips and zoom", "§4.1"),
                Stated("preprocess_input of each backbone; brightness, flips, rotation", "CODING"),
            ),
            used="as in CODING",
            reason="the program is closer to what was run than the general method before it",
        ),
        Contradiction(
            topic="Head of the third network",
            readings=(
                Stated("Dense 256, Dense 32, Dense 32 between dropouts 0.4 and 0.2", "CODING"),
                Stated("Dense 256, Dropout 0.3, Dense 32, as in the other two models", "CODING"),
            ),
            used="Dropout 0.3",
            reason="the doubled line stands exactly where the other two models have it; the "
            "variant resnet50v2-as-printed has the other reading",
        ),
    ),
    unsaid=(
        "Large or small MobileNetV3.",
        "How the backbones pool, how many epochs are trained, batch size, learning rate, seed.",
        "Which epoch is evaluated, and on which of the three parts of the data.",
    ),
    profiles={
        "quick": Profile(
            phantoms_per_class=150,
            summary="two seeds, 6 epochs and 64 pixels instead of the paper's: minutes on two CPU cores",
            changes={"seeds": (0, 1), "epochs": 6, "image_size": 64},
        ),
        "paper": Profile(phantoms_per_class=500, summary="500 phantoms a class"),
    },
)
