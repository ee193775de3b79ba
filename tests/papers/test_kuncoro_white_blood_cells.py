"""The declaration of the white-blood-cell paper, against arithmetic and against the paper's text."""

import math
import re
from collections import Counter
from functools import partial
from itertools import product

import pytest
from declarations import (
    between,
    contradiction,
    matching_claim,
    matching_claims,
    paper_text,
    possible_hits,
    stated,
)
from scipy.stats import hypergeom

from lib.evaluation import tolerances
from lib.papers import load
from lib.papers.declare import Assumed, Stated

PAPER = load("kuncoro_white_blood_cells")
TOLERANCE_OF = tolerances.claim_tolerances(PAPER)
_claims = partial(matching_claims, PAPER)
_claim = partial(matching_claim, PAPER)
_contradiction = partial(contradiction, PAPER)
RIGHT, TESTED, TRAINED = 588, 620, 2480  # images, by "Accuracy: 94.839%" and the column of supports

SECTIONS = {
    "Abstract": ("\nABSTRACT", "\nI. PENDAHULUAN"),
    "§II": ("\nII. METODE", "\nIII. HASIL DAN PEMBAHASAN"),
    "§III": ("\nIII. HASIL DAN PEMBAHASAN", "\nIV. KESIMPULAN"),
    "§IV": ("\nIV. KESIMPULAN", "\nREFERENSI"),
    "Fig. 5": ('Model: "sequential"', "Gambar 5."),
    "Table 1": ("Table 1. Training Data", "Grafik di bawah"),
}
# Setting, its value, its place, and the passage that states it there.
STATED = [
    ("trainable", False, "Fig. 5", "Non-trainable params: 2257984"),
    ("pooling", "avg", "Fig. 5", "GlobalAveragePooling2D)"),
    ("dense", (128,), "Fig. 5", "dense (Dense) (None, 128) 163968"),
    (
        "dropout",
        (0, 0),
        "Fig. 5",
        "dense (Dense) (None, 128) 163968 ----- dense_1 (Dense) (None, 5)",
    ),
    ("image_size", 224, "Fig. 5", "mobilenetv2_1.00_224 (Func (None, 7, 7, 1280)"),
    ("optimizer", "adam", "§II", "model MobileNetV2 dan adam optimizers"),
    ("epochs", 15, "Abstract", "a training process with 15 epochs"),
    ("epochs", 15, "§III", "Proses pelatihan dilakukan sebanyak 15 epoch"),
    ("epochs", 15, "§IV", "setelah proses pelatihan sebanyak 15 epoch"),
    ("epochs", 15, "Table 1", "15 0.9968 0.9484"),
]


@pytest.fixture(scope="module")
def text(shared) -> str:
    return paper_text(shared, PAPER.slug)


def _all_settings() -> dict[str, Stated | Assumed]:
    arm = PAPER.arm("mobilenetv2")
    counts = {f"count of {name}s": value for name, value in PAPER.dataset.counts.items()}
    common = vars(PAPER.split) | {"seeds": PAPER.seeds, "total": PAPER.dataset.total}
    return arm.settings | common | counts


def test_every_setting_is_looked_at():
    recipe = {"image_size", "pixel_scaling", "optimizer", "learning_rate", "batch_size", "epochs"}
    arm = {"weights", "trainable", "pooling", "dense", "activation", "dropout", "output"}
    assert recipe | arm | {"loss", "augmentation", "seeds", "test_share"} <= set(_all_settings())


@pytest.mark.parametrize(
    ("part", "images", "said"), [("train", 2480, 2800), ("validation", 620, 700)]
)
def test_accuracies_of_table_1_are_shares_of_3100_images_not_of_the_3500_said(part, images, said):
    claims = _claims(where="Table 1", metric="accuracy", part=part)
    assert len(claims) == 15
    assert [claim.printed for claim in claims if not possible_hits(claim, images)] == []
    impossible = [claim.printed for claim in claims if not possible_hits(claim, said)]
    assert len(impossible) >= 5


def test_accuracies_of_table_1_would_be_shares_of_few_other_numbers():
    # The check above can fail: next to no other number of images passes it.
    claims = _claims(where="Table 1", metric="accuracy", part="validation")
    fit = [of for of in range(500, 701) if all(possible_hits(claim, of) for claim in claims)]
    assert TESTED in fit
    assert len(fit) <= 3


