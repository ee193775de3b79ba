"""Hulu, Wijaya, Resel, Halawa and Tarigan: mammograms in three classes, AlexNet against ResNet50."""

from dataclasses import replace

from lib.paper import (
    Arm,
    Assumed,
    ClassName,
    Contradiction,
    Dataset,
    Paper,
    Profile,
    Recipe,
    Sidecar,
    Source,
    Split,
    Stated,
)

SUPPORTS = (
    "sum of the supports of Fig. 12 (371 training images) and Fig. 13 (160 validation images)"
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
FITS = (
    "of three readings the only one that gets near the paper's 0.9801 on training images at Adam's "
    "default learning rate: on mini-MIAS, one seed, 0.978, while AlexNet fine-tuned or from random "
    "weights stays with the most frequent class"
)

ALEXNET = Arm(
    name="alexnet",
    backbone="AlexNet",
    filters=Assumed((64, 192, 384, 256, 256), "those of the weights: torchvision's variant"),
    weights=Assumed(
        "torchvision", "the title says transfer learning; Keras ships no weights for AlexNet"
    ),
    trainable=Assumed(False, FITS),
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
        "0.6407 on training images after 150 epochs is what few weights can do; all 23.5 million, "
        "trained on 371 images, could fit them closely (reasoned, not measured)",
    ),
    pooling=Assumed("avg", "as in He et al. (2016)"),
    dense=Assumed((), "as in He et al. (2016)"),
    activation=Assumed("relu", "of no effect without a hidden dense layer"),
    dropout=Assumed((0,), "as in He et al. (2016)"),
    recipe=replace(RECIPE, epochs=Stated(150, "RESULT, below the curves of ResNet50")),
)
PAPER = Paper(
    slug="hulu_breast_mammography",
    title=(
        "Classification of Breast Cancer with Transfer Learning on Convolutional Neural Network Models"
    ),
    title_english=(
        "Classification of Breast Cancer with Transfer Learning on Convolutional Neural Network Models"
    ),
    authors=(
        "Mesrawati Hulu",
        "Bayu Angga Wijaya",
        "Resel",
        "Nestina Halawa",
        "Angki Angkota Tarigan",
    ),
    affiliation="Universitas Prima Indonesia",
    language="English",
    in_brief=(
        "AlexNet and ResNet50 are trained to sort mammograms into benign, malignant and normal. "
        "The paper prints 98.0 % for AlexNet, measured on training images, and 78.1 % on the "
        "validation images."
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
            "benign": Assumed("133", SUPPORTS),
            "malignant": Assumed("137", SUPPORTS),
            "normal": Assumed("261", SUPPORTS),
        },
        total=Stated("531", "Abstract, RESULT"),
        side=Stated(227, "RESULT: resized to 227 x 227"),
        # mini-MIAS, a public set of the same task, comes with a table of films and patients.
        sidecars=(Sidecar(name="labels.csv", path=("file",), group=("patient",)),),
        group_noun="patient",
        defects=(
            "Where the films come from and which belong to one woman is not known: both views or "
            "both breasts of one patient can stand on either side of a split.",
            "Films of scanned collections carry burnt-in labels and scanner edges, which can give "
            "away the class.",
        ),
    ),
    phantom="mammograms",
    split=Split(
        test_share=Stated(0.3, "Abstract, RESULT"),
        stratified=Assumed(
            False,
            "38 of 133, 44 of 137 and 78 of 261 images are validated on (Fig. 12, Fig. 13): shares "
            "of 0.286, 0.321 and 0.299, which a stratified split would have made equal",
        ),
    ),
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
    contradictions=(
        Contradiction(
            topic="The two networks",
            readings=(
                Stated("DenseNet121 and ResNet50", "Abstract, third sentence"),
                Stated("AlexNet and ResNet50", "Table 1 and everywhere else"),
            ),
            used="AlexNet and ResNet50",
            reason="every result is printed for these two",
        ),
    ),
    unsaid=(
        "Whether AlexNet starts from trained weights, and whether any layer is frozen: see the "
        "variants.",
        "By what angle images are rotated and how noise is removed before training: neither is "
        "done here.",
        "Batch size, learning rate, loss and seed.",
    ),
    profiles={
        "quick": Profile(
            phantoms_per_class=150,
            summary="two seeds, 6 epochs and 128 pixels instead of the paper's: minutes on two CPU cores",
            changes={"seeds": (0, 1), "epochs": 6, "image_size": 128},
        ),
        "paper": Profile(
            phantoms_per_class=177, summary="177 phantoms a class, 531 in all as in the paper"
        ),
    },
)
