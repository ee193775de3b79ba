"""The declaration of the mammography paper, against arithmetic, the paper's text and the files of mini-MIAS."""

import re
from collections import Counter
from functools import partial
from itertools import product

import numpy as np
import pytest
from declarations import (
    between,
    contradiction,
    matching_claim,
    matching_claims,
    paper_text,
    possible_hits,
    prints,
    stated,
    tree,
)
from scipy.stats import hypergeom

from lib.datasets import DataError, scan
from lib.evaluation import tolerances
from lib.papers import load
from lib.papers.declare import Assumed, Claim, Stated, cell

PAPER = load("hulu_breast_mammography")
TOLERANCE_OF = tolerances.claim_tolerances(PAPER)
_claims = partial(matching_claims, PAPER)
_claim = partial(matching_claim, PAPER)
_contradiction = partial(contradiction, PAPER)
# Supports of Fig. 12 (training images, AlexNet) and Fig. 13 (validation images, ResNet50).
TRAINED = {"benign": 95, "malignant": 93, "normal": 183}
VALIDATED = {"benign": 38, "malignant": 44, "normal": 78}
PLACES = {"alexnet": ("Fig. 10", "Fig. 7"), "resnet50": ("Fig. 11", "Fig. 8")}
LAST = {"alexnet": 40, "resnet50": 150}
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


def _report(**wanted) -> dict[str, dict[str, Claim]]:
    """Class → metric → claim, of one printed report."""
    report = {name: {} for name in PAPER.class_names}
    for name in report:
        for metric in ("precision", "recall", "f1", "support"):
            report[name][metric] = _claim(of=name, metric=metric, **wanted)
    return report


def _matrix(arm: str) -> np.ndarray:
    """The nine numbers as they are declared, a row a true class."""
    names = PAPER.class_names
    return np.array(
        [[int(_claim(arm=arm, of=cell(true, called)).value) for called in names] for true in names]
    )


def _fits(matrix: np.ndarray, report: dict[str, dict[str, Claim]]) -> bool:
    """Whether a matrix gives every number of a report, rounded as printed."""
    for label, row in enumerate(report.values()):
        support, called, right = matrix[label].sum(), matrix[:, label].sum(), matrix[label, label]
        scores = {"precision": right / called, "recall": right / support, "support": support}
        scores["f1"] = 2 * right / (called + support)
        if not all(prints(row[metric], score) for metric, score in scores.items()):
            return False
    return True


@pytest.fixture(scope="module")
def text(shared) -> str:
    return paper_text(shared, PAPER.slug)


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


# What is printed, by arithmetic


def test_the_headline_is_the_abstracts_accuracy_on_training_images():
    first = PAPER.claims[0]
    assert (first.arm, first.metric, first.printed) == ("alexnet", "accuracy", "98.01")
    assert (first.where, first.part, first.epoch) == ("Abstract", "train", 40)


def test_every_place_has_all_its_numbers():
    matrices = {
        place: count
        for formula, figure in PLACES.values()
        for place, count in (
            (f"{formula} (twice)", 2),
            (formula, 6),
            (f"RESULT (text on {figure})", 3),
            (f"RESULT (text on {figure}), {formula} (twice)", 3),
        )
    }
    matrices["Fig. 10"] += 2
    # The training images of ResNet50 stand below Fig. 11 and in the text.
    matrices["Fig. 11 (twice)"] -= 1
    matrices["Fig. 11 (twice), DISCUSSIONS (one number for 2 models)"] = 1
    matrices["Fig. 11"] += 1
    assert Counter(claim.where for claim in PAPER.claims) == matrices | {
        "Abstract": 2,
        "Table 1, RESULT (twice)": 8,
        "Fig. 12": 12,
        "Fig. 13": 12,
        "DISCUSSIONS": 24,
        "DISCUSSIONS (one number for 2 models)": 3,
        "CONCLUSION": 2,
    }


