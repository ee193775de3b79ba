"""What tells how far scores can be trusted, from tables that are counted by hand."""

from types import SimpleNamespace

import made_up_paper as made_up
import pandas as pd
import pytest
from answer_rows import answer_rows, joined

from lib.datasets import tables as tables_module
from lib.evaluation.intervals import accuracy_score
from lib.evidence import records
from lib.results import Choice

# Probes


def _probe(name: str, right: str, arm: str = "", **more) -> pd.DataFrame:
    return answer_rows(right, arm=arm, kind="probe", name=name, **more)[tables_module.EVIDENCE]


def test_every_probe_has_its_accuracy_kind_and_arm():
    found = records.probe_records(
        joined(
            *(_probe("colour", "++-"), _probe("colour", "+--", seed=1)),
            _probe("features", "+++", arm="net"),
            _probe("features", "+-+", arm="other"),
            _probe("colour", "---", protocol="grouped"),
            _probe("nearest neighbour", "+--"),
            _probe("border", "+--"),
            _probe("random labels", "-+-", arm="net"),
        ),
        "slide",
    )
    assert [(one.name, one.kind, one.arm, one.accuracy.protocol) for one in found] == [
        ("colour", "baseline", "", "published"),
        ("features", "baseline", "net", "published"),
        ("features", "baseline", "other", "published"),
        ("colour", "baseline", "", "grouped"),
        ("nearest neighbour", "leak", "", "published"),
        ("border", "shortcut", "", "published"),
        ("random labels", "random labels", "net", "published"),
    ]
    assert found[0].accuracy.per_seed == pytest.approx([2 / 3, 1 / 3])
    assert [one.accuracy.mean for one in found[1:4]] == pytest.approx([1, 2 / 3, 0])
    assert {one.accuracy.arm for one in found[1:3]} == {"features"}


def test_a_probes_interval_is_made_as_an_arms():
    table = _probe("colour", "++-+-+", groups="112233")
    (found,) = records.probe_records(table, "slide")
    assert found.accuracy == accuracy_score("colour", "published", table, "slide")
    assert "slide" in found.accuracy.method


def test_without_probes_there_are_none():
    assert records.probe_records(tables_module.join_evidence([]), "slide") == []


# Comparisons


def _models(**variants: str) -> list:
    return [made_up.model(name.replace("_", "-"), variant_of=of) for name, of in variants.items()]


def _compared(models: list, tested: pd.DataFrame, probed: pd.DataFrame | None = None) -> list:
    probed = tables_module.join_evidence([]) if probed is None else probed
    return records.comparison_records(models, tested, probed, "slide")


def _pairs(found: list) -> list[tuple[str, str]]:
    return [(one.arm, one.versus) for one in found]


@pytest.mark.filterwarnings("error")
def test_arms_are_compared_with_each_other_and_variants_with_their_arm():
    names = ("one", "two", "three", "two-larger")
    tested = joined(
        *(answer_rows("+" * n + "-" * (6 - n), arm=arm) for n, arm in enumerate(names, 2))
    )
    models = _models(one="", two="", three="", two_larger="two")
    found = _compared(models, tested)
    assert _pairs(found) == [
        *(("one", "two"), ("one", "three"), ("two", "three"), ("two-larger", "two"))
    ]
    assert [one.mean for one in found] == pytest.approx([-1 / 6, -2 / 6, -1 / 6, 2 / 6])
    assert {one.family for one in found} == {4}


@pytest.mark.filterwarnings("error")
def test_one_arm_alone_is_compared_with_nothing():
    assert _compared(_models(net=""), answer_rows("++-")) == []


@pytest.mark.filterwarnings("error")
def test_arms_are_compared_with_probes_in_a_family_of_their_own():
    tested = joined(answer_rows("++++", arm="one"), answer_rows("+++-", arm="two"))
    probed = joined(_probe("colour", "+---"), _probe("border", "++--"))
    found = _compared(_models(one="", two=""), tested, probed)
    assert _pairs(found) == [
        ("one", "two"),
        *(("one", "colour"), ("one", "border"), ("two", "colour"), ("two", "border")),
    ]
    assert [one.mean for one in found] == pytest.approx([1 / 4, 3 / 4, 2 / 4, 2 / 4, 1 / 4])
    assert [one.family for one in found] == [1, 4, 4, 4, 4]


