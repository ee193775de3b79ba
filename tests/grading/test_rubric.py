"""Rubrics: what a good one says, and one sentence for each mistake a teacher can make."""

from datetime import datetime

import pytest
import yaml

from lib import ROOT
from lib.grading.rubric import RubricError, load_rubric

GOOD = {
    "total": 3,
    "items": [
        {"check": "seeds", "at_least": 3, "points": 2},
        {"check": "teacher", "name": "Discussion", "points": 1},
    ],
}


@pytest.fixture
def load(tmp_path):
    def write_and_load(values):
        path = tmp_path / "rubric.yaml"
        path.write_text(values if isinstance(values, str) else yaml.safe_dump(values))
        return load_rubric(path)

    return write_and_load


def test_items_points_and_names_are_read(load):
    rubric = load(GOOD)
    assert [(item.name, item.points) for item in rubric.items] == [
        ("At least 3 seeds", 2),
        ("Discussion", 1),
    ]
    assert (rubric.total, rubric.due, rubric.late_per_day) == (3, None, 0)


def test_a_deadline_and_what_lateness_costs_are_read(load):
    late = {"due": "2026-12-18T23:59+01:00", "late": {"per_day": 0.5}}
    rubric = load(GOOD | late)
    assert rubric.due == datetime.fromisoformat("2026-12-18T22:59+00:00")
    assert (rubric.late_per_day, rubric.late_most) == (0.5, 3)


def test_the_rubric_of_the_guide_can_be_used():
    assert load_rubric(ROOT / "docs" / "rubric.yaml").total == 20


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": 4}, "sum of the items' points, 3; it is 4"),
        ({"totl": 3}, "received 'totl'; the nearest is 'total'"),
        ({"items": []}, "items should be a list"),
        ({"items": [{"check": "seed", "points": 3}]}, "the nearest is 'seeds'"),
        ({"items": [{"check": "seeds", "points": 3}]}, "should have at_least"),
        ({"items": [{"check": "seeds", "at_least": 0, "points": 3}]}, "whole number from 1"),
        ({"items": [{"check": "teacher", "points": 3}]}, "should have name"),
        ({"items": [{"check": "consistent", "points": -3}]}, "a number from 0; it is -3"),
        ({"items": [{"check": "consistent", "points": True}]}, "should be a number"),
        ({"items": [{"check": "consistent", "points": 1, "at_last": 2}]}, "received 'at_last'"),
        ({"items": [{"check": "ran whole", "points": 1}] * 2}, "a name of its own"),
        (
            {"items": [{"check": "exercise", "exercise": "e", "value": 1, "field": "x", "points": 3}]},
            "value or field",
        ),
        ({"due": "tomorrow"}, "due should be a time"),
        ({"due": "2026-12-18T23:59"}, "offset from UTC"),
        ({"late": {"per_day": 1}}, "beside due"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(load, change, said):
    with pytest.raises(RubricError, match=r"rubric\.yaml") as raised:
        load(GOOD | change)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "text", ["items: [", "- a", "!!python/object/apply:os.getcwd []", "", "\0"]
)
def test_what_is_no_rubric_is_refused_and_never_run(load, text):
    with pytest.raises(RubricError, match=r"rubric\.yaml"):
        load(text)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(RubricError, match="--rubric should be a file"):
        load_rubric(tmp_path / "none.yaml")
