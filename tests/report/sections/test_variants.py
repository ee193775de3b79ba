"""Every arm beside its variants, and the last epoch beside the best one."""

from collections.abc import Sequence

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import caption, cells, columns, page

from lib import report
from lib.results import Difference, Results, Score


@pytest.fixture
def results(with_variant) -> Results:
    """15 of 15 images right with both seeds; the variant 14 and 12 of 15."""
    return with_variant.collect()


# Variants


def test_every_arm_stands_beside_its_variants_with_pixels_accuracy_and_difference(paper, results):
    arm, variant = cells(report.variant_table(paper, results))
    assert arm[:2] == ["mobilenetv2", "[0, 1]"]
    assert arm[2].startswith("1.000 [0.")
    assert arm[3:] == ["–", "–"]
    assert variant[:2] == ["mobilenetv2-native", "[-1, 1]"]
    assert variant[2].startswith("0.867 [0.")  # of 14/15 and 12/15
    assert variant[3] == "-0.133 [-0.200, -0.067]"
    assert variant[4] == paper.arm("mobilenetv2-native").differs


def test_a_variant_that_is_better_has_a_plus(paper, with_variant):
    names = {"mobilenetv2": "mobilenetv2-native", "mobilenetv2-native": "mobilenetv2"}
    with_variant.predictions["arm"] = with_variant.predictions["arm"].map(names)
    rows = {row[0]: row for row in cells(report.variant_table(paper, with_variant.collect()))}
    assert rows["mobilenetv2-native"][3] == "+0.133 [+0.067, +0.200]"
    assert rows["mobilenetv2"][3] == "–"


def test_the_pixels_are_those_of_this_run_not_those_declared(paper, results):
    settings = results.settings | {
        "training": {name: {"pixel_scaling": "[0, 255]"} for name in results.settings["training"]}
    }
    changed = results.model_copy(update={"settings": settings})
    assert [row[1] for row in cells(report.variant_table(paper, changed))] == ["[0, 255]"] * 2


def test_variants_are_compared_under_one_protocol_the_papers_where_it_was_run():
    scores = [
        made_up.score(value, arm=arm, protocol=protocol, low=value, high=value)
        for protocol, arm, value in (
            ("grouped", "net", 0.5),
            ("grouped", "net-native", 0.7),
            ("published", "net", 0.8),
            ("published", "net-native", 0.9),
        )
    ]
    declared = made_up.arm(differs="")
    paper = made_up.paper(declared, variants=(declared.variant("native", "other pixels"),))
    both = _compared(scores, {"grouped": 0.2, "published": 0.1})
    shown = report.variant_table(paper, both)
    assert [row[2:4] for row in cells(shown)] == [
        ["0.800", "–"],
        ["0.900", "+0.100"],
    ]
    assert "Protocol" not in page(shown).caption.get_text()
    alone = _compared(scores[:2], {"grouped": 0.2})
    shown = report.variant_table(paper, alone)
    assert [row[2:4] for row in cells(shown)] == [
        ["0.500", "–"],
        ["0.700", "+0.200"],
    ]
    assert page(shown).caption.get_text().endswith(" Protocol: grouped.")


def _compared(scores, apart: dict[str, float], silent: Sequence[str] = ()) -> Results:
    """A record as far as scores, and how far the variant lies from "net" under each protocol, go."""
    settings = {"training": {arm: {"pixel_scaling": "[0, 1]"} for arm in ("net", "net-native")}}
    pair = {"arm": "net-native", "versus": "net"}
    differences = [
        Difference(**pair, protocol=name, mean=by, low=by, high=by, per_seed=[by])
        for name, by in apart.items()
    ]
    return Results.model_construct(
        scores=scores,
        last_epochs=[],
        learning=[
            made_up_runs.learning(
                arm, protocol, outcome="one answer" if arm in silent else "learnt"
            )
            for arm, protocol in {(score.arm, score.protocol) for score in scores}
        ],
        grouping=made_up_runs.grouping(),
        differences=differences,
        settings=settings,
        data=made_up.data(),
        models=[],
    )


def test_an_arm_alone_has_no_difference(paper, record):
    shown = page(report.variant_table(paper, record.collect()))
    assert shown.table is None
    assert "No variant" in shown.get_text()


# Best epochs


def test_the_last_epoch_stands_beside_the_best_one(results):
    shown = report.best_epoch_table(results)
    assert columns(shown) == [
        *("Model", "Last epoch", "Last epochs of one fit", "Best epoch"),
        "Which epochs were best",
    ]
    assert cells(shown) == [
        # of one epoch with validation accuracies of 0.4 and 0.6
        ["mobilenetv2", "1.000", "–", "0.500", "1"],
        # of 14/15 and 12/15; of 0.95 in the second epoch and 0.75 in the first
        # one fit: from 0.2 to 0.95 with seed 0, from 0.5 to 0.75 with seed 1
        ["mobilenetv2-native", "0.867", "0.350 to 0.850 in epochs 1 to 3", "0.850", "1 to 2"],
    ]


def test_the_best_epochs_are_those_of_one_protocol():
    scores = [
        score
        for protocol, last, best in (("grouped", 0.5, 0.6), ("published", 0.7, 0.8))
        for score in (
            made_up.score(last, protocol=protocol),
            made_up.score(best, protocol=protocol, of="best epoch", part="validation"),
            made_up.score(2, protocol=protocol, of="best epoch", metric="epoch", part="validation"),
        )
    ]
    both, alone = (
        report.best_epoch_table(_compared(of_protocols, {}))
        for of_protocols in (scores, scores[:3])
    )
    assert cells(both) == [["net", "0.700", "0.800", "2"]]
    assert cells(alone) == [["net", "0.500", "0.600", "2"]]
    captions = [caption(shown) for shown in (both, alone)]
    assert ["Protocol: grouped." in text for text in captions] == [False, True]


def _best(last: float, best: float, arm: str = "net") -> list[Score]:
    chosen = {"arm": arm, "of": "best epoch", "part": "validation"}
    return [
        made_up.score(last, arm=arm),
        made_up.score(best, **chosen),
        made_up.score(2, metric="epoch", **chosen),
    ]


def test_the_best_epoch_is_said_to_flatter_where_it_does():
    above, level = (
        caption(report.best_epoch_table(_compared(_best(0.7, best), {}))) for best in (0.8, 0.7)
    )
    assert "chosen on the test images, so it is too high. Last epochs of one fit: lowest" in above
    assert "flatters" not in level


def test_an_arm_that_did_not_learn_has_no_best_epoch():
    scores = [*_best(0.7, 0.8), *_best(0.5, 0.9, "net-native")]
    shown = report.best_epoch_table(_compared(scores, {}, ["net-native"]))
    assert [row[0] for row in cells(shown)] == ["net"]
    assert "No best epochs for net-native, which is not shown to have learnt." in shown.html
    shown = report.best_epoch_table(_compared(scores, {}, ["net-native", "net"]))
    assert "<table" not in shown.html


def test_a_training_that_had_not_settled_is_said_beside_its_last_epochs():
    results = _compared(_best(0.7, 0.8), {}).model_copy(
        update={"last_epochs": [made_up_runs.last_epochs(0.2, 0.8, 0.7)]}
    )
    assert "net had not settled" in report.best_epoch_table(results).html