def test_a_probe_of_an_arm_is_compared_with_that_arm_alone():
    """Both are called "features", and they are not the same."""
    tested = joined(answer_rows("++++", arm="one"), answer_rows("++++", arm="two"))
    probed = joined(_probe("features", "+++-", arm="one"), _probe("features", "+---", arm="two"))
    found = _compared(_models(one="", two=""), tested, probed)[1:]
    assert [(one.arm, one.versus, one.mean) for one in found] == [
        ("one", "features", 1 / 4),
        ("two", "features", 3 / 4),
    ]


def test_variants_are_compared_with_no_probe_nor_any_arm_with_random_labels():
    tested = joined(answer_rows("+++-", arm="net"), answer_rows("++--", arm="net-variant"))
    probed = joined(_probe("colour", "+---"), _probe("random labels", "+--+", arm="net"))
    found = _compared(_models(net="", net_variant="net"), tested, probed)
    assert _pairs(found) == [("net-variant", "net"), ("net", "colour")]


def test_random_labels_of_one_fold_stop_no_comparison_of_several():
    tested = joined(answer_rows("+++-"), answer_rows("+++-", seed=1))
    colour = joined(_probe("colour", "++--"), _probe("colour", "+---", seed=1))
    found = _compared(
        _models(net=""), tested, joined(colour, _probe("random labels", "+--+", arm="net"))
    )
    assert [(one.versus, one.per_seed) for one in found] == [
        ("colour", pytest.approx([1 / 4, 2 / 4]))
    ]


def test_protocols_are_compared_apart():
    tested = joined(answer_rows("++++"), answer_rows("++--", protocol="grouped"))
    probed = joined(_probe("colour", "++--"), _probe("colour", "+---", protocol="grouped"))
    found = _compared(_models(net=""), tested, probed)
    assert [(one.protocol, one.mean) for one in found] == [
        ("published", 2 / 4),
        ("grouped", 1 / 4),
    ]


# Choices


def _choice(name: str, right: str, arm: str = "net", seed: int = 4, **more) -> pd.DataFrame:
    return answer_rows(right, arm=arm, kind="choice", name=name, seed=seed, **more)[
        tables_module.EVIDENCE
    ]


def _history(
    val_accuracy: list[float], arm: str = "net", protocol: str = "published", seed: int = 4
) -> pd.DataFrame:
    epochs = range(1, len(val_accuracy) + 1)
    named = {"arm": arm, "protocol": protocol, "seed": seed, "fold": 0}
    return pd.DataFrame({**named, "epoch": epochs, "val_accuracy": val_accuracy})


SETTINGS = SimpleNamespace(
    training={
        name: SimpleNamespace(pixel_scaling="[0, 1]", batch_size=32, learning_rate=rate)
        for name, rate in (("net", 0.001), ("other", 0.01))
    }
)
# The first published fold: 3 of 4 right with seed 4.
TESTED = joined(
    answer_rows("----", protocol="grouped", seed=4),
    *(
        answer_rows("+++-", seed=4),
        answer_rows("++--", seed=4, fold=1),
        answer_rows("----", seed=1),
    ),
)


def _choices(*tables: pd.DataFrame, tested=TESTED, history=None) -> list[Choice]:
    history = _history([0.25, 0.75]) if history is None else history
    return records.choice_records(joined(*tables), tested, history, SETTINGS)


def _told(found: list[Choice]) -> list[tuple]:
    return [(one.name, one.value, one.used, one.accuracy) for one in found]


def test_a_choice_stands_beside_what_the_run_uses_on_its_first_published_fold():
    found = _choices(_choice("batch size=16", "+---"), _choice("batch size=64", "++++"))
    assert _told(found)[:3] == [
        ("batch size", "32", True, 3 / 4),
        ("batch size", "16", False, 1 / 4),
        ("batch size", "64", False, 1),
    ]
    assert {one.arm for one in found} == {"net"}


def test_every_choice_knows_what_the_run_uses_as_it_is_written_in_the_table():
    found = _choices(
        _choice("learning rate=0.0001", "++++"),
        _choice("pixel scaling=[-1, 1]", "++--"),
        _choice("seed of the weights=0", "+---"),
        _choice("seed of the split=1", "+++++"),
        _choice("seed of the split=2", "+----"),
    )
    assert [one[:3] for one in _told(found) if one[0] != "epoch"] == [
        *(("learning rate", "0.001", True), ("learning rate", "0.0001", False)),
        *(("pixel scaling", "[0, 1]", True), ("pixel scaling", "[-1, 1]", False)),
        *(("seed of the weights", "4", True), ("seed of the weights", "0", False)),
        *(("seed of the split", "4", True), ("seed of the split", "1", False)),
        ("seed of the split", "2", False),
    ]
    assert [one[3] for one in _told(found) if not one[2]][:5] == [1, 2 / 4, 1 / 4, 1, 1 / 5]