def test_both_networks_are_evaluated_on_both_parts():
    assert {PAPER.parts(arm) for arm in PAPER.every_arm} == {("test", "train")}


def test_no_trained_network_is_scored_on_test_images_but_in_figure_13():
    tested = [claim for claim in PAPER.claims if claim.part == "test" and claim.printed != "160"]
    assert {claim.where for claim in tested} == {"Fig. 13"}


@pytest.mark.parametrize("arm", PLACES)
def test_points_of_the_curves_are_those_of_the_last_epoch(arm):
    points = [claim for claim in _claims(arm=arm) if claim.epoch is not None]
    assert {claim.epoch for claim in points} == {LAST[arm], PAPER.arm(arm).recipe.epochs.value}
    assert {(claim.metric, claim.part) for claim in points} == set(
        product(("accuracy", "loss"), ("train", "validation"))
    )


def test_figure_12_is_of_the_training_images_and_figure_13_of_the_others():
    for where, part, supports in (("Fig. 12", "train", TRAINED), ("Fig. 13", "test", VALIDATED)):
        printed = {claim.of: int(claim.value) for claim in _claims(where=where, metric="support")}
        assert printed == supports
        assert {claim.part for claim in _claims(where=where)} == {part}
    for part, supports in (("train", TRAINED), ("test", VALIDATED)):
        where = "DISCUSSIONS (one number for 2 models)"
        totals = [claim for claim in _claims(part=part) if where in claim.where]
        assert [int(claim.value) for claim in totals] == [sum(supports.values())] * 2


def test_the_text_has_figure_12_in_per_cent():
    figure = _report(where="Fig. 12")
    words = _report(where="DISCUSSIONS", arm="alexnet")
    for name, metric in product(PAPER.class_names, ("precision", "recall", "f1", "support")):
        assert words[name][metric].decimal == figure[name][metric].decimal


def test_resnet50s_matrix_gives_its_report_in_the_text_by_rows_and_not_by_columns():
    matrix, report = _matrix("resnet50"), _report(where="DISCUSSIONS", arm="resnet50")
    assert _fits(matrix, report)
    assert not _fits(matrix.T, report)
    assert matrix.sum(1).tolist() == [95, 93, 183] != matrix.sum(0).tolist()
    assert (
        matrix.sum()
        == 371
        == int(_claim(arm="resnet50", part="train", of="", metric="support").value)
    )
    assert np.trace(matrix) == 240 == int(_claim(arm="resnet50", metric="correct").value)


def test_alexnets_matrix_gives_figure_12_neither_way():
    matrix, report = _matrix("alexnet"), _report(where="Fig. 12")
    assert not _fits(matrix, report)
    assert not _fits(matrix.T, report)
    assert matrix.sum(1).tolist() == [95, 94, 180]
    assert matrix.sum(0).tolist() == [95, 92, 182]
    assert (
        matrix.sum()
        == 369
        == int(_claim(arm="alexnet", where="Fig. 10 (twice)", metric="support").value)
    )
    assert np.trace(matrix) == 362 == int(_claim(arm="alexnet", metric="correct").value)


def test_two_other_numbers_mend_alexnets_matrix_by_rows_and_four_by_columns():
    matrix, report = _matrix("alexnet"), _report(where="Fig. 12")
    whole = []
    for first, second, third in product(range(4), repeat=3):  # three misses a class
        rows = [[92, first, 3 - first], [second, 90, 3 - second], [third, 3 - third, 180]]
        if _fits(np.array(rows), report):
            whole.append(np.array(rows))
    by_rows = {int((mended != matrix).sum()): mended.tolist() for mended in whole}
    assert min(by_rows) == 2
    assert by_rows[2] == [[92, 2, 1], [2, 90, 1], [3, 0, 180]]
    assert min(int((matrix != mended.T).sum()) for mended in whole) == 4
    assert len(by_rows) == len(whole) == 2


