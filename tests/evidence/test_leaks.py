"""Test images that share something with a training image: how many, how much easier, counted by hand."""

import made_up_paper
import pandas as pd
import pytest
from answer_rows import answer_rows, joined

from lib.evaluation.intervals import BY_GROUP, accuracy_score, named
from lib.evidence.leaks import ease, is_easier, leak_records
from lib.results import Leak, fold_name


def _leaks(
    *tables: pd.DataFrame, splits: pd.DataFrame | None = None, searched: bool = False
) -> dict:
    """(arm, protocol, by) → leak."""
    if splits is None:
        splits = pd.DataFrame({"path": ["a"], "group": [""]})
    found = leak_records(joined(*tables), splits, "slide", searched=searched)
    return {(one.arm, one.protocol, one.by): one for one in found}


def test_images_with_a_twin_are_scored_apart_from_the_others():
    found = _leaks(answer_rows("++-+--++", twins="iinn...."))
    same, near = (found["net", "published", by] for by in ("identical pixels", "near-duplicate"))
    assert len(found) == 4
    assert (same.share, near.share) == (2 / 8, 4 / 8)
    assert (same.sharing.mean, same.others.mean) == (1, pytest.approx(3 / 6))
    # A copy pixel for pixel is a near-duplicate, too.
    assert (near.sharing.mean, near.others.mean) == (3 / 4, 2 / 4)
    assert near.sharing == accuracy_score("net", "published", answer_rows("++-+"), "slide")


def test_a_look_alike_is_counted_apart_with_all_that_is_closer():
    found = _leaks(answer_rows("+-+-", twins="ina."), searched=True)
    shares = {by: leak.share for (_, _, by), leak in found.items()}
    assert shares == {
        "identical pixels": 1 / 4,
        "near-duplicate": 2 / 4,
        "look-alike": 3 / 4,
        "group": None,
    }


def test_what_was_not_looked_at_has_a_record_without_a_number():
    found = _leaks(answer_rows("+-", twins="n."))
    for by in ("look-alike", "group"):
        leak = found["net", "published", by]
        assert (leak.share, leak.sharing, leak.others) == (None, None, None)


def test_where_no_image_or_every_image_has_a_twin_one_side_is_unknown():
    found = _leaks(answer_rows("+-+", twins="nnn"))
    same, near = (found["net", "published", by] for by in ("identical pixels", "near-duplicate"))
    assert (same.share, same.sharing, same.others.mean) == (0, None, pytest.approx(2 / 3))
    assert (near.share, near.sharing.mean, near.others) == (1, pytest.approx(2 / 3), None)


def test_a_share_is_a_mean_over_seeds_over_all_their_folds():
    """Seed 0: 1 of 4 images in two folds; seed 1: 1 of 2."""
    found = _leaks(
        *(answer_rows("++", twins="n.", fold=0), answer_rows("-+", twins="..", fold=1)),
        answer_rows("-+", twins="n.", seed=1),
    )
    near = found["net", "published", "near-duplicate"]
    assert near.share == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert near.sharing.per_seed == [1, 0]
    assert near.others.per_seed == pytest.approx([2 / 3, 1])


def test_a_seed_without_a_twin_has_no_score_on_twins():
    found = _leaks(answer_rows("+-", twins="n."), answer_rows("++", twins="..", seed=1))
    near = found["net", "published", "near-duplicate"]
    assert near.share == 0.25
    assert (near.sharing.per_seed, near.others.per_seed) == ([1], [0, 1])


def test_every_arm_and_protocol_has_its_own_leaks():
    found = _leaks(
        *(answer_rows("++", twins="n.", arm=arm) for arm in ("one", "two")),
        answer_rows("+-", twins="..", arm="one", protocol="grouped"),
    )
    assert {key[:2] for key in found} == {
        *(("one", "published"), ("two", "published"), ("one", "grouped"))
    }
    assert found["one", "grouped", "near-duplicate"].share == 0


