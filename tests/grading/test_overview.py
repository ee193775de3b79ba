"""The page of the class: variance from its own seeds, outliers, counted by hand."""

import pytest

from lib.grading.assess import SeedAccuracy
from lib.grading.overview import _far, spread_sentences, widest_spread


def accuracies(*pairs: tuple[int, float], model="net", setting="s") -> list[SeedAccuracy]:
    return [
        SeedAccuracy(model=model, setting=setting, seed=seed, accuracy=accuracy)
        for seed, accuracy in pairs
    ]


def test_the_spread_is_that_of_most_seeds_under_the_same_settings():
    spread = widest_spread(
        {
            "ada": accuracies((1, 0.8), (2, 0.9)) + accuracies((1, 0.1), model="other"),
            "alan": accuracies((3, 0.7)),
            "eve": accuracies((4, 0.2), (5, 0.2), setting="other"),
        }
    )
    assert spread.model == "net"
    assert spread.points == (("ada", 1, 0.8), ("ada", 2, 0.9), ("alan", 3, 0.7))


def test_a_run_that_two_handed_in_counts_once():
    same = accuracies((1, 0.8), (2, 0.9), (3, 0.7))
    assert len(widest_spread({"ada": same, "eve": same}).points) == 3


def test_two_seeds_make_no_spread():
    assert widest_spread({"ada": accuracies((1, 0.8), (2, 0.9))}) is None
    assert widest_spread({}) is None


def test_the_two_sentences_have_the_classes_own_numbers():
    # 0.7, 0.8, 0.9: mean 0.8, standard deviation 0.1; apart by 0.1, 0.1 and 0.2, median 0.1.
    of_class = {"ada": accuracies((1, 0.7), (2, 0.8)), "alan": accuracies((1, 0.9))}
    first, second = spread_sentences(widest_spread(of_class))
    assert "3 seeds of 2 students gave accuracies from 0.700 to 0.900" in first
    assert "on average 0.800 with a standard deviation of 0.100" in first
    assert "by 10.0 percentage points or more" in second


@pytest.mark.parametrize(
    ("values", "far"),
    [
        # Median 10, deviations 1, 0, 1, 2, 90: median 1; 0.6745 * 90 = 60.7 > 3.5.
        ({"a": 9, "b": 10, "c": 11, "d": 8, "e": 100}, ["e"]),
        # 0.6745 * 5 = 3.37 is not.
        ({"a": 9, "b": 10, "c": 11, "d": 8, "e": 15}, []),
        ({"a": 5, "b": 5, "c": 5, "d": 9}, []),
        ({"a": 1, "b": 100}, []),
    ],
)
def test_far_is_what_the_modified_z_score_says(values, far):
    assert _far(values) == far
