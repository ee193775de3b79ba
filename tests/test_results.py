"""The schema: scores over seeds counted by hand, and records that no reader could misread."""

import pytest
from pydantic import ValidationError

from lib.results import SCHEMA_VERSION, Confusion, Results, Score, fold_name, shown_protocol

KEY = ("net", "published", "cell", "a → b", "train", None)


def test_a_score_is_the_mean_and_the_standard_deviation_of_its_seeds():
    score = Score.over_seeds(KEY, [2, 4, 4, 6], 2, 6, "range over seeds")
    assert (score.mean, score.per_seed) == (4.0, [2.0, 4.0, 4.0, 6.0])
    assert score.sd == pytest.approx((8 / 3) ** 0.5)  # n - 1 in the denominator
    assert (score.low, score.high, score.method) == (2.0, 6.0, "range over seeds")
    assert (score.arm, score.protocol, score.metric) == ("net", "published", "cell")
    assert (score.of, score.part, score.epoch) == ("a → b", "train", None)


def test_one_seed_has_no_standard_deviation():
    score = Score.over_seeds((*KEY[:5], 3), [0.25], 0.1, 0.4, "by hand")
    assert (score.mean, score.sd, score.epoch) == (0.25, None, 3)


def test_equal_seeds_do_not_spread_by_rounding():
    score = Score.over_seeds(KEY, [0.1] * 3, 0.1, 0.1, "by hand")
    assert (score.mean, score.sd) == (pytest.approx(0.1), 0.0)


def test_a_key_of_another_length_is_an_error():
    with pytest.raises(ValueError, match="expected 6"):
        Score.over_seeds(KEY[:5], [1], 1, 1, "by hand")


@pytest.mark.parametrize("part", ["validation", "", "Test"])
def test_a_matrix_is_of_test_or_training_images(part):
    values = {"arm": "net", "protocol": "published", "seed": 0, "folds": 1, "counts": [[1]]}
    assert [Confusion(**values, part=one).part for one in ("test", "train")] == ["test", "train"]
    with pytest.raises(ValidationError, match="should be 'test' or 'train'"):
        Confusion(**values, part=part)


def test_the_version_is_the_one_that_the_schema_asks_for():
    assert Results.model_fields["schema_version"].default == SCHEMA_VERSION == 11
    asked = Results.model_json_schema()["properties"]["schema_version"]
    assert asked["const"] == SCHEMA_VERSION


def test_a_fold_is_named_by_protocol_seed_and_number():
    assert fold_name("grouped", 3, 1) == "grouped 3 1"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["grouped", "official", "published"], "published"),
        (["grouped", "official"], "official"),
        (["official", "grouped", "grouped"], "official"),
        (["grouped"], "grouped"),
    ],
)
def test_the_protocol_that_is_shown_does_not_depend_on_the_order_they_were_run_in(names, shown):
    assert shown_protocol(names) == shown_protocol(iter(names)) == shown
