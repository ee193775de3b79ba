"""What a control set shows: counted by hand, compared with the same classes, and with its uncertainty."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from lib.evaluation import metrics
from lib.evidence.controls import carry_over, control_records
from lib.results import Control

WORDS = {"c": "cat", "d": "dog"}


def _rows(true: str, predicted: str, groups: Sequence[str] = (), **place) -> pd.DataFrame:
    """What images were called, a letter each."""
    where = {"arm": "net", "protocol": "published", "seed": 0, "fold": 0} | place
    table = {
        "path": [f"{number}.png" for number in range(len(true))],
        "group": list(groups) or "",
        "true": [WORDS[letter] for letter in true],
        "predicted": [WORDS[letter] for letter in predicted],
    }
    return pd.DataFrame(table).assign(**where)


def _shown(true: str, predicted: str, *groups: str, name: str = "far", **place) -> pd.DataFrame:
    return _rows(true, predicted, groups, **place).assign(kind="control", name=name)


def _records(answers: Sequence[pd.DataFrame], tested: Sequence[pd.DataFrame]) -> list[Control]:
    return list(control_records(pd.concat(answers), pd.concat(tested), "slide"))


def _record(shown: pd.DataFrame, tested: pd.DataFrame) -> Control:
    (control,) = _records([shown], [tested])
    return control


# By hand


def test_accuracy_recall_majority_and_answers_are_counted():
    """Of three cats two are called so, and the dog is called a cat."""
    control = _record(_shown("cccd", "ccdc"), _rows("ccdd", "ccdd"))
    assert (control.name, control.by, control.protocol) == ("far", "net", "published")
    assert control.accuracy.mean == 0.5
    assert (control.accuracy.low, control.accuracy.high) == metrics.wilson(2, 4)
    assert {score.of: score.mean for score in control.recalls} == {"cat": 2 / 3, "dog": 0}
    assert {score.metric for score in control.recalls} == {"recall"}
    assert control.majority == 0.75
    assert control.called == {"cat": 0.75, "dog": 0.25}


def test_the_test_images_are_weighted_by_the_shares_of_the_control_set():
    """Recalls of 1/2 (cat) and 1 (dog): a set of three cats and a dog would have 5/8."""
    control = _record(_shown("cccd", "cccd"), _rows("ccddd", "cdddd"))
    assert control.on_test.mean == pytest.approx(5 / 8)
    assert control.gap.mean == pytest.approx(3 / 8)


def test_a_class_that_the_control_set_lacks_does_not_count():
    control = _record(_shown("cc", "cd"), _rows("cccdd", "ccdcc"))
    assert control.on_test.mean == pytest.approx(2 / 3)
    assert control.gap.mean == pytest.approx(1 / 2 - 2 / 3)
    assert carry_over(control) == "no difference shown"


def test_without_a_class_in_common_there_is_no_difference():
    control = _record(_shown("cc", "cd"), _rows("dd", "dd"))
    assert (control.on_test, control.gap) == (None, None)
    assert carry_over(control) == "no difference shown"


def test_a_class_that_a_seed_did_not_test_is_not_in_common():
    answers = [_shown("cd", "cd", seed=seed) for seed in (0, 1)]
    tested = [_rows("cd", "dd"), _rows("dd", "dd", seed=1)]
    (control,) = _records(answers, tested)
    assert control.on_test.per_seed == [1, 1]


def test_of_several_folds_each_image_counts_once():
    """Two models, two images; three of four answers are right. The test images are those of both folds."""
    answers = [_shown("cc", "cc", fold=0), _shown("cc", "cd", fold=1)]
    tested = [_rows("c", "c", fold=0), _rows("c", "d", fold=1)]
    (control,) = _records(answers, tested)
    assert control.accuracy.mean == 0.75
    assert (control.accuracy.low, control.accuracy.high) == metrics.wilson(1.5, 2)
    assert control.on_test.mean == 0.5


def test_seeds_are_averaged_in_the_order_of_the_run():
    answers = [_shown("cc", called, seed=seed) for seed, called in ((7, "cc"), (2, "dd"))]
    tested = [_rows("cc", called, seed=seed) for seed, called in ((2, "cd"), (7, "cc"))]
    (control,) = _records(answers, tested)
    assert control.accuracy.per_seed == [1, 0]
    assert control.accuracy.mean == 0.5


def test_every_set_model_and_protocol_is_counted_apart():
    answers = [
        _shown("c", "d"),
        _shown("c", "c", arm="colour"),
        _shown("c", "c", name="near"),
        _shown("c", "c", protocol="grouped"),
    ]
    tested = [_rows("c", "c"), _rows("c", "c", arm="colour"), _rows("c", "c", protocol="grouped")]
    found = [(of.name, of.by, of.protocol, of.accuracy.mean) for of in _records(answers, tested)]
    assert found == [
        ("far", "net", "published", 0),
        ("far", "colour", "published", 1),
        ("near", "net", "published", 1),
        ("far", "net", "grouped", 1),
    ]


# Uncertainty


def test_48_of_60_and_69_of_100_show_nothing():
    """One class in common: a difference of -0.11, whose interval by Newcombe's method 10 includes 0."""
    control = _record(
        _shown("c" * 100, "c" * 69 + "d" * 31), _rows("c" * 60 + "d" * 60, "c" * 48 + "d" * 72)
    )
    assert control.gap.mean == pytest.approx(0.69 - 0.80)
    bounds = metrics.newcombe((0.69, 0.80), (100, 60))
    assert (control.gap.low, control.gap.high) == pytest.approx(bounds, abs=0.005)
    assert control.gap.low < 0 < control.gap.high
    assert carry_over(control) == "no difference shown"


