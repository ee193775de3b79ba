"""Whole printed tables become one claim a number; sizes, incomparable numbers, parts that are evaluated."""

from dataclasses import fields
from typing import get_args

import pytest

from lib.papers.declare import (
    Arm,
    Assumed,
    Claim,
    Paper,
    Recipe,
    cell,
    classification_report,
    confusion_matrix,
    epoch_log,
    printed_count,
)
from lib.papers.declare.claims import BYTES, Unit

ROWS = {
    "cat": ("0.50", "1.00", "0.67", "2"),
    "macro avg": ("0.75", "0.90", "0.80", "12"),
}
COMMON = {"where": "Table 1", "arm": "net"}


def _report(rows=ROWS, **changes) -> tuple[Claim, ...]:
    return classification_report(rows, **COMMON | changes)


def _read(claims, *names: str) -> list[tuple]:
    return [tuple(getattr(claim, name) for name in names) for claim in claims]


# Classification reports


def test_a_report_is_one_claim_a_number_row_by_row():
    assert _read(_report(), "of", "metric", "printed") == [
        ("cat", "precision", "0.50"),
        ("cat", "recall", "1.00"),
        ("cat", "f1", "0.67"),
        ("cat", "support", "2"),
        ("macro avg", "precision", "0.75"),
        ("macro avg", "recall", "0.90"),
        ("macro avg", "f1", "0.80"),
        ("macro avg", "support", "12"),
    ]
    assert set(_read(_report(), "where", "arm", "part", "epoch")) == {
        ("Table 1", "net", "test", None)
    }


def test_supports_are_counts_whatever_the_scores_are():
    assert [claim.unit for claim in _report()] == (["fraction"] * 3 + ["count"]) * 2
    percent = _report({"cat": ("50", "100", "67", "2")}, unit="percent", part="train")
    assert [claim.unit for claim in percent] == ["percent"] * 3 + ["count"]
    assert [claim.value for claim in percent] == [0.5, 1.0, 0.67, 2]
    assert {claim.part for claim in percent} == {"train"}


@pytest.mark.parametrize("row", [("0.50", "1.00", "0.67"), ("0.50", "1.00", "0.67", "2", "3")])
def test_a_row_of_another_length_is_an_error(row):
    with pytest.raises(ValueError, match="zip"):
        _report({"cat": row})


# Training logs


def test_a_log_is_one_claim_a_number_with_its_epoch():
    columns = (("accuracy", "train"), ("loss", "validation"))
    claims = epoch_log([(1, "0.50", "1.20"), (7, "0.75", "0.80")], columns, **COMMON)
    assert _read(claims, "epoch", "metric", "part", "printed", "unit") == [
        (1, "accuracy", "train", "0.50", "fraction"),
        (1, "loss", "validation", "1.20", "loss"),
        (7, "accuracy", "train", "0.75", "fraction"),
        (7, "loss", "validation", "0.80", "loss"),
    ]
    assert set(_read(claims, "where", "arm", "of")) == {("Table 1", "net", "")}


@pytest.mark.parametrize("row", [(1, "0.50"), (1, "0.50", "1.20", "0.3")])
def test_an_epoch_with_a_number_too_few_or_too_many_is_an_error(row):
    columns = (("accuracy", "train"), ("loss", "validation"))
    with pytest.raises(ValueError, match="zip"):
        epoch_log([row], columns, **COMMON)


# Confusion matrices


def test_a_matrix_is_one_claim_a_cell_named_by_true_and_called_class():
    claims = confusion_matrix(
        {"cat": {"cat": "5", "dog": "1"}, "dog": {"cat": "0", "dog": "1,200"}},
        **COMMON,
        part="train",
    )
    assert _read(claims, "of", "value") == [
        ("cat → cat", 5),
        ("cat → dog", 1),
        ("dog → cat", 0),
        ("dog → dog", 1200),
    ]
    assert set(_read(claims, "metric", "unit", "part", "where", "arm")) == {
        ("cell", "count", "train", "Table 1", "net")
    }


def test_of_a_matrix_only_what_is_printed_is_claimed():
    (claim,) = confusion_matrix({"cat": {"dog": "3"}}, **COMMON)
    assert (claim.of, claim.part) == (cell("cat", "dog"), "test")


def test_a_cell_tells_its_direction():
    assert cell("cat", "dog") == "cat → dog" != cell("dog", "cat")


# Sizes, and numbers that nothing can be held against


@pytest.mark.parametrize(
    ("printed", "unit", "value", "low", "high"),
    [
        ("1", "KB", 1024, 512, 1536),
        ("2.0", "KB", 2048, 1996.8, 2099.2),
        ("643.82", "KB", 659271.68, 659266.56, 659276.8),
        ("14", "MB", 14680064, 14155776, 15204352),
        ("9,24", "MB", 9688842.24, 9683599.36, 9694085.12),
    ],
)
def test_a_size_is_in_bytes_and_rounds_in_its_own_unit(printed, unit, value, low, high):
    claim = Claim(metric="memory", printed=printed, unit=unit, part="", **COMMON)
    assert claim.value == pytest.approx(value, abs=1e-6)
    assert claim.rounding == pytest.approx((low, high), abs=1e-6)


def test_the_units_of_bytes_are_known_units():
    assert set(BYTES) <= set(get_args(Unit))
    assert BYTES["MB"] == BYTES["KB"] ** 2 == 1024**2


def test_a_number_is_comparable_unless_it_says_why_not():
    claim = Claim(metric="confidence", printed="92.79", unit="percent", **COMMON)
    assert claim.incomparable == ""
    said = Claim(metric="confidence", printed="92.79", incomparable="no photograph", **COMMON)
    assert said.incomparable == "no photograph"


# Parts that are evaluated


def _arm(name: str) -> Arm:
    empty = dict.fromkeys((field.name for field in fields(Recipe)), Assumed(None, "not needed"))
    values = dict.fromkeys(
        ("weights", "trainable", "pooling", "dense", "activation", "dropout"),
        Assumed(None, "not needed"),
    )
    return Arm(name=name, backbone="VGG16", recipe=Recipe(**empty), **values)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, ("test",)),
        ({"part": "train"}, ("test", "train")),
        ({"part": "train", "epoch": 3}, ("test",)),
        ({"part": "train", "arm": "other"}, ("test",)),
        ({"part": "validation"}, ("test",)),
    ],
)
def test_an_arm_is_evaluated_on_training_images_where_the_paper_did(changes, parts):
    claim = Claim(**{"metric": "accuracy", "printed": "0.9"} | COMMON | changes)
    arm = _arm("net")
    values = dict.fromkeys((field.name for field in fields(Paper)), ())
    paper = Paper(**values | {"arms": (arm, _arm("other")), "claims": (claim,)})
    assert paper.parts(arm) == parts
    assert paper.parts(arm.variant("new", "in its name alone")) == parts


@pytest.mark.parametrize(("text", "count"), [("95", 95), ("1,234", 1234), ("20.000", 20_000)])
def test_a_count_may_have_its_thousands_grouped(text, count):
    assert printed_count(text) == count


@pytest.mark.parametrize("text", ["73.3", ".95", "0.953", "1,23", "1.234,567", "", "12 345x"])
def test_what_is_no_whole_number_is_no_count(text):
    with pytest.raises(ValueError, match="should be a whole number"):
        printed_count(text)
