"""Tables that compare arms: what they show for one arm and its variant, cell by cell."""

import re
from itertools import product

import made_up_paper as made_up
import pytest
from bs4 import BeautifulSoup

from lib import report
from lib.papers.declare import epoch_log
from lib.results import Cost, Difference, Results

MARK = "Synthetic images"


def _page(shown) -> BeautifulSoup:
    return BeautifulSoup(shown.html, "html.parser")


def _cells(shown) -> list[list[str]]:
    return [
        [cell.get_text() for cell in line.find_all("td")]
        for line in _page(shown).select("tbody tr")
    ]


def _columns(shown) -> list[str]:
    return [one.get_text() for one in _page(shown).select("th")]


@pytest.fixture
def results(with_variant) -> Results:
    """15 of 15 images right with both seeds; the variant 14 and 12 of 15."""
    return with_variant.collect()


# Variants


def test_every_arm_stands_beside_its_variants_with_pixels_accuracy_and_difference(paper, results):
    arm, variant = _cells(report.variants(paper, results, MARK))
    assert arm[:2] == ["mobilenetv2", "[0, 1]"]
    assert arm[2].startswith("1.000 [0.")
    assert arm[3:] == ["–", "as declared"]
    assert variant[:2] == ["mobilenetv2-native", "[-1, 1]"]
    assert variant[2].startswith("0.867 [0.")  # of 14/15 and 12/15
    assert variant[3] == "-0.133 (-0.200 to -0.067)"
    assert variant[4] == paper.arm("mobilenetv2-native").differs


def test_a_variant_that_is_better_has_a_plus(paper, with_variant):
    names = {"mobilenetv2": "mobilenetv2-native", "mobilenetv2-native": "mobilenetv2"}
    with_variant.predictions["arm"] = with_variant.predictions["arm"].map(names)
    rows = {row[0]: row for row in _cells(report.variants(paper, with_variant.collect(), MARK))}
    assert rows["mobilenetv2-native"][3] == "+0.133 (+0.067 to +0.200)"
    assert rows["mobilenetv2"][3] == "–"


def test_the_pixels_are_those_of_this_run_not_those_declared(paper, results):
    settings = results.settings | {
        "training": {name: {"pixel_scaling": "[0, 255]"} for name in results.settings["training"]}
    }
    changed = results.model_copy(update={"settings": settings})
    assert [row[1] for row in _cells(report.variants(paper, changed, MARK))] == ["[0, 255]"] * 2


def test_variants_are_compared_under_one_protocol_the_papers_where_it_was_run():
    scores = [
        made_up.score(value, arm=arm, protocol=protocol, low=value, high=value)
        for protocol, arm, value in (
            ("grouped", "net", 0.5),
            ("grouped", "net-native", 0.7),
            ("published", "net", 0.8),
            ("published", "net-native", 0.9),
        )
    ]
    declared = made_up.arm(differs="")
    paper = made_up.paper(declared, variants=(declared.variant("native", "other pixels"),))
    both = _compared(scores, {"grouped": 0.2, "published": 0.1})
    shown = report.variants(paper, both, MARK)
    assert [row[2:4] for row in _cells(shown)] == [
        ["0.800 [0.800, 0.800]", "–"],
        ["0.900 [0.900, 0.900]", "+0.100 (+0.100 to +0.100)"],
    ]
    assert "Protocol" not in _page(shown).figcaption.get_text()
    alone = _compared(scores[:2], {"grouped": 0.2})
    shown = report.variants(paper, alone, MARK)
    assert [row[2:4] for row in _cells(shown)] == [
        ["0.500 [0.500, 0.500]", "–"],
        ["0.700 [0.700, 0.700]", "+0.200 (+0.200 to +0.200)"],
    ]
    assert _page(shown).figcaption.get_text().endswith(" Protocol: grouped.")


def _compared(scores, apart: dict[str, float]) -> Results:
    """A record as far as scores, and how far the variant lies from "net" under each protocol, go."""
    settings = {"training": {arm: {"pixel_scaling": "[0, 1]"} for arm in ("net", "net-native")}}
    pair = {"arm": "net-native", "versus": "net"}
    differences = [
        Difference(**pair, protocol=name, mean=by, low=by, high=by, per_seed=[by])
        for name, by in apart.items()
    ]
    return Results.model_construct(scores=scores, differences=differences, settings=settings)


def test_an_arm_alone_has_no_difference(paper, record):
    (row,) = _cells(report.variants(paper, record.collect(), MARK))
    assert (row[0], row[3]) == ("mobilenetv2", "–")


# Best epochs


def test_the_last_epoch_stands_beside_the_best_one(results):
    shown = report.best_epochs(results.scores, MARK)
    assert _columns(shown) == ["Arm", "Last epoch", "Best epoch", "Which epochs were best"]
    assert _cells(shown) == [
        # of one epoch with validation accuracies of 0.4 and 0.6
        ["mobilenetv2", "1.000", "0.500", "1 to 1"],
        # of 14/15 and 12/15; of 0.95 in the second epoch and 0.75 in the first
        ["mobilenetv2-native", "0.867", "0.850", "1 to 2"],
    ]


def test_the_best_epochs_are_those_of_one_protocol():
    scores = [
        one
        for protocol, last, best in (("grouped", 0.5, 0.6), ("published", 0.7, 0.8))
        for one in (
            made_up.score(last, protocol=protocol),
            made_up.score(best, protocol=protocol, of="best epoch", part="validation"),
            made_up.score(2, protocol=protocol, of="best epoch", metric="epoch", part="validation"),
        )
    ]
    both, alone = report.best_epochs(scores, MARK), report.best_epochs(scores[:3], MARK)
    assert _cells(both) == [["net", "0.700", "0.800", "2 to 2"]]
    assert _cells(alone) == [["net", "0.500", "0.600", "2 to 2"]]
    captions = [_page(one).figcaption.get_text() for one in (both, alone)]
    assert ["Protocol: grouped." in one for one in captions] == [False, True]


