"""An accuracy against its images: shares counted by hand, whole batches, means over batches."""

from dataclasses import replace

import pytest
from made_up_paper import arm, claim, paper

from lib.audit.checks.accuracy import check_accuracies
from lib.papers.declare import Assumed


def _check(*claims, images="371", part="train", batch=None):
    made = arm()
    if batch is None:  # not stated
        made = replace(made, recipe=replace(made.recipe, batch_size=Assumed(32, "")))
    else:
        made = arm()
        stated = replace(made.recipe.batch_size, value=batch)
        made = replace(made, recipe=replace(made.recipe, batch_size=stated))
    total = claim("support", images, unit="count", part=part, where="§2")
    return list(check_accuracies(paper(made, claims=[total, *claims])))


def _accuracy(printed: str, **changes):
    return claim("accuracy", printed, **{"part": "train"} | changes)


@pytest.mark.parametrize(
    ("printed", "unit", "words"),
    [
        ("0.9757", "fraction", "0.9757 is 362 of 371"),
        ("97,57", "percent", "“97,57 %” is 362 of 371"),
        ("65", "percent", "65 % is 240 … 243 of 371"),
        ("0.98", "fraction", "0.98 is 362 … 365 of 371"),
        ("0.995", "fraction", "0.995 is 369 of 371"),
    ],
)
def test_a_share_of_the_images_is_consistent(printed, unit, words):
    (finding,) = _check(_accuracy(printed, unit=unit))
    assert (finding.outcome, finding.arithmetic, finding.misprint) == ("consistent", words, "")


def test_a_number_that_is_no_share_is_impossible():
    (finding,) = _check(_accuracy("0.9801"))
    assert finding.outcome == "impossible"
    assert finding.arithmetic == "0.9801 is no share: 363/371 = 0.97844 and 364/371 = 0.98113"
    assert finding.topic == "Training accuracy as a share of 371 images"


def test_a_misprint_is_named_where_there_are_few():
    # Of 40 images, shares have the last digits 00, 25, 50 and 75.
    (finding,) = _check(_accuracy("0.9251"), images="40")
    assert finding.outcome == "impossible"
    assert finding.misprint == "0.9251 → 0.9250 (Table 1)"
    assert _check(_accuracy("0.92511"), images="3000")[0].misprint == ""


def test_a_number_that_was_cut_off_is_told_apart():
    (finding,) = _check(_accuracy("0.98"), images="60")  # 59/60 = 0.9833 rounds to it
    assert finding.outcome == "consistent"
    (finding,) = _check(_accuracy("0.66"), images="3")  # 2/3 does not
    assert (finding.outcome, finding.arithmetic) == ("undetermined", "0.66 is 2 of 3, cut off")


def test_an_epoch_may_have_been_measured_on_whole_batches():
    (finding,) = _check(_accuracy("0.9801", epoch=40))
    assert finding.outcome == "undetermined"
    assert finding.arithmetic.startswith("0.9801 is 345 of 352, whole batches of 32")
    assert finding.topic == "Training accuracy at epoch 40 as a share of 371 images"


def test_a_stated_batch_size_is_the_only_one_tried():
    (finding,) = _check(_accuracy("0.9801", epoch=40), batch=53)  # 7 batches, none left over
    assert finding.outcome == "impossible"
    assert "batches of 53" in finding.arithmetic


def test_an_epoch_may_be_the_mean_of_batches_of_which_the_last_is_smaller():
    (finding,) = _check(_accuracy("0.6407", epoch=150))
    assert finding.outcome == "undetermined"
    assert "the mean over 12 batches of 32" in finding.arithmetic


def test_an_epoch_that_no_batches_explain_is_impossible():
    (finding,) = _check(
        _accuracy("0.6201", epoch=150, part="validation"), images="160", part="test"
    )
    assert finding.outcome == "impossible"
    assert "99/160 = 0.61875 and 100/160 = 0.62500; whole batches" in finding.arithmetic


def test_several_numbers_are_one_finding_and_the_worst_counts():
    (finding,) = _check(
        _accuracy("0.9757"), _accuracy("97.57", unit="percent"), _accuracy("0.9801")
    )
    assert finding.outcome == "impossible"
    assert finding.arithmetic.startswith("0.9757 is 362 of 371; 0.9801 is no share")
    assert len(finding.printed) == 3


def test_every_printed_number_of_images_is_tried():
    more = claim("support", "369", unit="count", part="train", where="Fig. 10")
    (finding,) = _check(more, _accuracy("0.981"), images="371")
    assert (finding.outcome, finding.arithmetic) == ("consistent", "0.981 is 364 of 371")
    (finding,) = _check(more, _accuracy("0.9810"), images="371")
    assert finding.arithmetic == "0.9810 is 362 of 369"


def test_without_a_number_of_images_nothing_is_said_and_a_log_is_left_to_sample_sizes():
    made = paper(claims=[_accuracy("0.98")])
    made = replace(made, dataset=replace(made.dataset, total=Assumed("5", "")))
    assert list(check_accuracies(made)) == []
    assert _check(*(_accuracy("0.9801", epoch=epoch) for epoch in (1, 2, 3))) == []


def test_what_no_rerun_can_give_is_left_out():
    assert _check(_accuracy("0.9801", incomparable="one image")) == []