@pytest.mark.parametrize(
    ("here", "there", "expected"), [(95, 60, "lower"), (60, 95, "higher"), (80, 80, None)]
)
def test_a_difference_is_told_where_its_interval_excludes_0(here, there, expected):
    control = _record(
        _shown("c" * 100, "c" * there + "d" * (100 - there)),
        _rows("c" * 100, "c" * here + "d" * (100 - here)),
    )
    assert carry_over(control) == (expected or "no difference shown")


def test_images_of_one_group_tell_less_than_as_many_alone():
    called = "c" * 40 + "d" * 20
    groups = [str(number // 10) for number in range(60)]
    alone = _record(_shown("c" * 60, called), _rows("c" * 60, called))
    grouped = _record(_shown("c" * 60, called, *groups), _rows("c" * 60, called, groups))
    for wide, narrow in ((grouped.accuracy, alone.accuracy), (grouped.on_test, alone.on_test)):
        assert wide.mean == narrow.mean
        assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert "slide" in grouped.on_test.method
    assert "slide" not in grouped.accuracy.method  # a group of another set


def test_a_few_images_of_much_weight_are_no_more_than_they_are():
    """All right: 10 cats and 1,000 dogs that count by halves tell as much as 39.6 equal images (Kish)."""
    control = _record(_shown("cd", "cd"), _rows("c" * 10 + "d" * 1000, "c" * 10 + "d" * 1000))
    effective = 1 / (0.5**2 / 10 + 0.5**2 / 1000)
    assert effective == pytest.approx(39.6, abs=0.01)
    bounds = metrics.wilson(effective, effective)
    assert (control.on_test.low, control.on_test.high) == pytest.approx(bounds)


def test_the_interval_of_weighted_recalls_covers_them():
    """Simulated: recalls of 0.9 and 0.6, of 200 and 20 images, which count by halves."""
    rng, covered = np.random.default_rng(0), 0
    shown = _shown("c" * 10 + "d" * 10, "c" * 10 + "d" * 10)
    for _ in range(60):
        hits = [*(rng.random(200) < 0.9), *(rng.random(20) < 0.6)]
        true = "c" * 200 + "d" * 20
        called = "".join(
            letter if hit else "dc"["cd".index(letter)]
            for letter, hit in zip(true, hits, strict=True)
        )
        score = _record(shown, _rows(true, called)).on_test
        covered += score.low <= 0.75 <= score.high
    assert 0.91 <= covered / 60 <= 0.99
