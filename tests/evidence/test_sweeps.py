"""The best of several tries, and what the same test images tell from it: counted by hand."""

import pytest
from made_up_runs import data
from made_up_sweeps import swept, swept_run

GOOD, POOR = "+" * 36 + "-" * 4, "+" * 16 + "-" * 24  # 0.9 and 0.4 of 40 images
# As good as the first, but for one image: 35 of 40.
NEAR = "+" * 35 + "-" * 5


def test_the_highest_is_told_from_what_is_far_below_and_not_from_what_is_near():
    sweep = swept(
        swept_run({"epochs": 1}, POOR),
        swept_run({"epochs": 2}, GOOD),
        swept_run({"epochs": 3}, NEAR),
    )
    (best,) = sweep.best
    assert (best.arm, best.point, best.protocol) == ("net", {"epochs": 2}, "published")
    assert best.accuracy.mean == pytest.approx(0.9)
    poor, near = best.rivals
    assert (poor.point, near.point) == ({"epochs": 1}, {"epochs": 3})
    assert poor.difference.mean == pytest.approx(20 / 40)
    assert near.difference.mean == pytest.approx(1 / 40)
    assert (best.is_told_from(poor), best.is_told_from(near)) == (True, False)
    assert poor.difference.family == 2  # every other against the highest


def test_the_models_of_all_runs_compete():
    sweep = swept(
        swept_run({"epochs": 1}, {"net": POOR, "deep": GOOD}),
        swept_run({"epochs": 2}, {"net": NEAR, "deep": POOR}),
    )
    (best,) = sweep.best
    assert (best.arm, best.point) == ("deep", {"epochs": 1})
    assert [(rival.arm, rival.point["epochs"]) for rival in best.rivals] == [
        ("net", 1),
        ("net", 2),
        ("deep", 2),
    ]
    assert [rival.difference.versus for rival in best.rivals] == ["net", "net", "deep"]


def test_what_a_single_comparison_tells_apart_is_not_when_ten_were_tried():
    """Ten images one way and two the other: p is 0.04 of one comparison, and so luck in one of many."""
    highest, lower = "+" * 10 + "-" * 2 + "+" * 48, "-" * 10 + "+" * 50
    alone = swept(swept_run({"x": 0}, highest), swept_run({"x": 1}, lower))
    many = swept(swept_run({"x": 0}, highest), *(swept_run({"x": x}, lower) for x in range(1, 10)))
    for sweep, expected in ((alone, [True]), (many, [False] * 9)):
        (best,) = sweep.best
        assert [best.is_told_from(rival) for rival in best.rivals] == expected


def test_what_is_not_shown_to_have_learnt_is_not_called_best():
    sweep = swept(
        swept_run({"epochs": 1}, GOOD, unlearnt=("net",)),
        swept_run({"epochs": 2}, POOR),
    )
    (best,) = sweep.best
    assert best.point == {"epochs": 2}
    assert [row.learnt for row in sweep.rows] == [False, True]
    unlearnt = swept(*(swept_run({"epochs": x}, GOOD, unlearnt=("net",)) for x in (1, 2)))
    assert unlearnt.best == []


@pytest.mark.parametrize(
    "other",
    [
        swept_run({"x": 2}, POOR, seeds=(1,)),
        swept_run({"x": 2}, POOR + "+"),
        swept_run({"x": 2}, POOR, data=data(sha256="other")),
    ],
    ids=["another seed", "more test images", "other images of the same names"],
)
def test_tries_on_other_images_are_not_compared(other):
    (best,) = swept(swept_run({"x": 1}, GOOD), other).best
    (rival,) = best.rivals
    assert rival.difference is None
    assert not best.is_told_from(rival)


def test_of_too_few_groups_nothing_is_ruled_out():
    groups = "abcd" * 10
    (best,) = swept(
        swept_run({"x": 1}, "+" * 40, groups=groups), swept_run({"x": 2}, "-" * 40, groups=groups)
    ).best
    assert best.rivals[0].difference.family_low > 0
    assert not best.is_told_from(best.rivals[0])


def test_papers_and_earlier_calls_do_not_compete():
    sweep = swept(
        swept_run({"x": 1}, POOR, slug="first"),
        swept_run({"x": 2}, NEAR, slug="first"),
        swept_run({"x": 3}, GOOD, slug="first", asked=False),
        swept_run({"x": 1}, GOOD, slug="second"),
    )
    assert [(best.slug, best.point) for best in sweep.best] == [("first", {"x": 2})]
    assert [row.asked for row in sweep.rows] == [True, True, False, True]


def test_a_row_tells_what_the_run_measured():
    row, _ = swept(
        swept_run({"x": 1}, "+++-", seeds=(0, 1)), swept_run({"x": 2}, "++++", seeds=(0, 1))
    ).rows
    assert (row.accuracy.mean, row.accuracy.per_seed) == (0.75, [0.75, 0.75])
    assert (row.test_images, row.majority, row.images) == (4, 1.0, 200)
    assert row.report == "made_up/x=1/report.html"