def _splits(**sides: str) -> pd.DataFrame:
    """Images a, b, … of groups; a fold's name → the side of each: "r" training, "e" test, "." neither."""
    groups = sides.pop("groups")
    words = {"r": "train", "e": "test", ".": ""}
    table = pd.DataFrame({"path": list("abcdefgh")[: len(groups)], "group": list(groups)})
    for column, letters in sides.items():
        table[column.replace("_", " ")] = [words[one] for one in letters]
    return table


def test_images_of_a_group_that_is_trained_on_are_scored_apart():
    """1 and 2 are trained on; of 1 one image is tested on, of 3 two."""
    splits = _splits(groups="112133", published_0_0="rerree")
    found = _leaks(answer_rows("+-+", paths="bef", groups="133"), splits=splits)
    group = found["net", "published", "group"]
    assert group.share == pytest.approx(1 / 3)
    assert (group.sharing.mean, group.others.mean) == (1, 1 / 2)


def test_a_group_is_trained_on_in_one_fold_and_not_in_another():
    """1 has two images: both tested on in one fold, one of them in the other. Another seed differs."""
    splits = _splits(groups="1123", published_0_0="eerr", published_0_1="rere", grouped_0_0="errr")
    assert fold_name("published", 0, 1) in splits
    tables = [
        answer_rows("+-", paths="ab", groups="11", fold=0),
        answer_rows("+-", paths="bd", groups="13", fold=1),
        answer_rows("+", paths="a", groups="1", protocol="grouped"),
    ]
    found = _leaks(*tables, splits=splits)
    assert found["net", "published", "group"].share == 1 / 4  # b in fold 1
    assert found["net", "published", "group"].sharing.mean == 1
    assert found["net", "grouped", "group"].share == 1
    # Not what is neither trained nor tested on.
    splits["grouped 0 0"] = ["test", "", "train", "train"]
    assert _leaks(*tables, splits=splits)["net", "grouped", "group"].share == 0


@pytest.mark.parametrize("groups", ["", "1 23"])
def test_unless_every_group_is_known_none_is_looked_at(groups):
    splits = _splits(groups="1123", published_0_0="eerr")
    splits["group"] = [one.strip() for one in groups] if groups else ""
    found = _leaks(answer_rows("+-", paths="ab", groups="11"), splits=splits)
    looked_at = {by for (*_, by), leak in found.items() if leak.share is not None}
    assert looked_at == {"identical pixels", "near-duplicate"}


# Easier?


def _sides(sharing: tuple, others: tuple | None, method: str = "by hand") -> Leak:
    """Of each side its accuracy with its interval."""

    def score(mean: float, low: float, high: float):
        return made_up_paper.score(mean, low=low, high=high).model_copy(update={"method": method})

    return Leak(
        arm="net",
        protocol="published",
        by="group",
        share=0.5,
        sharing=score(*sharing),
        others=others and score(*others),
    )


def test_the_interval_of_the_difference_decides_not_whether_the_two_overlap():
    """0.95 [0.90, 1.00] beside 0.86 [0.81, 0.91]: 0.09 less √(0.05² + 0.05²) is 0.019."""
    overlapping = _sides((0.95, 0.90, 1.00), (0.86, 0.81, 0.91))
    assert ease(overlapping) == pytest.approx((0.09, 0.09 - 0.005**0.5, 0.09 + 0.005**0.5))
    assert is_easier(overlapping)
    assert not is_easier(_sides((0.95, 0.90, 1.00), (0.89, 0.84, 0.94)))


def test_of_too_few_groups_and_of_one_side_alone_nothing_is_shown():
    sides = (0.95, 0.90, 1.00), (0.50, 0.40, 0.60)
    assert is_easier(_sides(*sides))
    assert not is_easier(_sides(*sides, method=named(BY_GROUP, "slide", 5)))
    assert is_easier(_sides(*sides, method=named(BY_GROUP, "slide", 6)))
    assert ease(_sides(sides[0], None)) is None
    assert not is_easier(_sides(sides[0], None))
