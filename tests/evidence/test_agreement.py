"""Agreement with a kept run: its interval counted by hand, and which runs are compared at all."""

from math import sqrt

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pytest
from scipy.stats import t

from lib.evidence.agreement import Agreement, _agreement, agreement, agreement_sentence
from lib.results import Reference
from lib.runs.reference import reference_of

SUPPORT = {"metric": "support"}


def made_run(*values: float, arm: str = "net", started: str = "2025-02-02", **changes):
    """Of one model under the paper's split, 40 test images; `values` are its accuracies, one per seed."""
    given = {
        "data": made_up_runs.data(kind="substitute", name="cats"),
        "folds": [made_up_runs.fold(test={"cat": 20, "dog": 20})],
        "scores": [
            made_up.score(*values, low=0.7, high=0.95, arm=arm),
            made_up.score(40, arm=arm, **SUPPORT),
        ],
        "last_epochs": [],
        "probes": [],
        "leaks": [],
        "gaps": [],
        "controls": [],
        "provenance": made_up_runs.provenance(started=started),
    }
    return made_up_runs.results(arm, **given | changes)


def kept(*values: float, title: str = "Cats", **changes) -> Reference:
    return reference_of(made_run(*values, started="2025-01-01", **changes), "cats", title)


def only(run, reference: Reference) -> Agreement:
    (known,) = agreement(run, [reference])
    return known


# How far apart two runs may be


def test_the_interval_is_that_of_a_mean_of_further_seeds():
    """0.80, 0.85, 0.90: mean 0.85, s = 0.05. t(0.975, 2) = 4.3027; of two further seeds
    4.3027 · 0.05 · √(1/3 + 1/2) = 0.19639."""
    known = only(made_run(0.9, 0.8), kept(0.8, 0.85, 0.9))
    assert (known.low, known.high) == pytest.approx((0.85 - 0.19639, 1.0), abs=1e-4)
    assert (known.ours, known.seeds) == (pytest.approx(0.85), 3)
    assert known.holds


def test_bounds_are_those_of_scipy_and_whoever_lies_outside_does_not_agree():
    values = (0.80, 0.82, 0.81, 0.79, 0.80)
    half = t.ppf(0.975, 4) * np.std(values, ddof=1) * sqrt(1 / 5 + 1)
    mean = float(np.mean(values))
    known = only(made_run(0.81), kept(*values))
    assert (known.low, known.high) == pytest.approx((mean - half, mean + half))
    assert only(made_run(mean + half - 1e-6), kept(*values)).holds
    assert not only(made_run(mean + half + 1e-6), kept(*values)).holds
    assert not only(made_run(mean - half - 1e-6), kept(*values)).holds


def test_of_reruns_that_work_19_of_20_agree():
    rng = np.random.default_rng(0)
    run, reference = made_run(0.5, 0.5, 0.5), kept(*[0.5] * 5)
    (score, _), ((kept_score,),) = run.scores, [arm.scores for arm in reference.arms]
    many_images = kept_score.model_copy(update={"test_images": 1e9})
    agree = 0
    for _ in range(2000):
        seeds, further = rng.normal(0.5, 0.02, 5), rng.normal(0.5, 0.02, 3)
        theirs = {"mean": seeds.mean(), "sd": seeds.std(ddof=1), "per_seed": list(seeds)}
        accuracy = kept_score.accuracy.model_copy(update=theirs)
        ours = score.model_copy(update={"mean": further.mean(), "per_seed": list(further)})
        agree += _agreement(ours, many_images.model_copy(update={"accuracy": accuracy})).holds
    assert agree / 2000 == pytest.approx(0.95, abs=0.015)


def test_seeds_that_agree_by_chance_leave_room_for_one_image():
    known = only(made_run(0.9), kept(0.875, 0.875))
    assert (known.low, known.high) == pytest.approx((0.85, 0.9))  # one of 40 images either way
    assert known.holds
    assert not only(made_run(0.925), kept(0.875, 0.875)).holds