def test_the_misclassified_are_what_the_diagonal_leaves_but_for_normal_images_of_resnet50():
    missing = {
        arm: {
            name: support - int(_claim(arm=arm, of=cell(name, name)).value)
            for name, support in TRAINED.items()
        }
        for arm in PLACES
    }
    printed = {
        arm: {claim.of: int(claim.value) for claim in _claims(arm=arm, metric="misclassified")}
        for arm in PLACES
    }
    assert missing["alexnet"] == printed["alexnet"] == dict.fromkeys(TRAINED, 3)
    assert missing["resnet50"] == {"benign": 47, "malignant": 50, "normal": 34}
    assert printed["resnet50"] == {"benign": 47, "malignant": 50, "normal": 24}
    cells = [int(_claim(arm="resnet50", of=cell("normal", called)).value) for called in TRAINED]
    readings = _contradiction("Normal images that ResNet50 misclassified").readings
    assert [reading.value for reading in readings] == [
        "24",
        f"{cells[0]} + {cells[1]} = {sum(cells[:2])}",
    ]


def test_which_accuracies_are_shares_of_the_papers_images():
    curve = {
        (arm, part): _claim(arm=arm, part=part, metric="accuracy", where="Table 1, RESULT (twice)")
        for arm, part in product(PLACES, ("train", "validation"))
    }
    assert (
        possible_hits(curve["alexnet", "train"], 371)
        == possible_hits(curve["resnet50", "train"], 371)
        == []
    )
    assert possible_hits(curve["alexnet", "train"], 11 * 32) == [345]
    assert possible_hits(curve["alexnet", "validation"], 160) == [125]
    assert possible_hits(curve["resnet50", "validation"], 160) == []
    assert possible_hits(_claim(printed="97,57"), 371) == [362]
    assert possible_hits(_claim(printed="98.1"), 371) == [364]
    assert (
        possible_hits(_claim(printed="98.1"), 369)
        == possible_hits(_claim(printed="0.981"), 369)
        == [362]
    )
    assert possible_hits(_claim(printed="0.647"), 371) == [240]
    assert 240 in possible_hits(_claim(printed="65", metric="accuracy"), 371)


def test_figure_13_is_one_matrix_of_160_images_with_99_right():
    report = _report(where="Fig. 13")
    right = {name: possible_hits(report[name]["recall"], n) for name, n in VALIDATED.items()}
    assert right == {"benign": [19], "malignant": [12], "normal": [68]}
    called = {
        name: [
            n
            for n in range(1, 161)
            if right[name][0] in possible_hits(report[name]["precision"], n)
        ]
        for name in right
    }
    assert [sum(columns) for columns in product(*called.values())].count(160) == 1
    quoted = [reading.value for reading in _contradiction("ResNet50's accuracies").readings]
    assert quoted[-1] == f"validation 19, 12 and 68 right of 160, {99 / 160:.4f}"


def test_every_number_has_the_images_that_it_was_measured_on():
    for claim in PAPER.claims:
        images = VALIDATED if claim.part in ("test", "validation") else TRAINED
        of = claim.of.split(" → ")[0]
        if claim.metric == "support":
            assert TOLERANCE_OF[claim].images is None
        elif claim.metric != "precision":
            assert TOLERANCE_OF[claim].images == images.get(of, sum(images.values())), claim


def test_of_the_precisions_the_images_are_the_columns_of_the_matrices():
    columns = _matrix("resnet50").sum(0)
    words = _report(where="DISCUSSIONS", arm="resnet50")
    for name, called in zip(PAPER.class_names, columns, strict=True):
        assert abs(TOLERANCE_OF[words[name]["precision"]].images - called) <= 2


