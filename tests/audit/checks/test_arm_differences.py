"""One arm against another."""

from dataclasses import replace

from made_up_paper import arm, claim, paper

from lib.audit.checks.arm_differences import check_arm_differences
from lib.papers.declare import Assumed


def _check(made) -> dict:
    return {finding.topic: finding for finding in check_arm_differences(made)}


def _arms(*printed: str, n: str = "642", **changes):
    names = [f"net{place}" for place in range(len(printed))]
    claims = [
        claim("accuracy", number, arm=name, **changes)
        for name, number in zip(names, printed, strict=True)
    ]
    claims += [claim("support", n, unit="count", arm=name, where="§2") for name in names if n]
    return paper(*map(arm, names), claims=claims)


def test_two_arms_differ_if_their_interval_leaves_zero_out():
    found = _check(_arms("0.875389", "0.811526", "0.858255"))
    assert {topic: finding.outcome for topic, finding in found.items()} == {
        "net0 against net2": "undetermined",
        "net0 against net1": "consistent",
        "net2 against net1": "consistent",
    }
    assert "difference 0.0171 [-0.020, 0.054], p = 0.366" in (found["net0 against net2"].arithmetic)
    assert found["net0 against net2"].arithmetic.endswith("; 642 images, 95 % intervals")


def test_pairs_are_corrected_for_their_number():
    """0.93 against 0.89 of 642 images alone would be apart (p 0.012), but not as one pair of fifteen."""
    alone = _check(_arms("0.93", "0.89"))["net0 against net1"]
    assert alone.outcome == "consistent"
    assert "Holm" not in alone.arithmetic
    among = _check(_arms("0.93", "0.89", "0.91", "0.90", "0.915", "0.905"))
    assert len(among) == 15
    assert among["net0 against net1"].outcome == "undetermined"
    assert "corrected for 15 pairs (Holm)" in among["net0 against net1"].arithmetic
    # 0 lies outside all the same.
    assert "difference 0.0400 [0.0" in among["net0 against net1"].arithmetic


def test_without_a_stated_size_the_least_that_fits_is_taken():
    made = _arms("0.875389", "0.811526", n="")
    made = replace(made, dataset=replace(made.dataset, total=Assumed("9", "")))
    (finding,) = _check(made).values()
    assert finding.arithmetic.endswith("642 images, the least that fit, 95 % intervals")


def test_of_curves_the_last_epochs_are_compared():
    made = _arms("0.90", "0.60", n="160", epoch=3, part="validation")
    extra = [
        claim("accuracy", "0.10", arm=name, epoch=1, part="validation") for name in ("net0", "net1")
    ]
    made = replace(made, claims=(*extra, *made.claims))
    (finding,) = _check(made).values()
    assert finding.printed == ("0.90 (Table 1)", "0.60 (Table 1)")


def test_trained_networks_are_compared_before_their_curves():
    made = _arms("0.90", "0.60", n="160")
    extra = [claim("accuracy", "0.10", arm=name, epoch=3) for name in ("net0", "net1")]
    made = replace(made, claims=(*extra, *made.claims))
    (finding,) = _check(made).values()
    assert finding.printed == ("0.90 (Table 1)", "0.60 (Table 1)")


def test_very_many_arms_are_not_compared():
    (finding,) = check_arm_differences(_arms(*[f"0.{number}" for number in range(10, 61)]))
    assert finding.outcome == "not checkable"
    assert "51 models" in finding.topic


def test_one_arm_is_not_compared():
    assert _check(_arms("0.9")) == {}
