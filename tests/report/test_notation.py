"""How numbers, units and metrics are written, and whose accuracy stands for an arm."""

import made_up_paper as made_up
import made_up_runs
import pytest

from lib import results
from lib.report import notation
from lib.results import Choice


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("f1", "F1-score"),
        ("cell", "Images"),
        ("recall", "Recall"),
        ("misclassified", "Misclassified"),
    ],
)
def test_metrics_are_named_as_the_field_does(metric, name):
    assert notation.metric_name(metric) == name


def _tried(name: str, *accuracies: float) -> list[Choice]:
    """A choice of "net" whose first value is the run's own."""
    return [
        Choice(arm="net", name=name, value=str(number), used=number == 0, accuracy=accuracy)
        for number, accuracy in enumerate(accuracies)
    ]


SEED, SPLIT = "seed of the weights", "seed of the split"


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ([], ""),
        (_tried("epoch", 0.9, 0.1), ""),
        (_tried("batch size", 0.9), ""),  # the run's own alone
        (_tried(SEED, 0.928, 0.942), "another seed … gives 0.942 instead of 0.928"),
        (
            [
                *_tried("epoch", 0.7, 0.1),
                *_tried("batch size", 0.9, 0.95),
                *_tried(SPLIT, 0.9, 0.8),
            ],
            "another split or setting … gives 0.800 to 0.950 instead of 0.900",
        ),
        (
            [
                *_tried("learning rate", 0.9, 0.5),
                *_tried(SPLIT, 0.9, 0.8),
                *_tried(SEED, 0.9, 0.91),
            ],
            "another seed, split or setting … gives 0.500 to 0.910 instead of 0.900",
        ),
    ],
)
def test_the_spread_of_choices_is_that_of_what_was_trained_again(choices, text):
    assert notation.choice_spread(choices) == text.replace("…", "that the paper leaves open")


@pytest.mark.parametrize(
    ("printed", "unit", "text"),
    [
        ("94,8", "percent", "“94,8 %”"),
        ("20.000", "count", "“20.000”"),
        ("0.95", "fraction", "0.95"),
        ("1.234", "count", "“1.234”"),
        ("8.61", "MB", "8.61 MB"),
        ("642.50", "KB", "642.50 KB"),
    ],
)
def test_a_printed_number_keeps_its_digits_and_gets_its_unit(printed, unit, text):
    assert notation.as_printed(made_up.result(printed=printed, unit=unit)) == text


@pytest.mark.parametrize(
    ("metric", "unit", "value", "text"),
    [
        ("accuracy", "", 0.94839, "0.948"),
        ("loss", "loss", 1, "1.000"),
        ("support", "", 71.0, "71"),
        ("cell", "", 141.8, "141.8"),
        ("correct", "", 3, "3"),
        ("misclassified", "", 2.26, "2.3"),
        ("parameters", "", 163968, "163968"),
        ("epoch", "", 14.5, "14.5"),
        ("accuracy", "count", 5, "5"),
    ],
)
def test_counts_are_whole_and_their_means_have_one_decimal(metric, unit, value, text):
    assert notation.number_format(metric, unit)(value) == text


def test_a_score_stands_with_its_interval_in_the_digits_of_its_metric():
    assert (
        notation.score_interval(made_up.score(0.9436, low=0.918, high=0.9652))
        == "0.944 [0.918, 0.965]"
    )
    counted = made_up.score(3, 4, metric="support", low=3, high=4)
    assert notation.score_interval(counted) == "3.5 [3, 4]"
    same = made_up.score(10, low=10, high=10, metric="support")
    assert notation.score_interval(same) == "10"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["published"], "published"),
        (["grouped", "published", "grouped"], "published"),
        (["grouped", "grouped"], "grouped"),
    ],
)
def test_the_papers_protocol_is_shown_where_it_was_run(names, shown):
    assert results.shown_protocol(iter(names)) == shown


def test_only_another_protocol_than_the_papers_is_named():
    assert notation.protocol_note("published") == ""
    assert notation.protocol_note("grouped") == " Protocol: grouped."


@pytest.fixture
def scores():
    """One score that counts for each of two arms under two protocols, among others that do not."""
    others = [
        made_up.score(0.1, part="train"),
        made_up.score(0.2, metric="recall"),
        made_up.score(0.3, of="best epoch"),
        made_up.score(0.4, epoch=3),
    ]
    counted = [
        made_up.score(value, arm=arm, protocol=protocol)
        for value, arm, protocol in (
            (0.5, "net", "grouped"),
            (0.6, "net", "published"),
            (0.7, "other", "grouped"),
            (0.8, "other", "published"),
        )
    ]
    return others + counted


def test_the_headline_is_the_accuracy_on_test_images_after_training(scores):
    assert results.headline(scores, "net").mean == 0.6
    assert results.headline(scores, "other").mean == 0.8


def test_headlines_are_those_of_one_protocol(scores):
    assert [score.mean for score in results.headlines(scores)] == [0.6, 0.8]
    assert [score.mean for score in results.headlines(scores, "grouped")] == [0.5, 0.7]


def test_without_the_papers_protocol_the_other_one_gives_the_headline(scores):
    # Counts of parameters belong to no protocol and carry the paper's name.
    counts = made_up.score(7, metric="parameters", of="total", part="")
    grouped = [score for score in scores if score.protocol == "grouped"]
    assert results.headline([counts, *grouped], "other").mean == 0.7


@pytest.mark.parametrize(
    ("basis", "name"),
    [
        ("known groups", "grouped"),
        ("partly known groups", "partly grouped"),
        ("search", "by-look"),
        ("near-duplicates", "by-look"),
    ],
)
def test_only_a_split_by_known_groups_is_called_grouped(basis, name):
    grouping = made_up_runs.grouping(basis=basis)
    assert notation.protocol_name(grouping, "grouped") == name
    assert notation.protocol_name(grouping, "published") == "published"
    assert notation.protocol_note(notation.protocol_name(grouping, "published")) == ""
    assert (
        notation.protocol_note(notation.protocol_name(grouping, "grouped")) == f" Protocol: {name}."
    )