def test_supports_of_figure_8_add_up_to_its_total():
    supports = {claim.of: int(claim.value) for claim in _claims(where="Fig. 8", metric="support")}
    assert supports.pop("macro avg") == supports.pop("weighted avg") == TESTED
    assert set(supports) == set(PAPER.class_names)
    assert sum(supports.values()) == TESTED


def test_training_images_are_four_times_the_test_images():
    share = PAPER.split.test_share.value
    assert pytest.approx(share) == TESTED / (TESTED + TRAINED)


def test_recalls_of_figure_8_allow_the_588_right_of_its_accuracy():
    supports = {claim.of: int(claim.value) for claim in _claims(where="Fig. 8", metric="support")}
    hits = [
        possible_hits(_claim(where="Fig. 8", metric="recall", of=name), supports[name])
        for name in PAPER.class_names
    ]
    assert all(hits)
    assert RIGHT in {sum(choice) for choice in product(*hits)}


def test_every_printed_test_accuracy_is_588_of_620():
    claims = _claims(metric="accuracy", part="test")
    assert [claim.printed for claim in claims] == ["94.839", "94.8", "94,8", "0.95"]
    assert all(RIGHT in possible_hits(claim, TESTED) for claim in claims)
    assert possible_hits(_claim(where="Fig. 8, below the table"), TESTED) == [RIGHT]


def test_last_validation_accuracy_is_the_test_accuracy():
    last = _claim(where="Table 1", metric="accuracy", part="validation", epoch=15)
    assert possible_hits(last, TESTED) == [RIGHT]
    assert PAPER.arm("mobilenetv2").recipe.epochs.value == 15


def test_f1_scores_of_figure_8_are_the_harmonic_means():
    for name in PAPER.class_names:
        precision, recall, f1 = (
            _claim(where="Fig. 8", metric=metric, of=name)
            for metric in ("precision", "recall", "f1")
        )
        ends = [
            2 * p * r / (p + r) for p, r in zip(precision.rounding, recall.rounding, strict=True)
        ]
        low, high = f1.rounding
        assert low <= ends[1]
        assert ends[0] <= high


def test_averages_of_figure_8_are_those_of_its_rows():
    supports = [
        int(_claim(where="Fig. 8", metric="support", of=name).value) for name in PAPER.class_names
    ]
    for metric in ("precision", "recall", "f1"):
        rows = [_claim(where="Fig. 8", metric=metric, of=name).value for name in PAPER.class_names]
        macro, weighted = (
            _claim(where="Fig. 8", metric=metric, of=average).value
            for average in ("macro avg", "weighted avg")
        )
        assert macro == pytest.approx(sum(rows) / 5, abs=0.01)
        mean = sum(map(math.prod, zip(rows, supports, strict=True))) / TESTED
        assert weighted == pytest.approx(mean, abs=0.01)


def test_only_the_last_layer_is_printed_wrong():
    layers = {layer.name: int(layer.parameters) for layer in PAPER.arm("mobilenetv2").layers}
    assert layers["dense"] == 1280 * 128 + 128 == 163968
    assert layers["global_average_pooling2d"] == 0
    assert 128 * 5 + 5 == 645 != layers["dense_1"] == 643


def test_printed_parameters_do_not_add_up():
    arm = PAPER.arm("mobilenetv2")
    rows = {claim.of: int(claim.value) for claim in _claims(where="Fig. 5", metric="parameters")}
    totals = {name: rows.pop(name) for name in ("total", "trainable", "non-trainable")}
    assert rows == {layer.name: int(layer.parameters) for layer in arm.layers}
    assert totals["non-trainable"] == rows["mobilenetv2_1.00_224"]
    assert sum(rows.values()) == 2422595 != totals["total"]
    assert rows["dense"] + rows["dense_1"] == 164611 != totals["trainable"]
    assert totals["trainable"] + totals["non-trainable"] == 2422617 != totals["total"]


def test_of_the_printed_sizes_only_that_of_the_trainable_weights_is_not_four_bytes_each():
    for of, fits in (("total", True), ("trainable", False), ("non-trainable", True)):
        (count,), (size,) = (
            _claims(where="Fig. 5", metric=metric, of=of) for metric in ("parameters", "memory")
        )
        low, high = size.rounding
        assert (low <= 4 * count.value <= high) == fits
    low, high = _claim(where="Fig. 5", metric="memory", of="trainable").rounding
    assert not any(low <= 4 * sum_of_rows <= high for sum_of_rows in (164611, 164613))


