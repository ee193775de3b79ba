"""What a run tells that its paper does not."""

import made_up_paper
import made_up_runs as made_up
import pytest

from lib.report.checklist import added
from lib.results import Drawn


@pytest.mark.parametrize(
    ("tells", "text"),
    [
        (added.manifest, "folder (exact), by its data manifest"),
        (added.selection, "every readable image"),
        (added.files, "200 used, none rejected"),
        (added.images, "200 here, from 200 patients"),
        (added.divisions, "2 splits (1 published and 1 grouped)"),
        (added.grouping, "every patient, in the grouped split"),
        (
            added.unused_test_images,
            "they choose no setting and no epoch; pixels are scaled by fixed numbers",
        ),
        (added.last_epoch, "the last epoch's (3)"),
        (added.layers, "1 model"),
        (added.backbones, "SHA-256 of the files: imagenet"),
        (added.machine, "device and versions of 4 packages"),
        (added.program, "command and run key"),
        (added.intervals, "95 % intervals, 5 seeds"),
        (added.controls, "elsewhere (50 images)"),
        (added.errors, "confusion matrices (1)"),
        (added.limits, "1 limitation"),
        (added.explanation, "heat maps (Grad-CAM) of net"),
    ],
)
def test_a_run_without_a_flaw_adds(tells, text):
    assert tells(made_up.run()) == text


@pytest.mark.parametrize(
    "tells",
    [added.varied_choices, added.class_metrics, added.baselines, added.shortcuts, added.metrics],
)
def test_what_was_not_done_is_not_told(tells):
    claims = (made_up_paper.claim("accuracy", "1"),)
    assert tells(made_up.run({"claims": claims}, choices=[])) == ""


def test_without_controls_or_groups_or_a_grouped_protocol_there_is_less_to_tell():
    run = made_up.run(
        control_sets=[],
        controls=[],
        data=made_up.data(groups=None, group_counts=None),
        folds=[made_up.fold()],
    )
    assert added.controls(run) == ""
    assert added.images(run) == "200 here"
    assert added.grouping(run) == "0 pairs of near-duplicates found"


def test_a_run_on_a_part_of_the_images_does_not_say_that_all_were_used():
    drawn = Drawn(per_class=20, seed=0, available={"cat": 100, "dog": 100})
    assert added.selection(made_up.run(data=made_up.data(only={"magnification": "200X"}))) == (
        "every readable image of magnification 200X"
    )
    assert added.selection(made_up.run(data=made_up.data(drawn=drawn))) == (
        "20 images per class, drawn at random from every readable image"
    )


def test_a_run_by_hand_has_no_command():
    run = made_up.run(provenance=made_up.provenance(run_key="", command=""))
    assert added.program(run) == "this notebook and its library, run by hand"


def test_choices_and_variants_are_named():
    tried = [made_up.choice("batch size", "8", 0.9), made_up.choice("batch size", "9", 0.9)]
    models = [made_up_paper.model(), made_up_paper.model("net-other", variant_of="net")]
    assert added.varied_choices(made_up.run(choices=tried)) == "varied: batch size"
    assert (
        added.varied_choices(made_up.run(choices=tried, models=models))
        == "varied: batch size; net-other"
    )
    assert added.varied_choices(made_up.run(choices=[], models=models)) == "net-other"


def test_scores_beyond_the_printed_ones_are_named():
    names = ("accuracy", "ece", "auc", "support")
    scores = [made_up.accuracy(metric=name) for name in names]
    curve = made_up.accuracy(metric="loss", part="train", epoch=1)
    run = made_up.run({"claims": (made_up_paper.claim("accuracy", "1"),)}, scores=[*scores, curve])
    assert added.metrics(run) == "auc and ece"


def test_scores_of_classes_are_named_with_their_intervals():
    scores = [made_up.accuracy(), *(made_up.accuracy(metric="auc", of=of) for of in ("cat", "dog"))]
    average = made_up.accuracy(metric="f1", of="macro avg")
    run = made_up.run(scores=[*scores, average])
    assert added.class_metrics(run) == "auc, with intervals"


def test_probes_are_told_by_kind():
    kinds = ("shortcut", "baseline", "leak", "random labels")
    run = made_up.run(probes=[made_up.probe(kind.upper(), kind) for kind in (*kinds, *kinds)])
    assert added.baselines(run) == "BASELINE and RANDOM LABELS"
    assert added.shortcuts(run) == "SHORTCUT and LEAK"


def test_comparisons_and_subgroups_are_counted_and_named():
    run = made_up.run(
        comparisons=[made_up.comparison("colour", -0.1, 0.1)],
        subgroups=[made_up.subgroup("40X", 0.9, 0.8, 1), made_up.subgroup("400X", 0.9, 0.8, 1)],
    )
    assert added.intervals(run) == "95 % intervals, 5 seeds, 1 paired comparison"
    assert added.errors(run) == "confusion matrices (1), scores by magnification"