def test_it_is_said_that_the_best_epoch_flatters(results):
    caption = _page(report.best_epochs(results.scores, MARK)).figcaption.get_text()
    assert "chosen by looking at the test images, so it flatters" in caption


# Costs


def test_costs_are_told_in_readable_units(results):
    shown = report.costs(results.costs, MARK)
    assert _cells(shown) == [
        ["mobilenetv2", "1,234,567", "300", "9.4", "1,042.5", "3.25", "0.75"],
        ["mobilenetv2-native", "2,469,134", "600", "18.8", "2,085.0", "6.50", "1.50"],
    ]
    assert _columns(shown)[0] == "Arm"
    units = ["", "", "(M)", "(MB)", "Images/s", "(s)", "(s)"]
    assert all(unit in name for unit, name in zip(units, _columns(shown), strict=True))
    text = _page(shown).figcaption.get_text()
    assert "millions for one image" in text
    assert "once for all seeds and epochs" in text
    assert "the epochs of one fold" in text


def test_an_arm_without_a_frozen_part_has_no_time_for_features():
    cost = Cost(
        arm="cnn",
        parameters=999,
        multiply_adds=1_499_999,
        file_bytes=49_999,
        images_per_second=0.1,
        feature_seconds=0,
        training_seconds=4000.5,
    )
    assert _cells(report.costs([cost], MARK)) == [
        ["cnn", "999", "1", "0.0", "0.1", "0.00", "4,000.50"]
    ]


# Training images against test images

LOG = (("accuracy", "train"), ("accuracy", "validation"))


def _on_parts(arm: str, train: float | None, test: float, **changes) -> list:
    parts = {"train": train, "test": test}
    return [
        made_up.score(value, arm=arm, part=part, low=value - 0.1, high=value + 0.1, **changes)
        for part, value in parts.items()
        if value is not None
    ]


def test_accuracy_on_training_images_stands_beside_that_on_others_the_papers_and_ours():
    claims = [
        made_up.claim("accuracy", "98.01", arm="a", unit="percent", part="train", where="Abstract"),
        *epoch_log([(2, "0.7", "0.6"), (3, "0.98", "0.78")], LOG, where="T", arm="a"),
        # Of the trained model, not of it as a whole, or no accuracy.
        made_up.claim("recall", "0.1", arm="b", of="cat"),
        made_up.claim("loss", "0.3", arm="b", unit="loss"),
        made_up.claim("accuracy", "0.2", arm="b", of="best epoch", part="validation"),
        made_up.claim("accuracy", "0.90", arm="b"),
    ]
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"), claims=claims)
    scores = [
        *_on_parts("a", 0.9, 0.6),
        *_on_parts("a", 0.3, 0.2, protocol="grouped"),
        *_on_parts("a", 0.3, 0.2, epoch=3),
        *_on_parts("b", None, 0.7),
        *_on_parts("a-native", 0.5, 0.5),
    ]
    shown = report.training_against_test(scores, paper, MARK)
    assert _columns(shown) == [
        "Arm",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    ]
    assert _cells(shown) == [
        ["a", "98.01 %", "0.78", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"],
        ["b", "–", "0.90", "–", "0.700 [0.600, 0.800]"],
    ]
    caption = _page(shown).figcaption.get_text()
    assert caption.startswith(f"{MARK}. Accuracy on training images beside")
    assert "Protocol" not in caption


def test_training_against_test_takes_the_other_protocol_where_the_papers_was_not_run():
    scores = _on_parts("net", 0.9, 0.6, protocol="grouped")
    shown = report.training_against_test(scores, made_up.paper(), MARK)
    assert _cells(shown)[0][3:] == ["0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"]
    assert _page(shown).figcaption.get_text().endswith(" Protocol: grouped.")


# All of them


def _tables(paper, results: Results) -> list:
    return [
        report.variants(paper, results, MARK),
        report.best_epochs(results.scores, MARK),
        report.costs(results.costs, MARK),
    ]


def test_every_table_of_our_numbers_carries_the_mark(paper, results):
    for shown in _tables(paper, results):
        assert _page(shown).figcaption.get_text().startswith(f"{MARK}. ")


def test_every_number_is_marked_as_a_number_and_stands_in_the_record(paper, results):
    known = _written(results)
    shown = 0
    for table in _tables(paper, results):
        for cell in _page(table).select("td.number"):
            numbers = re.findall(r"[+-]?\d+(?:\.\d+)?", cell.get_text().replace(",", ""))
            if "[" in cell.get_text():  # an interval: "0.944 [0.918, 0.965]"
                numbers = re.findall(r"\d\.\d+", cell.get_text())
            assert [one for one in numbers if one.lstrip("+") not in known] == []
            shown += len(numbers)
        words = [cell.get_text() for cell in _page(table).select("td:not(.number)")]
        assert [text for text in words if re.fullmatch(r"[-+\d.,]+", text)] == []
    assert shown == (3 + 3 + 3) + 2 * 4 + 2 * 6


def test_a_number_that_is_not_in_the_record_would_be_noticed(results):
    assert not {"0.134", "-0.132", "1234568", "301", "9.5"} & _written(results)


def _written(results: Results) -> set[str]:
    """Every number of the record in the forms that these tables may give it."""
    found = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", results.model_dump_json())
    scaled = [float(one) / unit for one, unit in product(found, (1, 1e6))]
    return {f"{one:.{digits}f}" for one in scaled for digits in range(4)}