@pytest.mark.parametrize(
    ("printed", "images", "margin"),
    [("98.01", 371, 0.01), ("97,57", 371, 0.01), ("0.647", 371, 0.03), ("0.6201", 160, 0.03)],
)
def test_accuracies_may_differ_by_3_points_or_1_near_100_percent(printed, images, margin):
    tolerance = TOLERANCE_OF[_claim(printed=printed)]
    assert (tolerance.images, tolerance.margin) == (images, margin)


def test_supports_of_the_classes_are_drawn_at_random_and_totals_are_not():
    for claim in PAPER.claims:
        if claim.metric == "support":
            assert (TOLERANCE_OF[claim].margin > 0) == (claim.of in TRAINED), claim
    half = hypergeom(531, 133, 160).std() * 1.96
    (validated,) = _claims(where="Fig. 13", metric="support", of="benign")
    (trained,) = _claims(where="Fig. 12", metric="support", of="benign")
    for claim in (validated, trained):
        assert TOLERANCE_OF[claim].draw == pytest.approx(half, rel=0.05)


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


@pytest.mark.parametrize("where", ["Fig. 12", "Fig. 13"])
def test_rows_of_both_reports_stand_in_the_text_as_declared(text, where):
    lines = [line.strip() for line in text.splitlines()]
    for name, row in _report(where=where).items():
        assert "\t".join([name.upper(), *(claim.printed for claim in row.values())]) in lines


@pytest.mark.parametrize(("arm", "called"), [("alexnet", "AlexNet"), ("resnet50", "ResNet50")])
def test_the_row_of_table_1_stands_in_the_text_as_declared(text, arm, called):
    numbers = [
        _claim(arm=arm, metric=metric, part=part, where="Table 1, RESULT (twice)").printed
        for part in ("train", "validation")
        for metric in ("loss", "accuracy")
    ]
    assert "\t".join([called, *numbers]) in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("arm", PLACES)
def test_the_nine_numbers_and_the_hits_stand_in_the_text_in_their_order(result, arm):
    numbers = _matrix(arm)
    place = f"{PLACES[arm][0]} (twice)"
    supports = _claims(arm=arm, metric="support")
    (total,) = (claim.printed for claim in supports if claim.where.startswith(place))
    assert f"= {' + '.join(map(str, numbers.flat))} = {total}" in result
    hits = zip(numbers.diagonal(), PAPER.class_names, strict=True)
    assert (
        f"= {' + '.join(f'{hit} ({name})' for hit, name in hits)} = {np.trace(numbers)}" in result
    )


@pytest.mark.parametrize("arm", PLACES)
def test_the_report_in_words_stands_in_the_text_in_its_order(text, arm):
    words = between(text, "From the visualized", "Up to this point").split("Meanwhile, the class")
    numbers = re.findall(r"(\d+)[%.]", words[arm == "resnet50"])
    assert numbers == [
        claim.printed
        for row in _report(where="DISCUSSIONS", arm=arm).values()
        for claim in row.values()
    ]


@pytest.mark.parametrize(
    ("arm", "start", "end"),
    [("alexnet", "it is apparent", "Moving on"), ("resnet50", "it illustrates", "These results")],
)
def test_the_text_on_the_matrices_has_hits_and_misses_in_turn(result, arm, start, end):
    words = between(result, start, end)
    expected = []
    for name in PAPER.class_names:
        hit = _claim(arm=arm, of=cell(name, name))
        expected += [hit.printed, _claim(arm=arm, metric="misclassified", of=name).printed]
    assert re.findall(r"\b\d+\b", words) == expected


@pytest.mark.parametrize(
    ("topic", "numbers"),
    [
        ("How good AlexNet is", ["98.01", "0.7812"]),
        (
            "AlexNet's accuracy on its training images",
            ["98.01", "0.9801", "98.1", "0.981", "97,57"],
        ),
        ("ResNet50's accuracies", ["64.07", "0.6407", "0.647", "65", "0.6201"]),
    ],
)
def test_contradictions_quote_accuracies_as_they_are_claimed(topic, numbers):
    quoted = " ".join(f" {reading.value} " for reading in _contradiction(topic).readings)
    claimed = {claim.printed for claim in _claims(metric="accuracy")}
    for number in numbers:
        assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d.])", quoted)
        assert number in claimed