def test_contradictions_quote_the_sums_as_they_are():
    reason = _contradiction("Parameters of the last layer")
    quoted = f"{reason.readings[1].value} {reason.reason}"
    for number in (645, 164613, 2257984 + 163968 + 645, 2257984 + 163968 + 643):
        assert str(number) in quoted
    assert f"{4 * 164613 / 1024:.2f} KB of 164613" in quoted


def test_every_class_has_a_printed_count_and_they_add_up_to_the_total():
    counts = PAPER.dataset.counts
    assert tuple(counts) == PAPER.class_names
    assert sum(int(count.value) for count in counts.values()) == int(PAPER.dataset.total.value)


def test_names_and_aliases_tell_the_classes_apart():
    spelled = [
        spelling.lower()
        for class_name in PAPER.classes
        for spelling in {class_name.name, *class_name.aliases}
    ]
    assert len(spelled) == len(set(spelled))


@pytest.mark.parametrize(
    ("name", "photograph"),
    [
        ("BloodImage_00012_17_aug.jpeg", "BloodImage_00012"),
        ("aug_BloodImage_00012_3.jpg", "BloodImage_00012"),
        ("BloodImage_00012_jpg.rf.427cf7c80c315e41.jpg", "BloodImage_00012"),
        ("_17_1234.jpeg", None),
        ("2020-12-01_BloodImage_001.jpg", None),
        ("BloodImage_000123.jpg", None),
        ("myBloodImage_00012.jpg", None),
    ],
)
def test_group_expression_finds_the_original_photograph(name, photograph):
    match = re.search(PAPER.dataset.group.pattern, name)
    assert (match and match[1]) == photograph


def test_no_number_is_claimed_twice():
    keys = [(c.arm, c.metric, c.of, c.part, c.epoch, c.printed) for c in PAPER.claims]
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_place_has_all_its_numbers():
    assert Counter(claim.where for claim in PAPER.claims) == {
        "Fig. 8, below the table": 1,
        "Abstract, §III (twice), §IV": 1,
        "Abstract, in Indonesian": 1,
        "Fig. 8, row accuracy": 2,
        "Fig. 8": 7 * 4,
        "Fig. 5": 4 + 3 + 3,
        "Table 1": 15 * 4,
    }


def test_what_is_exact_has_no_tolerance_and_all_else_has_some():
    for claim in PAPER.claims:
        sizes = claim.metric == "support" and claim.of not in PAPER.class_names
        fixed = sizes or claim.metric in ("parameters", "memory")
        assert (TOLERANCE_OF[claim].margin == 0) == fixed, claim


def test_the_numbers_are_of_620_test_and_2480_training_images():
    by_part = {(claim.part, TOLERANCE_OF[claim].images) for claim in _claims(where="Table 1")}
    assert by_part == {("train", 2480), ("validation", 620)}
    recalls = {claim.of: TOLERANCE_OF[claim].images for claim in _claims(metric="recall")}
    assert [*recalls.values()] == [71, 142, 132, 142, 133, 620, 620]


def test_the_supports_may_differ_as_a_random_fifth_of_3100_images_does():
    (claim,) = _claims(metric="support", of="basophil")
    half = hypergeom(3100, 5 * 71, 620).std() * 1.96
    assert round(half) == 14
    assert TOLERANCE_OF[claim].draw == pytest.approx(half, abs=0.1)


def test_claims_speak_of_known_arms_classes_and_epochs():
    arms = {arm.name for arm in PAPER.arms}
    layers = {layer.name for arm in PAPER.arms for layer in arm.layers}
    known = {"", "macro avg", "weighted avg", "total", "trainable", "non-trainable"}
    for claim in PAPER.claims:
        assert claim.arm in arms
        assert claim.of in known | layers | set(PAPER.class_names)
        assert (claim.epoch in range(1, 16)) == (claim.where == "Table 1")


@pytest.mark.parametrize(("name", "setting"), _all_settings().items())
def test_every_setting_has_its_place_or_its_reason(name, setting):
    assert isinstance(setting, Stated | Assumed), name
    if isinstance(setting, Stated):
        assert re.match(r"§[IV]+|Fig\. \d|Table \d|Abstract", setting.where), name
    else:
        assert len(setting.reason.split()) >= 4, name