def test_a_value_may_have_an_equals_sign_in_it():
    assert _told(_choices(_choice("pixel scaling=a=b", "+---")))[1][:2] == ("pixel scaling", "a=b")


def test_every_arm_has_its_own_choices():
    tested = joined(TESTED, answer_rows("++--", arm="other", seed=4))
    history = joined(_history([0.25, 0.75]), _history([0.5], arm="other"))
    found = _choices(
        _choice("learning rate=0.1", "++++"),
        _choice("learning rate=0.1", "+---", arm="other"),
        tested=tested,
        history=history,
    )
    assert [(one.arm, *row) for one, row in zip(found, _told(found), strict=True)] == [
        ("net", "learning rate", "0.001", True, 3 / 4),
        ("net", "learning rate", "0.1", False, 1),
        *(("net", "epoch", "1", False, 0.25), ("net", "epoch", "2", True, 0.75)),
        ("other", "learning rate", "0.01", True, 2 / 4),
        ("other", "learning rate", "0.1", False, 1 / 4),
        ("other", "epoch", "1", True, 0.5),
    ]


def _epochs(val_accuracy: list[float], *more: pd.DataFrame) -> list[tuple[str, bool, float]]:
    history = joined(*more, _history(val_accuracy))
    found = _choices(_choice("batch size=16", "+---"), history=history)
    return [(one.value, one.used, one.accuracy) for one in found if one.name == "epoch"]


def test_of_epochs_the_last_five_are_told_and_the_best():
    assert _epochs([0.1, 0.9, 0.2, 0.3, 0.4, 0.9, 0.6, 0.7]) == [
        ("2", False, 0.9),  # the first of two that are best
        *(("4", False, 0.3), ("5", False, 0.4), ("6", False, 0.9), ("7", False, 0.6)),
        ("8", True, 0.7),
    ]


def test_the_best_of_the_last_five_epochs_is_told_once():
    assert [one[0] for one in _epochs([0.1, 0.2, 0.3, 0.4, 0.9, 0.6])] == list("23456")


def test_fewer_than_five_epochs_are_all_told():
    assert _epochs([0.5, 0.4]) == [("1", False, 0.5), ("2", True, 0.4)]


def test_epochs_are_those_of_the_first_published_fold():
    others = [
        _history([0.0] * 9, protocol="grouped"),
        _history([0.0] * 9, arm="other"),
    ]
    assert _epochs([0.5, 0.4], *others)[-1] == ("2", True, 0.4)
    later = _history([0.0] * 9, seed=1)
    found = _choices(_choice("batch size=16", "+---"), history=joined(_history([0.5, 0.4]), later))
    assert [one.value for one in found if one.name == "epoch"] == ["1", "2"]


def test_without_a_choice_no_epoch_is_told_either():
    assert (
        records.choice_records(tables_module.join_evidence([]), TESTED, _history([0.5]), SETTINGS)
        == []
    )


# A run


def test_a_run_has_every_kind_of_evidence_by_its_field(with_evidence):
    results = with_evidence.collect()
    looked_at = {one.by for one in results.leaks if one.share is not None}
    assert looked_at == {"identical pixels", "near-duplicate"}
    assert len(results.probes) == 3
    assert len(results.comparisons) == 2
    assert [one.by for one in results.controls] == ["mobilenetv2", "colour"]
    assert {one.name for one in results.choices} == {
        *("batch size", "seed of the weights", "epoch")
    }
    assert (results.gaps, results.subgroups) == ([], [])


def test_only_test_images_count(with_evidence):
    before = with_evidence.collect()
    trained = with_evidence.predictions.assign(part="train", predicted="basophil", twin="near")
    with_evidence.predictions = joined(with_evidence.predictions, trained)
    after = with_evidence.collect()
    fields = ("gaps", "leaks", "probes", "comparisons", "controls", "choices", "subgroups")
    assert [getattr(after, one) for one in fields] == [getattr(before, one) for one in fields]