def test_one_seed_has_no_scatter_and_its_interval_takes_the_place():
    known = only(made_run(0.72), kept(0.9))
    assert (known.low, known.high, known.seeds) == (0.7, 0.95, 1)
    sentence = agreement_sentence(made_run(0.72), [kept(0.9)])
    assert "interval over test images (it has one seed" in sentence


# Which runs are compared


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "other"},
        {"data": made_up_runs.data(kind="substitute", name="cats", sha256="other")},
        {"data": made_up_runs.data(kind="substitute", name="cats", only={"eye": "left"})},
        {"data": made_up_runs.data(kind="substitute", name="cats", counts={"cat": 1, "dog": 1})},
        {"started": "2025-01-01"},  # the kept run itself
        {"arm": "other"},
    ],
)
def test_other_images_another_paper_another_model_and_itself_are_not_compared(change):
    assert agreement(made_run(0.9, **change), [kept(0.8, 0.9)]) == []
    assert agreement_sentence(made_run(0.9, **change), [kept(0.8, 0.9)]) == ""


def with_settings(**changes):
    run = made_run(0.9)
    training = run.settings["training"]["net"]
    of_arm = {name: value for name, value in changes.items() if name in {*training, "jit_compile"}}
    settings = run.settings | {name: value for name, value in changes.items() if name not in of_arm}
    return run.model_copy(update={"settings": settings | {"training": {"net": training | of_arm}}})


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 99},
        {"learning_rate": 0.5},
        {"pixel_scaling": "[-1, 1]"},
        {"augmentation": False},
        {"precision": "mixed_bfloat16"},
        {"test_share": 0.5},
        {"stratified": False},
    ],
)
def test_a_setting_that_tells_rules_a_comparison_out(change):
    assert agreement(with_settings(**change), [kept(0.8, 0.9)]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": [7]},
        {"profile": "quick"},
        {"choices": False},
        {"variants": ["net-other"]},
        {"jit_compile": False},
        {"a_setting_of_tomorrow": 1},
    ],
)
def test_a_setting_that_changes_nothing_for_the_model_does_not(change):
    assert len(agreement(with_settings(**change), [kept(0.8, 0.9)])) == 1


def test_other_weights_are_not_compared():
    run = made_run(0.9)
    assert agreement(made_up.with_weights(run, "random"), [kept(0.8, 0.9)]) == []


@pytest.mark.parametrize(("folds", "compared"), [(5, 1), (2, 0)])
def test_grouped_accuracies_are_compared_where_there_are_as_many_folds(folds, compared):
    def grouped(folds: int, **changes):
        run = made_run(0.9, 0.8, **changes)
        scores = [score.model_copy(update={"protocol": "grouped"}) for score in run.scores]
        return run.model_copy(
            update={
                "scores": scores,
                "folds": [made_up_runs.fold(protocol="grouped")],
                "settings": run.settings | {"grouped_folds": folds},
            }
        )

    reference = reference_of(grouped(5, started="2025-01-01"), "cats", "Cats")
    assert len(agreement(grouped(folds), [reference])) == compared


# In words


def test_the_sentence_names_models_protocols_and_the_yardstick():
    sentence = agreement_sentence(made_run(0.85), [kept(0.8, 0.85, 0.9, title="Oslo's cats")])
    assert sentence == (
        "This run agrees with the kept run on the same images with the same settings (Oslo's cats): net "
        "(published) within the scatter over its 3 seeds."
    )


def test_a_difference_is_told_with_both_numbers():
    told = agreement_sentence(made_run(0.5), [kept(0.8, 0.81, 0.8)])
    assert told.startswith("This run differs from the kept run")
    assert "net published 0.500, expected 0.77" in told


def test_of_several_references_the_one_with_most_seeds_speaks():
    references = [kept(0.8, 0.9, title="Two"), kept(0.8, 0.9, 0.85, title="Three")]
    assert "(Three)" in agreement_sentence(made_run(0.85), references)
    assert agreement_sentence(made_run(0.85), []) == ""