def test_every_reading_of_a_contradiction_has_its_place():
    for known in PAPER.contradictions:
        assert len(known.readings) >= 2
        assert len({reading.value for reading in known.readings}) == len(known.readings)
        assert all(reading.where for reading in known.readings)
        assert known.used
        assert known.reason


def test_both_profiles_are_there_and_paper_draws_as_many_as_the_paper_says():
    assert set(PAPER.profiles) == {"quick", "paper"}
    assert PAPER.profiles["paper"].phantoms_per_class == int(PAPER.dataset.counts["monocyte"].value)
    assert 5 <= PAPER.profiles["quick"].phantoms_per_class < 700


# The model


def test_its_model_is_a_frozen_mobilenetv2_with_one_hidden_layer():
    arm = PAPER.arm("mobilenetv2")
    assert (arm.backbone, arm.weights.value) == ("MobileNetV2", "imagenet")
    assert (arm.output.value, arm.augmentation.value) == ("softmax", ())
    recipe = arm.recipe
    assert (recipe.batch_size.value, recipe.learning_rate.value) == (32, 0.001)
    assert (recipe.pixel_scaling.value, recipe.loss.value) == ("[0, 1]", "categorical_crossentropy")


def test_its_one_variant_feeds_the_pixels_that_the_weights_know():
    (variant,) = PAPER.variants
    assert variant.name == "mobilenetv2-native"
    assert variant.recipe.pixel_scaling.value == "[-1, 1]"
    assert variant.name in PAPER.arm("mobilenetv2").recipe.pixel_scaling.reason


def test_the_size_of_its_images_follows_from_that_of_the_feature_maps():
    backbone = PAPER.arm("mobilenetv2").layers[0]
    assert "(None, 7, 7, 1280)" in backbone.output
    assert PAPER.arm("mobilenetv2").recipe.image_size.value == 7 * 32


@pytest.mark.parametrize(("name", "value", "place", "passage"), STATED)
def test_what_the_paper_states_of_its_model_is_declared(name, value, place, passage):
    setting = PAPER.arm("mobilenetv2").settings[name]
    assert setting.value == value
    assert place in setting.where


def test_nothing_else_is_said_to_be_stated_of_its_model():
    assert stated(PAPER) == {("mobilenetv2", row[0]) for row in STATED}


@pytest.mark.parametrize(("name", "value", "place", "passage"), STATED)
def test_what_is_stated_of_its_model_stands_in_the_text(text, name, value, place, passage):
    assert passage in between(text, *SECTIONS[place])


def test_the_text_names_no_dropout_and_no_augmentation(text):
    assert "dropout" not in text.lower()
    assert "augment" not in text.lower()


# The text


def test_every_printed_number_stands_in_the_text(text):
    numbers = set(re.findall(r"\d+(?:[.,]\d+)*", text))
    assert {claim.printed for claim in PAPER.claims} <= numbers


def test_title_authors_and_data_set_stand_in_the_text(text):
    for passage in (PAPER.title, *PAPER.authors, PAPER.dataset.sources[0].kaggle):
        assert passage in text


def test_rows_of_table_1_stand_in_the_text_as_declared(text):
    lines = text.splitlines()
    columns = [(m, p) for m in ("accuracy", "loss") for p in ("train", "validation")]
    for epoch in range(1, 16):
        numbers = [
            _claim(where="Table 1", metric=metric, part=part, epoch=epoch).printed
            for metric, part in columns
        ]
        assert "\t".join([str(epoch), *numbers]) in lines


@pytest.mark.parametrize("row", [*PAPER.class_names, "macro avg", "weighted avg"])
def test_rows_of_figure_8_stand_in_the_text_as_declared(text, row):
    lines = text.splitlines()
    columns = ("precision", "recall", "f1", "support")
    numbers = [_claim(where="Fig. 8", metric=metric, of=row).printed for metric in columns]
    assert "\t".join([row, *numbers]) in lines


def test_layers_of_figure_5_stand_in_the_text_as_declared(text):
    for layer in PAPER.arm("mobilenetv2").layers:
        row = rf"^{re.escape(layer.name)} .*{re.escape(layer.output)} +{layer.parameters}$"
        assert re.search(row, text, re.MULTILINE), layer
    for name in ("total", "trainable", "non-trainable"):
        count, size = (
            _claim(where="Fig. 5", metric=metric, of=name) for metric in ("parameters", "memory")
        )
        assert f"{name.capitalize()} params: {count.printed} ({size.printed} {size.unit})" in text
