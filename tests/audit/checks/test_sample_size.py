"""The numbers of images that several accuracies allow."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_paper import arm, claim, paper

from lib.audit.checks.sample_size import (
    check_sample_sizes,
    coincidence_chance,
    is_averaged,
    is_possible,
)
from lib.audit.rounding import fitting_totals
from lib.papers.declare import Assumed, Split, Stated

TABLE_2 = ("0.875389", "0.811526", "0.858255")  # 562, 521 and 551 of 642


def _claims(*printed: str, **changes):
    return [claim("accuracy", number, **changes) for number in printed]


def _log(*printed: str, part: str = "validation"):
    return [
        claim("accuracy", number, part=part, epoch=epoch)
        for epoch, number in enumerate(printed, start=1)
    ]


def _paper(claims, total="3500", share=0.2, assumed=False):
    made = paper(arm(), claims=claims)
    kind = Assumed if assumed else Stated
    return replace(
        made,
        dataset=replace(made.dataset, total=kind(total, "§1")),
        split=Split(test_share=kind(share, "§3"), stratified=Stated(False, "§3")),
    )


def test_whole_batches_and_means_are_two_other_explanations():
    log = _log("0.9801", "0.5000")  # 345 and 176 of 352
    assert not is_possible(log, 371, ())
    assert is_possible(log, 371, (32,))
    assert not is_possible(log, 371, (53,))
    assert is_averaged(_log("0.6407"), 371, (64,))
    assert not is_averaged(_log("0.6201"), 160, (32, 64))


def test_the_chance_of_a_coincidence_counts_every_number_of_images_tried():
    """Two decimals are shares of m images with a chance of m in 100: squared, of 1 to 4 together 0.003."""
    assert coincidence_chance(_claims("0.12", "0.34"), 4) == pytest.approx(0.003)
    assert coincidence_chance(_claims("0.12", "0.12"), 4) == pytest.approx(0.1)
    assert coincidence_chance(_claims("0.12"), 500) == 1


@pytest.mark.parametrize("most", [15, 25])
def test_numbers_of_no_origin_are_shares_of_one_number_no_more_often_than_said(most):
    """The bound is not far off either."""
    rng, fit = np.random.default_rng(0), 0
    for _ in range(2000):
        claims = _claims(*(f"{value:.2f}" for value in rng.uniform(0.05, 0.95, 3)))
        fit += bool(fitting_totals(claims, most, digits="rounded"))
    bound = coincidence_chance(_claims("0.12", "0.45", "0.78"), most)
    assert bound / 4 < fit / 2000 < bound + 0.01


def test_a_stated_size_that_a_log_does_not_fit_is_impossible():
    log = _log("0.8258", "0.8790", "0.9177", "0.9113", "0.9048", "0.9306", "0.9339")
    (finding,) = check_sample_sizes(_paper(log))
    assert finding.outcome == "impossible"
    assert finding.arithmetic.startswith("up to 3,500 images, all are shares of 620, 1,240")
    assert "20 % of the 3500 of §1" in finding.sentence
    assert "coincidence only" not in finding.arithmetic
    assert finding.arm == "net"


def test_means_over_batches_are_no_way_out_where_all_are_shares_of_another_number():
    log = _log("0.8258", "0.8790", "0.9177", "0.9113", "0.9048", "0.9306", "0.9339")
    made = _paper(log)
    batch = Assumed(32, "")
    arms = tuple(replace(arm, recipe=replace(arm.recipe, batch_size=batch)) for arm in made.arms)
    assert is_averaged(log, 700, (256,))
    (finding,) = check_sample_sizes(replace(made, arms=arms))
    assert finding.outcome == "impossible"
    assert "3e-07; whole batches were tried too: 10 batch sizes (8 to 256); plain means over" in (
        finding.arithmetic
    )
    assert finding.arithmetic.endswith("by coincidence only")


def test_sizes_that_are_no_multiples_of_one_are_few():
    claims = _claims("0.33", "0.67", "0.50")
    (finding,) = check_sample_sizes(_paper(claims, total="100", assumed=True))
    assert "all are shares of 6, 12, 18, 24 or 30 and" in finding.arithmetic
    assert finding.sentence.endswith("Its accuracies fit few numbers of images.")


def test_a_printed_size_that_fits_is_consistent():
    log = _log("0.8258", "0.8790", "0.9177", "0.9113")
    size = claim("support", "620", unit="count", where="Fig. 8")
    (finding,) = check_sample_sizes(_paper([*log, size], total="3100"))
    assert finding.outcome == "consistent"


def test_what_the_paper_does_not_state_is_undetermined_and_the_least_size_is_told():
    (finding,) = check_sample_sizes(
        _paper(_claims(*TABLE_2), total="7909", share=0.25, assumed=True)
    )
    assert finding.outcome == "undetermined"
    assert "642 images or a multiple" in finding.sentence
    assert "1,977 or 1,978 images (25.0 % of 7909, assumed here) are not among" in (
        finding.arithmetic
    )


def test_two_numbers_tell_too_little():
    assert list(check_sample_sizes(_paper(_claims("0.811526", "0.858255", "0.858255")))) == []


def test_a_log_that_batches_may_explain_is_undetermined():
    # No share of 99 images, but of 96, three batches of 32; nor of another number up to 110.
    log = _log("0.9896", "0.9792", "0.9688", "0.9479", part="train")
    made = _paper(log, total="110", share=0.1)
    assert not is_possible(log, 99, ())
    made = replace(
        made,
        arms=tuple(
            replace(arm, recipe=replace(arm.recipe, batch_size=Stated(32, "§2")))
            for arm in made.arms
        ),
    )
    (finding,) = check_sample_sizes(made)
    assert finding.outcome == "undetermined"


def test_a_number_that_fits_only_if_cut_off():
    claims = _claims("0.66", "0.50", "0.83")  # of 6 images: 4/6 is 0.67
    size = claim("support", "6", unit="count", where="§2")
    (finding,) = check_sample_sizes(_paper([*claims, size], total="12", share=0.5))
    assert finding.outcome == "undetermined"
    assert "only if digits were cut off" in finding.sentence
