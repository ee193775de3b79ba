"""The declaration of the mammography paper, against arithmetic, the paper's text and the files of mini-MIAS."""

import re

import pytest
from declarations import between, stated, tree

from lib.data import DataError, scan
from lib.paper import Assumed, Stated
from lib.papers import load

PAPER = load("hulu_breast_mammography")
# Supports of Fig. 12 (training images, AlexNet) and Fig. 13 (validation images, ResNet50).
TRAINED = {"benign": 95, "malignant": 93, "normal": 183}
VALIDATED = {"benign": 38, "malignant": 44, "normal": 78}
SECTIONS = {
    "Abstract": ("Abstract:", "Keywords:"),
    "METHOD": ("\nMETHOD\n", "\nRESULT\n"),
    "RESULT": ("\nRESULT\n", "DISCUSSIONS"),
    "below the curves of AlexNet": ("Loss Graph of AlexNet", "Loss Graph of ResNet50"),
    "below the curves of ResNet50": ("Loss Graph of ResNet50", "Confusion Matrix of AlexNet"),
}
# Arm, setting, its value, its place, and the passage that states it there.
STATED = [
    *(
        (arm, *row)
        for arm in ("alexnet", "resnet50")
        for row in (
            ("image_size", 227, "RESULT", "resizing images to 227 x 227 pixels"),
            (
                "optimizer",
                "adam",
                "RESULT",
                "All models in the research are trained using the Adam",
            ),
        )
    ),
    ("alexnet", "epochs", 40, "RESULT", "achieves good performance with 40 epochs"),
    ("alexnet", "epochs", 40, "below the curves of AlexNet", "model training with 40 epochs"),
    ("resnet50", "epochs", 150, "RESULT", "ResNet50 uses 150 epochs to train its model"),
    ("resnet50", "epochs", 150, "below the curves of ResNet50", "model training with 150 epochs"),
    ("resnet50", "weights", "imagenet", "Abstract", "from larger datasets such as ImageNet"),
]


