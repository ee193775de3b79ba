"""The declaration of the BreakHis paper, against the published counts, the paper's text and real names."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from declarations import (
    between,
    contradiction,
    matching_claims,
    paper_text,
    stated,
    tree,
)
from scipy.stats import norm
from sklearn.model_selection import train_test_split

from lib.datasets import scan
from lib.evaluation import tolerances
from lib.papers import load
from lib.papers.declare import (
    Assumed,
    Brightness,
    Claim,
    Flip,
    Rotation,
    Stated,
)

PAPER = load("kumar_breakhis")
TOLERANCE_OF = tolerances.claim_tolerances(PAPER)
# Images by magnification, Spanhol et al. 2016: benign, malignant.
PUBLISHED = {"40X": (625, 1370), "100X": (644, 1437), "200X": (623, 1390), "400X": (588, 1232)}
SECTIONS = {
    "title page": ("# BREAST CANCER CLASSIFICATION", "#### **ABSTRACT**"),
    "Abstract": ("#### **ABSTRACT**", "# **TABLE OF CONTENTS**"),
    "§1.3": ("## 1.3 Software Requirements Specification\n", "#### LITERATURE SURVEY"),
    "§3.1": ("## 3.1 Architectures of Implemented Models\n", "## 3.2 Design of Modules\n"),
    "Fig. 3": ("Fig. 3. Modified", "The ResNet-50 architecture"),
    "§3.2": ("## 3.2 Design of Modules\n", "## 4.1 Proposed Methodology\n"),
    "§4.1": ("## 4.1 Proposed Methodology\n", "## 4.2 Image Augmentation\n"),
    "§4.3": ("## 4.3 Transfer Learning\n", "## **CODING**"),
    "CODING": ("## **CODING**", "#### **RESULTS AND DISCUSSIONS**"),
    "last program": ("## **Predictions of Three Models:**", "#### **RESULTS AND DISCUSSIONS**"),
    "§6.1": ("## **6.1 Experimental Results**", "#### **Prediction of VGG16 Model:**"),
    "Table 2": ("Metrices\t", "Table. 2."),
    "Conclusion": ("#### **Conclusion:**", "#### **Future Enhancements:**"),
    "References": ("#### REFERENCES", "Biomimetics* 2023"),
}
TESTED = 642  # images, of which every accuracy of Table 2 is a whole number
RIGHT = {"vgg16": 562, "mobilenetv3": 521, "resnet50v2": 551}
# Arm → the variable of its program, the module whose preprocessing it calls, its backbone.
PRINTED = {
    "vgg16": ("vgg16_model", "vgg16", "VGG16"),
    "mobilenetv3": ("mobnet_model", "mobilenet_v3", "MobileNetV3Small"),
    "resnet50v2": ("resnet_model", "resnet_v2", "ResNet50V2"),
}
every_arm = pytest.mark.parametrize("arm", PRINTED)
KAGGLE = "BreaKHis_v1/BreaKHis_v1/histology_slides/breast"


@pytest.fixture(scope="module")
def text(shared) -> str:
    return paper_text(shared, PAPER.slug)


@pytest.fixture(scope="module")
def coding(text) -> str:
    """The chapter CODING."""
    return between(text, "## **CODING**", "#### **RESULTS AND DISCUSSIONS**")


# Arithmetic


def test_counts_are_the_sums_over_the_four_published_magnifications():
    counts = {name: int(count.value) for name, count in PAPER.dataset.counts.items()}
    benign, malignant = (sum(column) for column in zip(*PUBLISHED.values(), strict=True))
    assert counts == {"benign": benign, "malignant": malignant}
    assert int(PAPER.dataset.total.value) == benign + malignant == 7909
    assert all(isinstance(count, Assumed) for count in PAPER.dataset.counts.values())


def test_the_share_is_the_default_of_scikit_learn():
    assert isinstance(PAPER.split.test_share, Assumed)
    _, tested = train_test_split(np.arange(200), random_state=0)
    assert len(tested) / 200 == PAPER.split.test_share.value


# The text


def test_title_and_authors_stand_in_the_text(text):
    assert f'"{PAPER.title}"' in text
    for author in PAPER.authors:
        assert author.upper() in text
    assert "SRM INSTITUTE OF SCIENCE AND TECHNOLOGY" in text
    assert "Kattankulathur" in text


def test_the_text_names_breakhis_and_no_number_of_images(text):
    assert "Common datasets include BreakHis" in between(
        text, "Data Collection:", "Model Selection"
    )
    for number in (PAPER.dataset.total, *PAPER.dataset.counts.values()):
        assert "prints no number of images" in number.reason
        grouped = f"{int(number.value):,}"
        assert not re.search(rf"\b({number.value}|{grouped})\b", text)


def test_the_text_divides_without_a_size_and_without_strata(coding):
    assert PAPER.split.stratified == Stated(False, "CODING: train_test_split without stratify")
    call = coding[coding.index("train\\_test\\_split(") : coding.index("train\\_ds")]
    assert "random\\_state=SEED" in call
    assert "stratify" not in call
    assert "size" not in call


def test_the_text_leaves_the_size_of_its_images_open(text, coding):
    assert isinstance(PAPER.dataset.side, Assumed)
    assert PAPER.dataset.side.value == 224  # of VGG16, MobileNetV3 and ResNet50V2 alike
    assert "shape=(IMG_SIZE, IMG_SIZE, 3)" in coding
    assert str(PAPER.dataset.side.value) not in text


def test_the_accuracies_told_in_brief_are_those_of_table_2():
    for claim in _by_arm("accuracy").values():
        assert f"{100 * claim.value:.1f} %" in PAPER.in_brief


# The printed numbers


def _by_arm(metric: str) -> dict[str, Claim]:
    return {claim.arm: claim for claim in matching_claims(PAPER, metric=metric)}


def _right(images: int) -> list[int]:
    """How many of so many images each accuracy of Table 2 can be, as far as it can."""
    hits = [(claim.printed, round(claim.value * images)) for claim in _by_arm("accuracy").values()]
    return [right for printed, right in hits if f"{right / images:.6f}" == printed]


def test_table_2_is_declared_as_it_stands_in_the_text(text):
    row = r"^{}\t(\S+)\t(\S+)\t(\S+)$"
    (networks,) = re.findall(row.format("Metrices"), text, re.M)
    assert networks == ("VGG16", "MobileNetV3", "ResNet")
    for name, metric in (("Loss", "loss"), ("Accuracy", "accuracy")):
        (printed,) = re.findall(row.format(name), text, re.M)
        claims = _by_arm(metric)
        assert tuple(claims[arm].printed for arm in PRINTED) == printed
    assert "Table. 2. Metrices of Pre – Trained Models" in text


def test_the_six_numbers_of_table_2_are_all_and_the_accuracy_of_vgg16_leads():
    assert Counter((c.where, c.metric) for c in PAPER.claims) == {
        ("Table 2", "accuracy"): 3,
        ("Table 2", "loss"): 3,
    }
    assert (PAPER.claims[0].arm, PAPER.claims[0].metric) == ("vgg16", "accuracy")
    assert {(c.part, c.of, c.epoch, c.incomparable) for c in PAPER.claims} == {
        ("test", "", None, "")
    }


def test_accuracies_are_fractions_and_losses_are_not():
    assert {(c.metric, c.unit) for c in PAPER.claims} == {
        ("accuracy", "fraction"),
        ("loss", "loss"),
    }
    assert _by_arm("accuracy")["vgg16"].value == 0.875389


def test_the_text_prints_no_other_accuracy_or_loss_of_its_own(text):
    own = text[: text.index("#### REFERENCES")]
    long = re.findall(r"\b0\.\d{3,}", own)
    assert sorted(long) == sorted([c.printed for c in PAPER.claims] + ["0.8585", "0.8271"])
    assert re.findall(r"[\d.]+ ?%", own) == ["78.4%", "74.3%", "88%", "80%"]
    survey = between(text, "## 2.1 Literature Review", "#### **Related Works:**")
    assert all(number in survey for number in ("0.8585", "0.8271", "78.4%", "74.3%", "88%", "80%"))


def test_the_accuracies_of_table_2_are_whole_numbers_of_642_images_and_of_no_fewer():
    assert _right(TESTED) == list(RIGHT.values())
    assert [images for images in range(1, 1000) if len(_right(images)) == 3] == [TESTED]
    (size,) = (passage for passage in PAPER.unsaid if "642 images" in passage)
    assert "562, 521 and 551 of 642 images" in size


def test_a_quarter_of_breakhis_would_be_more_images_than_642():
    quarters = {size: len(train_test_split(np.arange(size))[1]) for size in range(2560, 2572)}
    assert [size for size, part in quarters.items() if part == TESTED] == [2565, 2566, 2567, 2568]
    assert len(train_test_split(np.arange(7909))[1]) == 1978
    (size,) = (passage for passage in PAPER.unsaid if "642 images" in passage)
    assert "1,978" in size


def test_the_numbers_are_of_642_images():
    assert {TOLERANCE_OF[claim].margin for claim in _by_arm("accuracy").values()} == {0.03}
    assert {tolerance.images for tolerance in TOLERANCE_OF.values()} == {TESTED}
    assert {PAPER.support(arm, "test") for arm in RIGHT} == {TESTED}


def test_losses_are_as_those_of_two_normal_classes_that_give_these_accuracies():
    """Of calibrated predictions, whose logits are N(± d² / 2, d²)."""
    means = []
    for claim in _by_arm("accuracy").values():
        apart = 2 * norm.ppf(claim.value)
        logits = norm(apart**2 / 2, apart)
        first = logits.expect(lambda z: np.logaddexp(0, -z))
        means.append(round(first, 2))
    assert means == [0.29, 0.41, 0.32]  # near the printed losses: 0.32, 0.40 and 0.32


# The models


def _program(text: str, arm: str) -> str:
    variable = PRINTED[arm][0]
    return between(text, f"{variable} = tf.keras.Sequential([", f"{variable}.summary()")


def _head(program: str) -> tuple[tuple[int, ...], tuple[float, ...], list[str]]:
    """Units of the hidden layers, dropout in front of every dense layer, activations."""
    rate, units, dropout, activations = 0.0, [], [], []
    for layer in re.finditer(r"Dropout\(([\d.]+)\)|Dense\((\d+), activation=\"(\w+)\"\)", program):
        if layer[1]:
            rate = float(layer[1])
        else:
            units.append(int(layer[2]))
            activations.append(layer[3])
            dropout.append(rate)
            rate = 0.0
    return tuple(units[:-1]), tuple(dropout), activations


@pytest.mark.parametrize(
    ("arm", "dense"), [("vgg16", (384, 64)), ("mobilenetv3", (256, 32)), ("resnet50v2", (256, 32))]
)
def test_each_network_has_two_hidden_layers_between_three_dropouts(arm, dense):
    declared = PAPER.arm(arm)
    assert declared.backbone == PRINTED[arm][2]
    assert (declared.dense.value, declared.dropout.value) == (dense, (0.4, 0.3, 0.2))


@every_arm
def test_all_networks_are_frozen_and_trained_alike(arm):
    declared = PAPER.arm(arm)
    assert (declared.weights.value, declared.trainable.value) == ("imagenet", False)
    assert (declared.output.value, declared.pooling.value) == ("sigmoid", "avg")
    assert declared.recipe == PAPER.arm("vgg16").recipe
    assert (declared.recipe.image_size.value, declared.recipe.batch_size.value) == (224, 28)
    assert (declared.recipe.epochs.value, declared.recipe.learning_rate.value) == (15, 0.001)
    assert declared.recipe.pixel_scaling.value == "native"


@pytest.mark.parametrize("arm", ["vgg16", "mobilenetv3", "resnet50v2-as-printed"])
def test_heads_are_those_of_the_printed_programs(text, arm):
    declared = PAPER.arm(arm)
    dense, dropout, activations = _head(_program(text, declared.variant_of or arm))
    assert declared.dense == Stated(dense, "CODING")
    assert declared.dropout == Stated(dropout, "CODING")
    assert activations == [declared.activation.value] * len(dense) + [declared.output.value]


def test_the_head_of_the_third_network_is_assumed_since_its_program_is_taken_for_a_slip(text):
    arm = PAPER.arm("resnet50v2")
    dense, dropout, activations = _head(_program(text, "resnet50v2"))
    assert (dense, dropout) == ((256, 32, 32), (0.4, 0, 0, 0.2))
    assert activations == ["relu"] * 3 + ["sigmoid"]
    for setting in (arm.dense, arm.dropout):
        assert isinstance(setting, Assumed)
        assert "resnet50v2-as-printed" in setting.reason
    # The doubled line stands where the others have Dropout(0.3).
    lines = [re.findall(r"(?:Dense|Dropout)\([\d.]+", _program(text, name)) for name in PRINTED]
    assert lines[2][:3] == ["Dropout(0.4", "Dense(256", "Dense(32"]
    assert lines[1][:4] == ["Dropout(0.4", "Dense(256", "Dropout(0.3", "Dense(32"]
    assert len(lines[2]) == len(lines[1]) == len(lines[0])


@every_arm
def test_random_changes_and_preprocessing_are_those_of_the_printed_programs(text, arm):
    program, setting = _program(text, arm), PAPER.arm(arm).augmentation
    rates = re.search(
        r"RandomBrightness\(([\d.]+), seed=SEED\), layers.RandomFlip\(seed=SEED\), "
        r"layers.RandomRotation\(([\d.]+), seed=SEED\), "
        rf"layers.Lambda\(tf.keras.applications.{PRINTED[arm][1]}.preprocess_input\), pretrained_",
        program,
    )
    brightness, rotation = map(float, rates.groups())
    changes = (
        Brightness(brightness),
        Flip("horizontal_and_vertical"),
        Rotation(rotation, "reflect"),
    )
    assert setting == Stated(changes, "CODING")
    scaling = PAPER.arm(arm).recipe.pixel_scaling
    assert scaling == Stated("native", "CODING: preprocess_input")


@pytest.mark.slow
def test_what_the_programs_leave_to_keras_is_its_default():
    from lib.models.backend import keras

    layers = keras.layers
    brightness, flip, rotation = PAPER.arm("vgg16").augmentation.value
    assert layers.RandomFlip().get_config()["mode"] == flip.mode
    assert layers.RandomRotation(rotation.factor).get_config()["fill_mode"] == rotation.fill
    assert list(layers.RandomBrightness(brightness.factor).value_range) == [0, 255]


@pytest.mark.parametrize(
    ("name", "place", "passage"),
    [
        ("weights", "§4.3", "pre-trained on general image datasets, such as ImageNet"),
        ("trainable", "§4.1", "Freeze the pre-trained layers to retain learned features"),
    ],
)
def test_what_the_prose_states_of_its_models_stands_in_the_text(text, name, place, passage):
    for arm in PAPER.arms:
        setting = arm.settings[name]
        assert isinstance(setting, Stated)
        assert place in setting.where
    assert passage in between(text, *SECTIONS[place])


def test_nothing_else_is_said_to_be_stated_of_its_models():
    common = {"weights", "trainable", "augmentation", "activation", "output", "pixel_scaling"}
    head = {"dense", "dropout"}
    assert stated(PAPER) == {
        *((arm, name) for arm in PRINTED for name in common),
        *((arm, name) for arm in ("vgg16", "mobilenetv3") for name in head),
        *(("resnet50v2-as-printed", name) for name in head),
    }


def test_the_reasons_for_what_is_assumed_stand_in_the_text(text, coding):
    recipe, method = PAPER.arm("vgg16").recipe, between(text, *SECTIONS["§4.1"])
    assert "(e.g., binary cross-entropy) and optimizer (e.g., Adam)" in method
    assert (recipe.loss.value, recipe.optimizer.value) == ("binary_crossentropy", "adam")
    assert "plt.subplot(4, 7, i + 1)" in coding
    assert recipe.batch_size.value == 4 * 7
    assert "compile(" not in text
    assert "fit(" not in text
    assert "Pooling" not in coding
    assert not re.search(r"\d+ epochs|epochs ?=", text)


def test_mobilenetv3_comes_in_two_sizes_and_the_text_does_not_choose(text, coding):
    small, large = PAPER.arm("mobilenetv3"), PAPER.arm("mobilenetv3-large")
    assert (small.backbone, large.backbone) == ("MobileNetV3Small", "MobileNetV3Large")
    assert (large.dense, large.dropout) == (small.dense, small.dropout)
    assert "MobileNetV3 Small, MobileNetV3 Large" in between(text, *SECTIONS["§3.1"])
    assert "Small" not in coding
    assert "Large" not in coding


@pytest.mark.parametrize(
    ("topic", "reading", "place", "passage"),
    [
        ("The third network", 0, "Abstract", "specifically ResNet,"),
        ("The third network", 0, "§1.3", "VGG16, ResNet, MobileNet"),
        ("The third network", 0, "Table 2", "VGG16 MobileNetV3 ResNet Loss"),
        ("The third network", 0, "Conclusion", "neural networks like ResNet,"),
        ("The third network", 1, "§3.1", "The ResNet-50 architecture"),
        ("The third network", 1, "Fig. 3", "Modified ResNet50 model"),
        ("The third network", 1, "§4.1", "VGG16, ResNet50, and MobileNetV3"),
        ("The third network", 1, "§4.3", "VGG16, ResNet50, or MobileNetV3"),
        ("The third network", 1, "§6.1", "VGG16, MobileNetV3, and ResNet50"),
        ("The third network", 2, "CODING", 'name="ResNet50V2")'),
        ("The third network", 2, "CODING", "resnet_v2.preprocess_input"),
        ("The second network", 0, "Abstract", "VGG16, MobileNet, and ResNet"),
        ("The second network", 0, "§1.3", "VGG16, ResNet, MobileNet"),
        ("The second network", 0, "§6.1", "VGG16, MobileNet, and ResNet"),
        ("The second network", 1, "§3.1", "adapting MobileNetV3"),
        ("The second network", 1, "§4.1", "VGG16, ResNet50, and MobileNetV3"),
        ("The second network", 1, "§4.3", "VGG16, ResNet50, or MobileNetV3"),
        ("The second network", 1, "CODING", 'name="MobileNetV3")'),
        ("The second network", 1, "§6.1", "VGG16, MobileNetV3, and ResNet50"),
        ("The second network", 1, "Table 2", "VGG16 MobileNetV3 ResNet Loss"),
        ("Parts of the data", 0, "§3.2", "into training, validation, and test sets"),
        ("Parts of the data", 0, "§4.1", "into training, validation, and test sets"),
        ("Parts of the data", 1, "CODING", "X\\_train, X\\_valid, y\\_train, y\\_valid = train"),
        ("Parts of the data", 2, "last program", "in test_ds.take(1)"),
        ("What is measured", 0, "§4.1", "precision, recall, F1 score, and confusion matrix"),
        ("What is measured", 1, "Abstract", "superior accuracy and precision"),
        ("What is measured", 1, "Conclusion", "in terms of accuracy and precision"),
        ("What is measured", 2, "§6.1", "such as Accuracy, and Loss were computed"),
        ("What is measured", 2, "Table 2", "Loss 0.319651"),
        ("Date", 0, "title page", "NOVEMBER 2022"),
        ("Date", 1, "References", "7. Alhussan, A.A."),
        ("Frozen or fine-tuned", 0, "Abstract", "By fine-tuning these models"),
        ("Frozen or fine-tuned", 0, "§3.1", "fine-tune it on your specific dataset"),
        ("Frozen or fine-tuned", 0, "§4.3", "can be fine-tuned on breast cancer images"),
        ("Frozen or fine-tuned", 1, "§4.1", "Freeze the pre-trained layers"),
    ],
)
def test_contradicting_readings_stand_where_they_are_said_to(text, topic, reading, place, passage):
    assert place in contradiction(PAPER, topic).readings[reading].where
    assert passage in between(text, *SECTIONS[place])


def test_test_ds_is_used_but_never_made(coding):
    assert coding.count("test_ds") == 1
    assert coding.count("train\\_test\\_split(") == 1


# The files


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("SOB_B_A-14-22549AB-40-001.png", "22549"),
        ("SOB_B_A-14-29960CD-200-007.png", "29960"),
        ("SOB_B_F-14-14134E-100-030.png", "14134"),
        ("SOB_B_PT-14-29315EF-400-012.png", "29315"),
        ("SOB_B_TA-14-13200-40-003.png", "13200"),
        ("SOB_M_DC-14-18842D-200-001.png", "18842"),
        ("SOB_M_DC-14-18842-200-001.png", "18842"),
        ("SOB_M_LC-14-13412-100-009.png", "13412"),
        ("SOB_M_DC-14-13412-100-009.png", "13412"),
        ("SOB_M_MC-14-13418DE-400-014.png", "13418"),
        ("SOB_M_PC-14-15687B-40-002.png", "15687"),
        ("SOB_M_PC-14-9146-40-002.png", "9146"),
        # As public copies call them: with the class or the folder before, with underscores, copied.
        ("benign___SOB_B_A-14-22549AB-200-001.png", "22549"),
        ("40_malignant_ductal_carcinoma_SOB_M_DC-14-15572-40-008.png", "15572"),
        ("SOB_B_A_14-22549AB-100-001.png", "22549"),
        ("SOB_M_DC_14_2980_200_001_rot90.png", "2980"),
        ("aug_3_sob_m_dc-14-18842d-200-001.jpg", "18842"),
        ("SOB_B_A_14-22549AB.png", None),  # a slide's folder, not an image
        ("xSOB_B_A-14-22549AB-40-001.png", None),
        ("SOB_B_A-14-22549AB-4000-1.png", None),
        ("SOB_B_XY-14-22549AB-40-001.png", None),
        ("SOB_N_A-14-22549AB-40-001.png", None),
        ("1.png", None),
    ],
)
def test_a_name_tells_the_case(name, case):
    match = re.search(PAPER.dataset.group.pattern, name)
    assert (match and match[1]) == case


# As the archive of Kaggle unpacks: three images of two benign cases, five of two malignant ones.
SLIDES = (
    "benign/SOB/adenosis/SOB_B_A_14-22549AB/40X/SOB_B_A-14-22549AB-40-001.png",
    "benign/SOB/adenosis/SOB_B_A_14-22549AB/400X/SOB_B_A-14-22549AB-400-001.png",
    "benign/SOB/fibroadenoma/SOB_B_F_14-14134/100X/SOB_B_F-14-14134-100-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-13412/40X/SOB_M_DC-14-13412-40-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-18842/40X/SOB_M_DC-14-18842-40-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-18842D/200X/SOB_M_DC-14-18842D-200-001.png",
    "malignant/SOB/lobular_carcinoma/SOB_M_LC_14-13412/40X/SOB_M_LC-14-13412-40-001.png",
    "malignant/SOB/lobular_carcinoma/SOB_M_LC_14-13412/100X/SOB_M_LC-14-13412-100-002.png",
)


def test_the_archive_of_kaggle_is_read_by_class_and_case(tmp_path):
    root = tree(
        tmp_path, *(f"{KAGGLE}/{path}" for path in SLIDES), "Folds.csv", f"{KAGGLE}/README.txt"
    )
    scanned = scan(PAPER, root)
    assert scanned.root == root / KAGGLE
    files = scanned.files.set_index("path")
    assert sorted(files.index) == sorted(SLIDES)
    assert files.loc[list(SLIDES), "label"].tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert files.loc[list(SLIDES), "group"].tolist() == [
        *("22549", "22549", "14134"),
        *("13412", "18842", "18842", "13412", "13412"),
    ]
    assert set(files["part"]) == {""}
    assert scanned.rejected.empty


@pytest.mark.parametrize("folders", [("benign", "malignant"), ("Benign", "MALIGNANT"), ("B", "M")])
def test_flat_folders_are_read_too(tmp_path, folders):
    names = ("SOB_B_A-14-22549AB-40-001.png", "SOB_M_DC-14-18842D-200-001.png")
    root = tree(
        tmp_path, *(f"{folder}/{name}" for folder, name in zip(folders, names, strict=True))
    )
    files = scan(PAPER, root).files
    assert files["label"].tolist() == [0, 1]
    assert files["group"].tolist() == ["22549", "18842"]


def test_real_images_have_the_case_of_their_table(shared):
    folder = shared / "data" / PAPER.slug / "breakhis_200x_part"
    files = scan(PAPER, folder).files.set_index("path")
    table = pd.read_csv(folder / "labels.csv", dtype=str).set_index("file")
    assert len(files) == len(table) == 839
    assert files["label"].value_counts().to_dict() == {0: 202, 1: 637}
    assert files["group"].to_dict() == table["case_number"].to_dict()
