"""What tells how far scores can be trusted, from tables that are counted by hand."""

from types import SimpleNamespace

import made_up_paper as made_up
import pandas as pd
import pytest

from lib.datasets import tables as tables_module
from lib.evaluation.intervals import accuracy_score
from lib.evidence import records
from lib.results import Choice, Control, fold_name

TWINS = {"i": "identical", "n": "near", "a": "alike", ".": ""}


def _rows(
    right: str,
    *,
    twins: str = "",
    groups: str = "",
    paths: str = "",
    arm: str = "net",
    protocol: str = "published",
    seed: int = 0,
    fold: int = 0,
    **more,
) -> pd.DataFrame:
    """Test images of one fold: "+" is right; of each a letter tells its twin, its group, its path."""
    number = len(right)
    return pd.DataFrame(
        {
            "arm": arm,
            "protocol": protocol,
            "seed": seed,
            "fold": fold,
            "part": "test",
            "twin": [TWINS[one] for one in twins or "." * number],
            "path": list(paths) or [f"{row}.png" for row in range(number)],
            "group": list(groups) or [""] * number,
            "true": "cat",
            "predicted": ["cat" if one == "+" else "dog" for one in right],
            **more,
        }
    )


def _joined(*tables: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)


# Leaks: what test images share with training images


def _leaks(
    *tables: pd.DataFrame, splits: pd.DataFrame | None = None, searched: bool = False
) -> dict:
    """(arm, protocol, by) → leak."""
    if splits is None:
        splits = pd.DataFrame({"path": ["a"], "group": [""]})
    found = records.leak_records(_joined(*tables), splits, "slide", searched=searched)
    return {(one.arm, one.protocol, one.by): one for one in found}


def test_images_with_a_twin_are_scored_apart_from_the_others():
    found = _leaks(_rows("++-+--++", twins="iinn...."))
    same, near = (found["net", "published", by] for by in ("identical pixels", "near-duplicate"))
    assert len(found) == 4
    assert (same.share, near.share) == (2 / 8, 4 / 8)
    assert (same.sharing.mean, same.others.mean) == (1, pytest.approx(3 / 6))
    # A copy pixel for pixel is a near-duplicate, too.
    assert (near.sharing.mean, near.others.mean) == (3 / 4, 2 / 4)
    assert near.sharing == accuracy_score("net", "published", _rows("++-+"), "slide")


def test_a_look_alike_is_counted_apart_with_all_that_is_closer():
    found = _leaks(_rows("+-+-", twins="ina."), searched=True)
    shares = {by: leak.share for (_, _, by), leak in found.items()}
    assert shares == {
        "identical pixels": 1 / 4,
        "near-duplicate": 2 / 4,
        "look-alike": 3 / 4,
        "group": None,
    }


def test_what_was_not_looked_at_has_a_record_without_a_number():
    found = _leaks(_rows("+-", twins="n."))
    for by in ("look-alike", "group"):
        leak = found["net", "published", by]
        assert (leak.share, leak.sharing, leak.others) == (None, None, None)


def test_where_no_image_or_every_image_has_a_twin_one_side_is_unknown():
    found = _leaks(_rows("+-+", twins="nnn"))
    same, near = (found["net", "published", by] for by in ("identical pixels", "near-duplicate"))
    assert (same.share, same.sharing, same.others.mean) == (0, None, pytest.approx(2 / 3))
    assert (near.share, near.sharing.mean, near.others) == (1, pytest.approx(2 / 3), None)


def test_a_share_is_a_mean_over_seeds_over_all_their_folds():
    """Seed 0: 1 of 4 images in two folds; seed 1: 1 of 2."""
    found = _leaks(
        *(_rows("++", twins="n.", fold=0), _rows("-+", twins="..", fold=1)),
        _rows("-+", twins="n.", seed=1),
    )
    near = found["net", "published", "near-duplicate"]
    assert near.share == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert near.sharing.per_seed == [1, 0]
    assert near.others.per_seed == pytest.approx([2 / 3, 1])


def test_a_seed_without_a_twin_has_no_score_on_twins():
    found = _leaks(_rows("+-", twins="n."), _rows("++", twins="..", seed=1))
    near = found["net", "published", "near-duplicate"]
    assert near.share == 0.25
    assert (near.sharing.per_seed, near.others.per_seed) == ([1], [0, 1])