@pytest.fixture(scope="module")
def text(shared) -> str:
    return (shared / "papers" / "000_c40d7ad426935635.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def result(text) -> str:
    """The section RESULT."""
    return between(text, "\nRESULT\n", "DISCUSSIONS")


# Arithmetic


def test_counts_are_the_sums_of_the_two_supports():
    counts = {name: int(count.value) for name, count in PAPER.dataset.counts.items()}
    assert counts == {name: TRAINED[name] + VALIDATED[name] for name in PAPER.class_names}
    assert counts == {"benign": 133, "malignant": 137, "normal": 261}
    assert sum(counts.values()) == 531 == int(PAPER.dataset.total.value)
    assert all(isinstance(count, Assumed) for count in PAPER.dataset.counts.values())


def test_the_reason_for_the_counts_quotes_the_two_totals():
    reason = PAPER.dataset.counts["benign"].reason
    assert f"Fig. 12 ({sum(TRAINED.values())} training" in reason
    assert f"Fig. 13 ({sum(VALIDATED.values())} validation" in reason


def test_the_supports_are_the_split_that_the_paper_states():
    share = sum(VALIDATED.values()) / int(PAPER.dataset.total.value)
    assert share == pytest.approx(PAPER.split.test_share.value, abs=0.002)


def test_the_supports_rule_out_a_stratified_split_by_the_quoted_shares():
    assert PAPER.split.stratified.value is False
    reason = PAPER.split.stratified.reason
    for name, count in PAPER.dataset.counts.items():
        assert f"{VALIDATED[name]} of {count.value}" in reason
        assert f"{VALIDATED[name] / int(count.value):.3f}" in reason
        stratified = 0.3 * int(count.value)
        assert name == "normal" or abs(VALIDATED[name] - stratified) > 1


def test_the_profile_paper_draws_as_many_as_the_paper_has():
    assert PAPER.profiles["paper"].phantoms_per_class * 3 == 531


# The text


def test_title_authors_and_data_set_stand_in_the_text(text):
    for passage in (PAPER.title, *PAPER.authors, PAPER.affiliation):
        assert passage in text
    assert PAPER.dataset.sources[0].address in text


def test_the_total_stands_where_it_is_said_to_stand(text, result):
    assert PAPER.dataset.total == Stated("531", "Abstract, RESULT")
    assert "totaling 531 data points" in between(text, "Abstract:", "Keywords:")
    assert "consists of 531 images categorized into three labels" in result


def test_the_side_stands_in_the_results(result):
    side = PAPER.dataset.side
    assert "RESULT" in side.where
    assert f"resizing images to {side.value} x {side.value} pixels" in result


def test_the_share_stands_in_abstract_and_results(text, result):
    assert PAPER.split.test_share == Stated(0.3, "Abstract, RESULT")
    assert "70% training and 30% validation ratio" in between(text, "Abstract:", "Keywords:")
    assert "a ratio of 70% training and 30% validation" in result


@pytest.mark.parametrize(
    ("figure", "start", "supports"), [("12", "C3", TRAINED), ("13", "Fig. 12 Cl", VALIDATED)]
)
def test_the_supports_stand_in_the_reports_of_both_figures(text, figure, start, supports):
    report = between(text, start, f"Fig. {figure} Classification Report")
    rows = dict(re.findall(r"\b(BENIGN|MALIGNANT|NORMAL)(?: \d\.\d\d){3} (\d+)", report))
    assert {name.lower(): int(support) for name, support in rows.items()} == supports


def test_the_sizes_of_both_parts_stand_in_the_text(text):
    assert "with 371 training data, both models were tested with 160 validation data" in " ".join(
        text.split()
    )


def test_the_accuracies_told_in_brief_are_those_of_table_1(result):
    assert "AlexNet 0.2034 0.9801 0.5812 0.7812" in result
    assert "98.0 %" in PAPER.in_brief
    assert "78.1 %" in PAPER.in_brief


# The models


def test_alexnet_is_a_frozen_extractor_with_torchvisions_weights_under_the_head_of_2012():
    arm = PAPER.arm("alexnet")
    assert (arm.backbone, arm.weights.value) == ("AlexNet", "torchvision")
    assert arm.trainable.value is False
    assert arm.filters.value == (64, 192, 384, 256, 256)
    assert arm.recipe.pixel_scaling.value == "(RGB - mean) / sd"
    assert arm.pooling.value == "flatten"
    assert (arm.dense.value, arm.dropout.value) == ((4096, 4096), (0, 0.5, 0.5))


def test_resnet50_is_a_frozen_extractor_without_a_hidden_layer():
    arm = PAPER.arm("resnet50")
    assert (arm.backbone, arm.weights.value, arm.trainable.value) == ("ResNet50", "imagenet", False)
    assert arm.recipe.pixel_scaling.value == "[0, 1]"
    assert arm.pooling.value == "avg"
    assert (arm.dense.value, arm.dropout.value) == ((), (0,))


@pytest.mark.parametrize(("name", "epochs"), [("alexnet", 40), ("resnet50", 150)])
def test_both_networks_are_trained_alike_but_for_epochs_and_pixels(name, epochs):
    arm = PAPER.arm(name)
    assert arm.recipe.epochs.value == epochs
    assert (arm.recipe.image_size.value, arm.recipe.batch_size.value) == (227, 32)
    assert (arm.recipe.optimizer.value, arm.recipe.learning_rate.value) == ("adam", 0.001)
    assert (arm.output.value, arm.augmentation.value) == ("softmax", ())


def test_transfer_learning_with_alexnet_may_be_fine_tuning():
    arm, tuned = PAPER.arm("alexnet"), PAPER.arm("alexnet-fine-tuned")
    assert tuned.trainable.value is True
    assert (tuned.weights, tuned.filters, tuned.recipe) == (arm.weights, arm.filters, arm.recipe)


def test_alexnet_without_transfer_is_that_of_2012():
    variant = PAPER.arm("alexnet-scratch")
    assert (variant.weights.value, variant.trainable.value) == ("random", True)
    assert variant.filters.value == (96, 256, 384, 384, 256)
    assert variant.recipe.pixel_scaling.value == "[0, 1]"
    assert variant.recipe.epochs.value == 40


def test_the_training_accuracies_in_the_reasons_are_those_of_table_1(result):
    assert "0.9801" in PAPER.arm("alexnet").trainable.reason
    assert "AlexNet 0.2034 0.9801" in result
    assert "0.6407" in PAPER.arm("resnet50").trainable.reason
    assert "ResNet50 0.8224 0.6407" in result


def test_transfer_learning_with_resnet50_is_read_in_both_ways_and_fed_in_two():
    tuned, native = PAPER.arm("resnet50-fine-tuned"), PAPER.arm("resnet50-native")
    assert (tuned.trainable.value, tuned.recipe.pixel_scaling.value) == (True, "[0, 1]")
    assert (native.trainable.value, native.recipe.pixel_scaling.value) == (False, "BGR - mean")


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_the_paper_states_of_its_models_is_declared(arm, name, value, place, passage):
    setting = PAPER.arm(arm).settings[name]
    assert setting.value == value
    assert place in setting.where


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_is_stated_of_its_models_stands_in_the_text(text, arm, name, value, place, passage):
    assert passage in between(text, *SECTIONS[place])


def test_nothing_else_is_said_to_be_stated_of_its_models():
    assert stated(PAPER) == {row[:2] for row in STATED}


def test_the_text_leaves_the_assumed_values_open(text):
    assert "data normalization" in between(text, *SECTIONS["METHOD"])
    for word in ("batch", "learning rate", "dropout", "softmax", "freez", "frozen", "fine-tun"):
        assert word not in text.lower()


def test_both_readings_of_the_networks_stand_where_they_are_said_to(text):
    (one,) = PAPER.contradictions
    sentences = between(text, *SECTIONS["Abstract"]).split(". ")
    assert [reading.where for reading in one.readings] == [
        "Abstract, third sentence",
        "Table 1 and everywhere else",
    ]
    assert "DenseNet121 and ResNet50" in sentences[2]
    assert text.count("DenseNet") == 1
    table = between(text, "Table 1.", "The Table 1 contains")
    assert "AlexNet" in table
    assert "ResNet50" in table


# The files


@pytest.mark.parametrize(
    "folders",
    [
        ("benign", "malignant", "normal"),
        ("BENIGN", "MALIGNANT", "NORMAL"),
        ("Jinak", "Ganas", "Normal"),
        ("Benign cases", "Malignant cases", "Normal cases"),
        ("Benign Masses", "Malignant Masses", "normal"),
    ],
)
def test_folders_are_known_in_english_and_indonesian(tmp_path, folders):
    for number, above in enumerate(("", "kanker payudara/", "data/train/")):
        root = tree(tmp_path / f"{number}", *(f"{above}{one}/1.png" for one in folders))
        found = scan(PAPER, root)
        named = [path.split("/")[-2] for path in found.files["path"]]
        assert dict(zip(named, found.files["label"], strict=True)) == {
            one: label for label, one in enumerate(folders)
        }
        assert found.rejected.empty


def test_names_tell_no_group_since_the_paper_does_not_say_how_files_are_called(tmp_path):
    root = tree(tmp_path, "benign/mdb001.png", "malignant/1.png", "normal/P001_left.png")
    assert scan(PAPER, root).files["group"].tolist() == ["", "", ""]


def test_the_table_of_mini_mias_gives_the_patient(tmp_path):
    root = tree(tmp_path, "benign/mdb001.jpg", "malignant/mdb004.jpg", "normal/mdb003.jpg")
    (root / "labels.csv").write_text(
        "file,patient,laterality,tissue,class_abn,severity,label,n_rows\n"
        "mdb001,P001,R,G,CIRC,B,benign,1\n"
        "mdb003,P002,L,D,NORM,,normal,1\n"
        "mdb004,P002,R,D,CIRC,M,malignant,1\n"
    )
    assert scan(PAPER, root).files["group"].tolist() == ["P001", "P002", "P002"]


def test_two_of_three_classes_are_no_data_set(tmp_path):
    with pytest.raises(DataError, match="none of normal"):
        scan(PAPER, tree(tmp_path, "benign/1.png", "malignant/2.png"))


def test_mini_mias_is_read_with_its_patients(shared):
    found = scan(PAPER, shared / "data" / PAPER.slug / "mini_mias")
    files = found.files
    assert files["label"].value_counts().sort_index().tolist() == [63, 52, 207]
    assert files["group"].nunique() == 161
    assert (files["group"] != "").all()
    assert set(files.groupby("group").size()) == {2}  # two breasts
    assert found.kind == "substitute"
