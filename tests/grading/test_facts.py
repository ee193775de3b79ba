"""Facts that a run's files tell twice: each is found changed in one place, though every hash is forged to fit."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from run_folders import SURE, change_record, change_table, conceal, faults, fields

from lib.evidence import answers_to_explain, heat_rows
from lib.grading.facts import odd_times, time_faults
from lib.results import load, run_key
from lib.runs.key import parameter_parts
from lib.settings import recorded

MORE_SURE = "0.975"  # with the 0.025 of another class it is one


def forge(folder: Path, name: str, change) -> list[str]:
    """The faults once a table is changed, with its hash put into the record."""
    change_table(folder / name, change)
    conceal(folder)
    return faults(folder)


def put(column: str, value: object, row: int = 0):
    """Puts a value into a row of a table."""
    return lambda table: table.__setitem__(column, table[column].where(table.index != row, value))


# Answers


def test_a_prediction_must_be_of_the_most_probable_class(written):
    told = forge(written(), "predictions.csv", put("predicted", "monocyte"))
    assert told[0] == (
        "predictions.csv has predictions of another class than the most probable: 1 rows, the first in line 2"
    )


def test_of_classes_that_are_equally_probable_either_may_be_predicted(record, written):
    """Before they were rounded to six decimals, one may have been the larger."""
    folder = written()
    for column in ("basophil", "monocyte"):
        change_table(folder / "predictions.csv", put(column, str((SURE + 0.025) / 2)))
    for called in ("basophil", "monocyte"):
        told = forge(folder, "predictions.csv", put("predicted", called))
        assert not any("most probable" in fault for fault in told)
    told = forge(folder, "predictions.csv", put("predicted", "neutrophil"))
    assert any("most probable" in fault for fault in told)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-0.025", "outside [0, 1]"),
        ("1.025", "outside [0, 1]"),
        ("inf", "outside [0, 1]"),
        ("0.02503", "do not sum to one"),
        ("0.0", "do not sum to one"),
    ],
)
def test_probabilities_must_be_shares_of_one(written, value, words):
    told = forge(written(), "predictions.csv", put("monocyte", value, row=3))
    assert any(words in fault and "line 5" in fault for fault in told)


def test_rounding_is_no_fault(record, written):
    folder = written()
    change_table(folder / "predictions.csv", put("monocyte", "0.025003", row=3))
    conceal(folder)
    assert not any("sum to one" in fault for fault in faults(folder))


@pytest.mark.parametrize("column", ["true", "predicted", "twin"])
def test_a_label_that_is_none_is_found(written, column):
    told = forge(written(), "predictions.csv", put(column, "strange"))
    assert f"predictions.csv has in the column {column!r}: strange" in told


# Curves


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop(table.index[1]),
        lambda table: table.drop(table.index[-1]),
        lambda table: table.__setitem__("epoch", table["epoch"].replace("2", "4")),
        lambda table: table.__setitem__("epoch", table["epoch"].replace({"2": "1", "1": "2"})),
        lambda table: table.__setitem__("epoch", table["epoch"].replace("1", "0")),
    ],
)
def test_every_fit_must_have_every_epoch_once_and_in_order(with_variant, written, change):
    told = forge(written(), "history.csv", change)
    assert any(fault.startswith("history.csv should have the epochs 1 to ") for fault in told)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("accuracy", "1.5", "accuracies outside"),
        ("val_accuracy", "-0.5", "accuracies outside"),
        ("loss", "-1.0", "losses that are"),
        ("val_loss", "inf", "losses that are"),
    ],
)
def test_a_curve_that_cannot_be_is_found(written, column, value, words):
    told = forge(written(), "history.csv", put(column, value))
    assert any(words in fault for fault in told)


def test_epochs_are_those_of_the_settings(written):
    folder = written()
    change_record(
        folder, lambda record: record["settings"]["training"]["mobilenetv2"].update(epochs=2)
    )
    assert any("the epochs 1 to 2 of mobilenetv2" in fault for fault in faults(folder))


# Folds, seeds, arms


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv", "evidence.csv"])
@pytest.mark.parametrize(("column", "value"), [("seed", "7"), ("fold", "1"), ("protocol", "other")])
def test_rows_of_a_fold_that_the_record_lacks_are_found(
    with_evidence, written, name, column, value
):
    told = forge(written(), name, put(column, value))
    assert any(fault.startswith(f"{name} has folds that results.json lacks: ") for fault in told)
    assert not any(fault.startswith("scores") for fault in told)  # nothing is computed from them


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv"])
def test_rows_of_an_arm_that_the_record_lacks_are_found(written, name):
    told = forge(written(), name, put("arm", "strange"))
    assert f"{name} has arms that results.json lacks: strange" in told


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda record: record["settings"].update(seeds=[0, 2]), "seeds of the published folds"),
        (lambda record: record["settings"].update(seeds=[0]), "seeds of the published folds"),
        (lambda record: record["settings"].update(protocols=["grouped"]), "protocols of the folds"),
        (lambda record: record["settings"].update(image_size=64), "data.image_size"),
        (lambda record: record["settings"].update(profile="full"), "profile"),
        (lambda record: record.update(changed=[]), "changed"),
        (lambda record: record["settings"].update(variants=["mobilenetv2-native"]), "models"),
        (lambda record: record["settings"].update(arms=["kumar_breakhis/vgg16"]), "models"),
    ],
)
def test_settings_that_are_not_those_of_the_folds_are_found(written, change, field):
    folder = written()
    change_record(folder, change)
    assert field in fields(folder)


def test_a_protocol_without_folds_is_found_unless_it_could_not_be_made(written):
    def ask(record: dict) -> None:
        record["settings"]["protocols"].append("grouped")

    folder = written()
    change_record(folder, ask)
    assert load(folder).grouping.hindrance
    assert faults(folder) == []
    change_record(folder, lambda record: record["grouping"].update(hindrance=""))
    assert fields(folder) == ["protocols of the folds"]


# Counts and groups


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda record: record["data"].update(images=31), "data.images"),
        (lambda record: record["data"]["counts"].update(monocyte=5), "data.counts"),
        (lambda record: record["data"].update(groups=9), "data.groups"),
        (lambda record: record["data"].update(group_counts={}), "data.group_counts"),
        (lambda record: record["grouping"].update(joined=1), "grouping.joined"),
        (lambda record: record["grouping"].update(noun="patient"), "grouping.noun"),
        (lambda record: record["grouping"].update(basis="known groups"), "grouping.basis"),
        (lambda record: record["grouping"].update(basis="partly known groups"), "grouping.basis"),
        (lambda record: record.update(title="Another"), "title"),
        (lambda record: record["classes"].reverse(), "classes"),
        (lambda record: record.update(verdict_rule="Any."), "verdict_rule"),
        (lambda record: record["costs"][0].update(parameters=8), "costs of mobilenetv2"),
        (
            lambda record: record["models"][0]["parameters"].update(trainable=6),
            "parameters of mobilenetv2",
        ),
        (
            lambda record: record["folds"][1].update(near_duplicates=3),
            "near-duplicates of fold published 1 0",
        ),
        (
            lambda record: record["folds"][1].update(look_alikes=3),
            "look-alikes of fold published 1 0",
        ),
    ],
)
def test_a_number_of_the_record_that_another_contradicts_is_found(written, change, field):
    folder = written()
    change_record(folder, change)
    assert field in fields(folder)


def test_an_image_that_stands_twice_in_the_splits_is_found(written):
    folder = written()
    told = forge(folder, "splits.csv", lambda table: table.__setitem__("path", table["path"][0]))
    assert "splits.csv names an image twice" in told


# Evidence


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("probe", "images of colour (no arm) are not the test images of fold published 0 0"),
        ("choice", "images of batch size=64 (mobilenetv2) are not the test images of fold"),
        ("size", "images of training images=10 (mobilenetv2) are not the test images of fold"),
        ("control", "was shown other images of pbc than others were"),
    ],
)
@pytest.mark.parametrize("column", ["path", "group", "true"])
def test_evidence_of_other_images_is_found(with_evidence, written, kind, words, column):
    folder = written()

    def other(table: pd.DataFrame) -> None:
        row = table.index[(table["kind"] == kind) & (table["true"] == "basophil")][0]
        table.loc[row, column] = "monocyte"

    assert any(words in fault for fault in forge(folder, "evidence.csv", other))


def test_a_choice_of_another_split_may_test_any_images_of_the_run(with_evidence, written):
    rows = with_evidence.evidence
    named = rows["name"] == "seed of the weights=1"
    rows.loc[named, "name"] = "seed of the split=1"
    of_fold = with_evidence.images.table["path"].to_numpy()
    paths = of_fold[with_evidence.folds[1].test]  # the other half of every class
    rows.loc[named, "path"] = paths
    folder = written()
    assert faults(folder) == []
    index = rows.index[named][0]
    for path in ("basophil/of_no_split.png", paths[1]):
        told = forge(folder, "evidence.csv", put("path", path, row=index))
        assert any("are not those of splits.csv" in fault for fault in told)


def test_a_control_set_of_other_images_than_the_record_says_is_found(with_evidence, written):
    folder = written()
    change_record(folder, lambda record: record["control_sets"][0]["counts"].update(basophil=12))
    assert any(fault.startswith("control_sets: ") for fault in faults(folder))


def test_evidence_of_a_fourth_kind_is_found(with_evidence, written):
    told = forge(written(), "evidence.csv", put("kind", "hearsay"))
    assert "evidence.csv has rows of kind hearsay" in told


def test_choices_of_a_run_that_tried_none_are_found(with_evidence, written):
    folder = written()
    change_record(folder, lambda record: record["settings"].update(choices=False))
    assert "evidence.csv has rows of kind choice; by its settings this run tried none" in faults(
        folder
    )


class Warm:
    """Heat that is even all over an image."""

    def take(self, _: str, paths) -> np.ndarray:
        return np.ones((len(paths), 32, 32))


@pytest.fixture
def with_heat(record, monkeypatch):
    """The record with the shares of heat of every answer of its first fit: its borders may tell."""
    dataset = replace(record.paper.dataset, border_clues="Corners are black.")
    record.paper = replace(record.paper, dataset=dataset)
    monkeypatch.setattr(f"lib.papers.{record.paper.slug}.PAPER", record.paper)
    explained = answers_to_explain(
        record.paper, ["mobilenetv2"], record.predictions, record.collect().learning
    )
    record.evidence = heat_rows(explained, Warm(), record.images)
    assert len(record.evidence) == 4 * 15
    return record


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("path", "basophil/of_no_split.png", "of other answers than they are averaged over"),
        ("predicted", "monocyte", "of other answers than they are averaged over"),
        ("seed", "1", "of other answers than they are averaged over"),
        ("name", "heat on the object=0.5", "of other answers than they are averaged over"),
        ("name", "heat on the border=1.5", "is no number between 0 and 1"),
        ("name", "heat on the border=nan", "is no number between 0 and 1"),
    ],
)
def test_shares_of_heat_that_no_answer_can_have_are_found(with_heat, written, column, value, words):
    folder = written()
    assert faults(folder) == []
    rows = with_heat.evidence
    row = rows.index[rows["name"].str.startswith("heat on the border")][0]
    assert any(words in fault for fault in forge(folder, "evidence.csv", put(column, value, row)))


def test_another_share_of_heat_gives_another_record(with_heat, written):
    told = forge(written(), "evidence.csv", put("name", "heat on the border=0.999999"))
    assert any("attention" in fault for fault in told)


# The run key


@pytest.fixture
def keyed(written, record) -> Path:
    """A run that the batch made, with a key."""
    folder = written()
    provenance = load(folder).provenance
    packages = {f"package {name}": number for name, number in provenance.versions.items()}
    parts = {
        "data": f"{record.images.sha256} {'0' * 64}",
        "weights": "",
        "backend": provenance.backend,
        **packages,
        "device": "cpu",
    }
    of_batch = {"key_parts": parts, "run_key": run_key(parts)}
    change_record(folder, lambda record: record["provenance"].update(of_batch))
    return folder


def test_a_run_of_the_batch_has_no_faults(keyed):
    assert faults(keyed) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda record: record["provenance"].update(run_key="0" * 64), "run_key"),
        (lambda record: record["provenance"]["key_parts"].update(device="gpu"), "run_key"),
        (lambda record: record["provenance"]["key_parts"].clear(), "run_key"),
        (lambda record: record["provenance"].update(backend="jax"), "versions"),
        (lambda record: record["provenance"]["versions"].update(keras="0"), "versions"),
        (lambda record: record["data"].update(sha256="1" * 64), "data.sha256"),
        (
            lambda record: record["models"][0]["weights"].update(sha256="1" * 64),
            "weights of mobilenetv2",
        ),
    ],
)
def test_a_key_that_is_not_that_of_its_parts_is_found(keyed, change, field):
    change_record(keyed, change)
    assert fields(keyed) == [field]


def test_a_key_names_the_parameters_of_the_settings_or_what_was_asked_of_them(keyed):
    """`choices` may be left to the number of images: the settings say what was done."""
    settings = recorded(load(keyed).settings)

    def told(**changes: str) -> list[str]:
        parts = parameter_parts(settings, {}) | {f"parameter {n}": v for n, v in changes.items()}

        def rekey(record: dict) -> None:
            whole = record["provenance"]["key_parts"] | parts
            record["provenance"].update(key_parts=whole, run_key=run_key(whole))

        change_record(keyed, rekey)
        return fields(keyed)

    assert told() == told(choices="null") == []
    assert told(choices="false") == ["key_parts.parameter choices"]
    assert told(seeds="[8, 9]") == ["key_parts.parameter seeds"]
    assert told(**{"mobilenetv2 optimizer": '"sgd"'}) == [
        "key_parts.parameter mobilenetv2 optimizer"
    ]


# Times


@pytest.mark.parametrize(
    ("started", "seconds", "state"),
    [
        ("2026-06-01T10:00:00+00:00", 60, None),
        ("2026-06-01T10:00:00", 60, "differs"),  # of no zone
        ("2999-01-01T00:00:00+00:00", 60, "differs"),
        ("2026-06-01T10:00:00+00:00", 1e12, "differs"),  # ends in the future
        ("1970-01-01T00:00:00+00:00", 60, "cannot tell"),  # a clock without a battery
    ],
)
def test_a_run_starts_and_ends_in_the_past_and_not_before_there_were_any(started, seconds, state):
    run = SimpleNamespace(
        provenance=SimpleNamespace(started=started, seconds=seconds), costs=[], folds=[]
    )
    states = ["differs" for _ in time_faults(run)] + [item.state for item in odd_times(run)]
    assert states == [state] * bool(state)


# Kept models


def test_kept_models_are_those_of_the_settings_or_none(written):
    """No file of a model is handed in: the list alone is compared."""
    folder = written()
    first = {
        "arm": "mobilenetv2",
        "seed": 0,
        "protocol": "published",
        "file": "models/mobilenetv2.keras",
        "bytes": 1,
        "sha256": "",
    }

    def told(*kept: dict) -> list[str]:
        change_record(folder, lambda record: record.update(kept_models=list(kept)))
        return [fault for fault in faults(folder) if fault.startswith("kept_models")]

    assert told() == told(first) == []
    for changes in ({"arm": "vgg16"}, {"seed": 1}, {"protocol": "grouped"}):
        assert len(told(first | changes)) == 1
    assert len(told(first, first)) == 1
    assert len(told(first | {"file": "models/other.keras"})) == 1