def test_every_arm_and_protocol_has_its_own_leaks():
    found = _leaks(
        *(_rows("++", twins="n.", arm=arm) for arm in ("one", "two")),
        _rows("+-", twins="..", arm="one", protocol="grouped"),
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
    found = _leaks(_rows("+-+", paths="bef", groups="133"), splits=splits)
    group = found["net", "published", "group"]
    assert group.share == pytest.approx(1 / 3)
    assert (group.sharing.mean, group.others.mean) == (1, 1 / 2)


def test_a_group_is_trained_on_in_one_fold_and_not_in_another():
    """1 has two images: both tested on in one fold, one of them in the other. Another seed differs."""
    splits = _splits(groups="1123", published_0_0="eerr", published_0_1="rere", grouped_0_0="errr")
    assert fold_name("published", 0, 1) in splits
    tables = [
        _rows("+-", paths="ab", groups="11", fold=0),
        _rows("+-", paths="bd", groups="13", fold=1),
        _rows("+", paths="a", groups="1", protocol="grouped"),
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
    found = _leaks(_rows("+-", paths="ab", groups="11"), splits=splits)
    looked_at = {by for (*_, by), leak in found.items() if leak.share is not None}
    assert looked_at == {"identical pixels", "near-duplicate"}


# Probes


def _probe(name: str, right: str, arm: str = "", **more) -> pd.DataFrame:
    return _rows(right, arm=arm, kind="probe", name=name, **more)[tables_module.EVIDENCE]


def test_every_probe_has_its_accuracy_kind_and_arm():
    found = records.probe_records(
        _joined(
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
    tested = _joined(*(_rows("+" * n + "-" * (6 - n), arm=arm) for n, arm in enumerate(names, 2)))
    models = _models(one="", two="", three="", two_larger="two")
    found = _compared(models, tested)
    assert _pairs(found) == [
        *(("one", "two"), ("one", "three"), ("two", "three"), ("two-larger", "two"))
    ]
    assert [one.mean for one in found] == pytest.approx([-1 / 6, -2 / 6, -1 / 6, 2 / 6])
    assert {one.family for one in found} == {4}


@pytest.mark.filterwarnings("error")
def test_one_arm_alone_is_compared_with_nothing():
    assert _compared(_models(net=""), _rows("++-")) == []


@pytest.mark.filterwarnings("error")
def test_arms_are_compared_with_probes_in_a_family_of_their_own():
    tested = _joined(_rows("++++", arm="one"), _rows("+++-", arm="two"))
    probed = _joined(_probe("colour", "+---"), _probe("border", "++--"))
    found = _compared(_models(one="", two=""), tested, probed)
    assert _pairs(found) == [
        ("one", "two"),
        *(("one", "colour"), ("one", "border"), ("two", "colour"), ("two", "border")),
    ]
    assert [one.mean for one in found] == pytest.approx([1 / 4, 3 / 4, 2 / 4, 2 / 4, 1 / 4])
    assert [one.family for one in found] == [1, 4, 4, 4, 4]


def test_a_probe_of_an_arm_is_compared_with_that_arm_alone():
    """Both are called "features", and they are not the same."""
    tested = _joined(_rows("++++", arm="one"), _rows("++++", arm="two"))
    probed = _joined(_probe("features", "+++-", arm="one"), _probe("features", "+---", arm="two"))
    found = _compared(_models(one="", two=""), tested, probed)[1:]
    assert [(one.arm, one.versus, one.mean) for one in found] == [
        ("one", "features", 1 / 4),
        ("two", "features", 3 / 4),
    ]


def test_variants_are_compared_with_no_probe_nor_any_arm_with_random_labels():
    tested = _joined(_rows("+++-", arm="net"), _rows("++--", arm="net-variant"))
    probed = _joined(_probe("colour", "+---"), _probe("random labels", "+--+", arm="net"))
    found = _compared(_models(net="", net_variant="net"), tested, probed)
    assert _pairs(found) == [("net-variant", "net"), ("net", "colour")]


def test_random_labels_of_one_fold_stop_no_comparison_of_several():
    tested = _joined(_rows("+++-"), _rows("+++-", seed=1))
    colour = _joined(_probe("colour", "++--"), _probe("colour", "+---", seed=1))
    found = _compared(
        _models(net=""), tested, _joined(colour, _probe("random labels", "+--+", arm="net"))
    )
    assert [(one.versus, one.per_seed) for one in found] == [
        ("colour", pytest.approx([1 / 4, 2 / 4]))
    ]


def test_protocols_are_compared_apart():
    tested = _joined(_rows("++++"), _rows("++--", protocol="grouped"))
    probed = _joined(_probe("colour", "++--"), _probe("colour", "+---", protocol="grouped"))
    found = _compared(_models(net=""), tested, probed)
    assert [(one.protocol, one.mean) for one in found] == [
        ("published", 2 / 4),
        ("grouped", 1 / 4),
    ]


# Control sets


def _control(name: str, answers: str, by: str = "net", true: str = "", **more) -> pd.DataFrame:
    """What images were called, a letter each; `true` tells what each is, "c" by default."""
    words = {"c": "cat", "d": "dog"}
    table = _rows("+" * len(answers), arm=by, kind="control", name=name, **more)
    return table.assign(
        true=[words[one] for one in true or "c" * len(answers)],
        predicted=[words[one] for one in answers],
    )[tables_module.EVIDENCE]


def test_controls_are_counted_by_seed_and_called_over_all_models():
    found = records.control_records(
        _joined(_control("far", "ccdd", seed=0), _control("far", "cddd", seed=1)), "exact"
    )
    assert found == [
        Control(
            name="far",
            kind="substitute",
            by="net",
            protocol="published",
            images=4,
            right=[2, 1],
            called={"cat": 3 / 8, "dog": 5 / 8},
        )
    ]


def test_of_several_folds_the_mean_is_counted():
    """Each model is shown the same images: four images, however many models."""
    (found,) = records.control_records(
        _joined(*(_control("far", one, fold=n) for n, one in enumerate(("cccc", "cddd", "dddd")))),
        "substitute",
    )
    assert (found.images, found.right) == (4, [pytest.approx(5 / 3)])
    assert found.called == {"cat": pytest.approx(5 / 12), "dog": pytest.approx(7 / 12)}


def test_right_is_what_each_image_is_and_not_one_class():
    (found,) = records.control_records(_control("far", "ccdd", true="cdcd"), "exact")
    assert (found.right, found.called) == ([2], {"cat": 0.5, "dog": 0.5})


def test_a_class_that_nothing_is_called_is_not_listed():
    (found,) = records.control_records(_control("far", "dddd", true="cccc"), "exact")
    assert (found.right, found.called) == ([0], {"dog": 1})


def test_seeds_stand_in_the_order_of_the_run():
    """As those of every other score."""
    answers = {7: "cccc", 2: "dddd", 5: "ccdd"}
    (found,) = records.control_records(
        _joined(*(_control("far", one, seed=seed) for seed, one in answers.items())), "exact"
    )
    assert found.right == [4, 0, 2]


def test_every_set_arm_probe_and_protocol_is_counted_apart():
    tables = [
        _control("far", "cd"),
        _control("far", "dd", by="colour"),
        _control("near", "ccc"),
        _control("far", "cc", protocol="grouped"),
    ]
    found = records.control_records(_joined(*tables), "exact")
    assert [(one.name, one.by, one.protocol, one.right) for one in found] == [
        ("far", "net", "published", [1]),
        ("far", "colour", "published", [0]),
        ("near", "net", "published", [3]),
        ("far", "net", "grouped", [2]),
    ]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("phantom", "phantom"), ("substitute", "substitute"), ("exact", "substitute")],
)
def test_control_images_are_never_the_papers_own(kind, told):
    (found,) = records.control_records(_control("far", "c"), kind)
    assert found.kind == told


# Choices


def _choice(name: str, right: str, arm: str = "net", seed: int = 4, **more) -> pd.DataFrame:
    return _rows(right, arm=arm, kind="choice", name=name, seed=seed, **more)[
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
TESTED = _joined(
    _rows("----", protocol="grouped", seed=4),
    *(_rows("+++-", seed=4), _rows("++--", seed=4, fold=1), _rows("----", seed=1)),
)


def _choices(*tables: pd.DataFrame, tested=TESTED, history=None) -> list[Choice]:
    history = _history([0.25, 0.75]) if history is None else history
    return records.choice_records(_joined(*tables), tested, history, SETTINGS)


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
    tested = _joined(TESTED, _rows("++--", arm="other", seed=4))
    history = _joined(_history([0.25, 0.75]), _history([0.5], arm="other"))
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
    history = _joined(*more, _history(val_accuracy))
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
    found = _choices(_choice("batch size=16", "+---"), history=_joined(_history([0.5, 0.4]), later))
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
    assert [one.images for one in results.controls] == [10, 10]
    assert {one.name for one in results.choices} == {
        *("batch size", "seed of the weights", "epoch")
    }
    assert (results.gaps, results.subgroups) == ([], [])


def test_only_test_images_count(with_evidence):
    before = with_evidence.collect()
    trained = with_evidence.predictions.assign(part="train", predicted="basophil", twin="near")
    with_evidence.predictions = _joined(with_evidence.predictions, trained)
    after = with_evidence.collect()
    fields = ("gaps", "leaks", "probes", "comparisons", "controls", "choices", "subgroups")
    assert [getattr(after, one) for one in fields] == [getattr(before, one) for one in fields]
