"""What holds for the tables and figures of every section."""

import dataclasses
import re
from itertools import product

import pytest
from report_html import alts, captions, cells, page

from lib import report
from lib.evaluation.curves import epoch_spread
from lib.results import Results

ALL_ARMS = "Substitute images; random weights"
MARK = "Synthetic images"
MARKS = {"": "Of all arms", "mobilenetv2": MARK}


@pytest.fixture
def results(with_variant) -> Results:
    """15 of 15 images right with both seeds; the variant 14 and 12 of 15."""
    return with_variant.collect()


def test_a_run_of_the_grouped_protocol_alone_fills_every_table_and_figure(with_variant, paper):
    with_variant.predictions["protocol"] = with_variant.history["protocol"] = "grouped"
    with_variant.folds = [
        dataclasses.replace(fold, protocol="grouped") for fold in with_variant.folds
    ]
    with_variant.splits = with_variant.splits.rename(
        columns=lambda name: name.replace("published", "grouped")
    )
    results, history = with_variant.collect(), with_variant.history
    for shown in (
        report.curve_figure(history, results.learning, paper, results.grouping, MARKS),
        report.validation_figure(history, results.learning, paper, results.grouping, MARKS),
        report.confusion_figure(
            results.confusions, results.learning, paper, results.grouping, MARKS
        ),
    ):
        assert "by-look" in alts(shown)[0]
    for shown in (
        report.classification_table(
            results.scores, results.learning, paper, results.grouping, MARKS
        ),
        report.seed_figure(
            results.scores, results.learning, paper, [0, 1], results.grouping, MARKS
        ),
        report.seed_table(results.scores, paper, [0, 1], results.grouping, MARKS),
        report.training_test_table(results.scores, paper, results.grouping, {"": MARK}),
        report.variant_table(paper, results),
        report.best_epoch_table(results),
    ):
        assert captions(shown)
        assert all(text.endswith(" Protocol: by-look.") for text in captions(shown))
    assert {
        row[0] for row in cells(report.fold_table(results.folds, results.data, results.grouping))
    } == {"by-look"}
    # The paper's scores were measured under its own protocol, so none of them is compared.
    compared = [claim for claim in results.claims if claim.reproduced is not None]
    assert {claim.metric for claim in compared} <= {"parameters", "memory"}


# All of them


def _tables(paper, results: Results) -> list:
    return [
        report.variant_table(paper, results),
        report.best_epoch_table(results),
        report.cost_table(results),
    ]


def test_every_table_of_our_numbers_carries_the_mark(paper, results):
    for shown in _tables(paper, results):
        assert all(text.startswith(f"{ALL_ARMS}. ") for text in captions(shown))


def test_every_number_is_marked_as_a_number_and_stands_in_the_record(paper, results):
    known = _written(results)
    shown = 0
    for table in _tables(paper, results):
        for cell in page(table).select("td.number"):
            numbers = re.findall(r"[+-]?\d+(?:\.\d+)?", cell.get_text().replace(",", ""))
            if "[" in cell.get_text():  # an interval: "0.944 [0.918, 0.965]"
                numbers = re.findall(r"-?\d\.\d+", cell.get_text())
            assert [number for number in numbers if number.lstrip("+") not in known] == []
            shown += len(numbers)
        words = [cell.get_text() for cell in page(table).select("td:not(.number)")]
        assert [text for text in words if re.fullmatch(r"[-+\d.,]+", text)] == []
    last_epochs = 4  # of the one arm that has several: two accuracies, two epochs
    best = 3 + 4  # last, best, and the epoch that was best, or the first and last of several
    assert shown == (3 + 3 + 3) + best + last_epochs + 2 * 6


def test_a_number_that_is_not_in_the_record_would_be_noticed(results):
    # No positive number of one decimal: hashes hold digits that read as one, such as 95e5.
    assert not {"0.134", "-0.132", "1234568", "301", "-9.5"} & _written(results)


def _written(results: Results) -> set[str]:
    """Every number of the record, and means of its last epochs, in the forms that these tables may give it."""
    numbers = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", results.model_dump_json())
    spreads = [
        epoch_spread(results.last_epochs, model.arm, "published") for model in results.models
    ]
    numbers += [bound for spread in spreads if spread for bound in (spread.low, spread.high)]
    scaled = [float(number) / unit for number, unit in product(numbers, (1, 1e6))]
    return {f"{value:.{digits}f}" for value in scaled for digits in range(4)}