def test_both_readings_of_the_networks_stand_where_they_are_said_to(text):
    networks = _contradiction("The two networks")
    sentences = between(text, *SECTIONS["Abstract"]).split(". ")
    assert [reading.where for reading in networks.readings] == [
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
        root = tree(tmp_path / f"{number}", *(f"{above}{folder}/1.png" for folder in folders))
        scanned = scan(PAPER, root)
        named = [path.split("/")[-2] for path in scanned.files["path"]]
        assert dict(zip(named, scanned.files["label"], strict=True)) == {
            folder: label for label, folder in enumerate(folders)
        }
        assert scanned.rejected.empty


def test_names_other_than_those_of_mini_mias_tell_no_group(tmp_path):
    names = (
        "xmdb001",
        "1",
        "P001_left",
        "mdb0012",
        "mdb400",
        "mdb000",
        "mdb001ab",
        "mdb 001",
        "1mdb001",
    )
    root = tree(tmp_path, *(f"benign/{name}.png" for name in names))
    tree(root, "malignant/1.png", "normal/mdb001/1.png")
    assert set(scan(PAPER, root).files["group"]) == {""}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("mdb001lm.pgm", "1-2"),  # as the full MIAS calls it
        ("mdb002rl.png", "1-2"),
        ("benign_mdb003.jpg", "3-4"),
        ("mdb004_clahe_90.png", "3-4"),
        ("aug-MDB322-2.PNG", "321-322"),
    ],
)
def test_films_are_known_by_the_names_of_public_copies(tmp_path, name, group):
    root = tree(tmp_path, f"benign/{name}", "malignant/1.png", "normal/1.png")
    assert scan(PAPER, root).files["group"].tolist() == [group, "", ""]


def test_films_of_mini_mias_are_pairs_of_one_patient_by_their_numbers(tmp_path):
    root = tree(tmp_path, "benign/mdb001.jpg", "benign/mdb322.jpg", "malignant/mdb004.jpg")
    scanned = scan(PAPER, tree(root, "normal/mdb003.jpg", "normal/mdb002.jpg"))
    assert scanned.files["group"].tolist() == ["1-2", "321-322", "3-4", "1-2", "3-4"]
    assert scanned.groups_from.startswith("pairs of consecutive films (mini-MIAS' Info.txt")


def test_mini_mias_as_unpacked_is_the_set_in_class_folders(shared, tmp_path):
    source = shared / "data" / PAPER.slug / "mini_mias"
    if not source.is_dir():
        pytest.skip(f"{source} is not there")
    (tmp_path / "Info.txt").symlink_to(source / "Info.txt")
    folder_of = {path.name: path.parent.name for path in source.glob("*/*.jpg")}
    for path in source.glob("*/*.jpg"):
        (tmp_path / path.name).symlink_to(path)
    files = scan(PAPER, tmp_path).files
    told = dict(zip(files["path"], files["label"].map(PAPER.class_names.__getitem__), strict=True))
    assert told == folder_of


def test_two_of_three_classes_are_no_data_set(tmp_path):
    with pytest.raises(DataError, match="none of normal"):
        scan(PAPER, tree(tmp_path, "benign/1.png", "malignant/2.png"))


def test_mini_mias_is_read_with_its_patients(shared):
    scanned = scan(PAPER, shared / "data" / PAPER.slug / "mini_mias")
    files = scanned.files
    assert files["label"].value_counts().sort_index().tolist() == [63, 52, 207]
    assert files["group"].nunique() == 161
    assert (files["group"] != "").all()
    assert set(files.groupby("group").size()) == {2}  # two breasts
    assert scanned.kind == "substitute"
