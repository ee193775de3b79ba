"""Checking a run against its own files: every altered number is found and named, sound ones are not."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from lib import runs
from lib.datasets import split_table
from lib.grading.verify import faults
from lib.papers.declare import Paper
from lib.results import Results, load


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record and its check draw the same replicates, however many: few are drawn faster."""
    for module in ("evaluation.scores", "evaluation.intervals", "evidence.comparisons"):
        monkeypatch.setattr(f"lib.{module}.REPLICATES", 100)


@pytest.fixture
def written(record: SimpleNamespace, tmp_path: Path):
    """Writes the record as the batch would and returns its folder."""

    def write(name: str = "run") -> Path:
        results = record.collect()
        folder = runs.save(results, record.tables(), str(tmp_path / name))
        (folder / "report.html").write_text(_html(results))
        return folder

    return write


@pytest.fixture
def grouped(record: SimpleNamespace) -> SimpleNamespace:
    """The same record of images in groups of two, one on each side of every fold."""
    _regroup(record, [f"{row // 2}" for row in range(30)])
    return record


def _regroup(record: SimpleNamespace, groups: list[str]) -> None:
    table = record.images.table.assign(group=groups)
    record.images = replace(record.images, table=table)
    record.splits = split_table(record.images, record.folds)
    of_path = dict(zip(table["path"], groups, strict=True))
    record.predictions["group"] = record.predictions["path"].map(of_path)


def _html(results: Results) -> str:
    """As much of a report as is read; a whole one would take a third of a second each."""
    record = results.model_dump_json(indent=1)
    return f'<script type="application/json" id="results">{record}</script>'


def _table(path: Path, change) -> None:
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    change(table)
    table.to_csv(path, index=False)


def _json(folder: Path, change) -> None:
    """Changes results.json, and the copy of it in the report, as a careful forger would."""
    record = json.loads((folder / "results.json").read_text())
    change(record)
    (folder / "results.json").write_text(json.dumps(record))
    (folder / "report.html").write_text(_html(load(folder)))


def test_a_run_that_was_left_alone_has_no_faults(written):
    assert faults(written()) == []


def test_a_run_with_groups_that_was_left_alone_has_no_faults(grouped, written):
    folder = written()
    assert {fold.shared_groups for fold in load(folder).folds} == {1.0}
    assert faults(folder) == []


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv", "splits.csv", "evidence.csv"])
def test_a_file_of_other_bytes_is_named(written, name):
    folder = written()
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace("\n", "\r\n"), newline="")
    assert faults(folder) == [f"{name} is not the file the run wrote (its SHA-256 differs)"]


@pytest.mark.parametrize(
    "name",
    ["results.json", "report.html", "predictions.csv", "history.csv", "splits.csv", "evidence.csv"],
)
def test_a_missing_file_is_an_error(written, name):
    folder = written()
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        faults(folder)


def test_a_report_with_other_results_is_found(written):
    folder, other = written(), written("other")
    html = (other / "report.html").read_text()
    (folder / "report.html").write_text(html.replace('"images": 30', '"images": 31'))
    assert faults(folder) == ["report.html holds other results than results.json"]


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("scores", lambda record: record["scores"][0].update(mean=0.99)),
        ("scores", lambda record: record["scores"].pop()),
        ("confusions", lambda record: record["confusions"][0]["counts"][0].reverse()),
        ("claims", lambda record: record["claims"][0].update(verdict="reproduced")),
        ("claims", lambda record: record["claims"][0].update(printed="99.9")),
    ],
)
def test_a_number_that_does_not_follow_from_the_tables_is_found(written, part, change):
    folder = written()
    _json(folder, change)
    assert [fault.split(":")[0] for fault in faults(folder)] == [part]


def test_a_run_with_a_variant_that_was_left_alone_has_no_faults(with_variant, written):
    folder = written()
    (found,) = load(folder).differences
    assert found.per_seed == pytest.approx([-1 / 15, -3 / 15])
    assert faults(folder) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["differences"][0].update(mean=0.1),
        lambda record: record["differences"][0]["per_seed"].reverse(),
        lambda record: record["differences"].pop(),
    ],
)
def test_a_difference_that_does_not_follow_from_the_tables_is_found(with_variant, written, change):
    folder = written()
    _json(folder, change)
    assert [fault.split(":")[0] for fault in faults(folder)] == ["differences"]


def test_an_arm_that_is_no_longer_called_a_variant_is_found(with_variant, written):
    folder = written()
    _json(folder, lambda record: record["models"][1].update(variant_of=""))
    assert [fault.split(":")[0] for fault in faults(folder)] == ["differences", "comparisons"]


def test_a_best_epoch_that_does_not_follow_from_the_history_is_found(with_variant, written):
    folder = written()

    def earlier(record: dict) -> None:
        best = [one for one in record["scores"] if one["of"] == "best epoch"]
        best[0].update(mean=1.5)

    _json(folder, earlier)
    assert [fault.split(":")[0] for fault in faults(folder)] == ["scores"]


def test_a_fold_that_a_variant_left_out_is_found(with_variant, written):
    """A seed that went badly was left out of its scores."""
    folder, table = written(), with_variant.predictions
    kept = ~((table["arm"] == "mobilenetv2-native") & (table["seed"] == 1))
    table[kept].to_csv(folder / "predictions.csv", index=False)
    told = faults(folder)
    assert any(fault.startswith("differences: ") for fault in told)
    assert any("of mobilenetv2-native, fold published 1 0" in fault for fault in told)
    assert any(
        fault.startswith("the rest of the record cannot be computed again: ") for fault in told
    )


def test_evidence_that_does_not_follow_from_its_tables_is_found(with_evidence, written):
    assert faults(written("sound")) == []
    changes = {
        "probes": lambda one: one["accuracy"].update(mean=0.2),
        "comparisons": lambda one: one.update(p=0.5),
        "controls": lambda one: one.update(right=[10, 10]),
        "choices": lambda one: one.update(accuracy=0.99),
        "leaks": lambda one: one.update(share=0.5),
    }
    for name, change in changes.items():
        folder = written(name)
        _json(folder, lambda record, name=name, change=change: change(record[name][0]))
        assert [fault.split(":")[0] for fault in faults(folder)] == [name]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("probe", ["probes", "comparisons"]),
        ("control", ["controls"]),
        ("choice", ["choices"]),
    ],
)
def test_an_answer_that_was_changed_in_the_evidence_is_found(with_evidence, written, kind, fields):
    folder = written()

    def other(table: pd.DataFrame) -> None:
        row = table.index[(table["kind"] == kind) & (table["true"] == table["predicted"])][0]
        table.loc[row, "predicted"] = "lymphocyte"

    _table(folder / "evidence.csv", other)
    told = faults(folder)
    assert told[0].startswith("evidence.csv is not the file the run wrote")
    assert [fault.split(":")[0] for fault in told[1:]] == fields


def test_evidence_of_an_unknown_probe_is_a_fault_and_no_error(with_evidence, written):
    folder = written()
    _table(folder / "evidence.csv", lambda table: table.replace("colour", "colours", inplace=True))
    assert any(
        fault.startswith("the rest of the record cannot be computed again: ")
        for fault in faults(folder)
    )


def test_a_twin_that_is_concealed_is_found(record, written):
    folder = written()
    _table(folder / "predictions.csv", lambda table: table.update({"twin": [""] * len(table)}))
    told = faults(folder)
    assert [fault.split(":")[0] for fault in told[1:]] == ["leaks"]


def test_a_better_prediction_than_was_made_is_found(record, written):
    record.predictions.loc[0, "predicted"] = "monocyte"
    folder = written()
    _table(folder / "predictions.csv", lambda table: table.update({"predicted": table["true"]}))
    told = faults(folder)
    assert told[0].startswith("predictions.csv is not the file")
    assert any(fault.startswith("scores: ") for fault in told)


# How the images were divided


@pytest.mark.parametrize(("side", "other"), [("train", "test"), ("test", "train")])
def test_a_changed_count_of_a_fold_is_found(written, side, other):
    folder = written()
    _json(folder, lambda record: record["folds"][1][side].update(monocyte=4))
    (fault,) = faults(folder)
    assert fault.startswith(f"{side} images of fold published 1 0: results.json says ")
    assert "'monocyte': 4" in fault.split(";")[0]
    assert "splits.csv gives" in fault
    assert "'monocyte': 3" in fault.split(";")[1]


def test_a_changed_splits_csv_is_found(written):
    folder = written()

    def move(table: pd.DataFrame) -> None:
        row = table.index[table["published 0 0"] == "test"][0]
        table.loc[row, "published 0 0"] = "train"

    _table(folder / "splits.csv", move)
    told = faults(folder)
    assert told[0].startswith("splits.csv is not the file")
    assert [fault.split(":")[0] for fault in told[1:]] == [
        "train images of fold published 0 0",
        "test images of fold published 0 0",
        "predictions of mobilenetv2, fold published 0 0, are not those of its test images in splits.csv",
    ]


def test_two_images_that_change_sides_are_found_though_no_count_changes(written):
    folder = written()

    def swap(table: pd.DataFrame) -> None:
        of_class = table[table["true"] == "monocyte"]
        trained, tested = (
            of_class.index[of_class["published 1 0"] == side][0] for side in ("train", "test")
        )
        table.loc[[trained, tested], "published 1 0"] = ["test", "train"]

    _table(folder / "splits.csv", swap)
    assert faults(folder)[1:] == [
        "predictions of mobilenetv2, fold published 1 0, are not those of its test images in splits.csv"
    ]


@pytest.mark.parametrize("leak", [0.0, 0.5])
def test_a_changed_leak_is_found(grouped, written, leak):
    folder = written()
    _json(folder, lambda record: record["folds"][0].update(shared_groups=leak))
    (fault,) = faults(folder)
    assert fault == (f"leak of fold published 0 0: results.json says {leak}; splits.csv gives 1.0")


def test_groups_that_were_parted_on_paper_only_are_found(grouped, written):
    folder = written()
    _table(folder / "splits.csv", lambda table: table.update({"group": table["path"]}))
    assert "leak of fold published 1 0: results.json says 1.0; splits.csv gives 0.0" in faults(
        folder
    )


def test_a_prediction_for_an_image_that_was_not_tested_on_is_found(record, written):
    trained = record.images.table["path"][record.folds[0].train[0]]
    record.predictions.loc[0, "path"] = trained
    told = faults(written())
    assert (
        "predictions of mobilenetv2, fold published 0 0, are not those of its test images in splits.csv"
        in told
    )


def test_a_test_image_that_was_left_out_of_the_predictions_is_found(record, written):
    record.predictions = record.predictions.drop(index=3).reset_index(drop=True)
    told = faults(written())
    assert any("published 0 0" in fault for fault in told)


def test_a_test_image_that_counts_twice_is_found(record, written):
    record.predictions = record.predictions.iloc[[0, *range(30)]].reset_index(drop=True)
    told = faults(written())
    assert any("published 0 0" in fault for fault in told)


def test_a_fold_without_predictions_is_found(record, written):
    """A seed that went badly was left out of the scores."""
    record.predictions = record.predictions[record.predictions["seed"] == 0]
    told = faults(written())
    assert any("published 1 0" in fault for fault in told)


def test_predictions_of_a_fold_that_is_not_in_the_record_are_found(record, written):
    """A seed that went well was put into the scores."""
    more = record.predictions[record.predictions["seed"] == 1].assign(seed=2)
    record.predictions = pd.concat([record.predictions, more], ignore_index=True)
    told = faults(written())
    assert any("published 2 0" in fault for fault in told)


def test_a_wrong_prediction_that_was_made_right_by_changing_the_truth_is_found(record, written):
    record.predictions.loc[0, ["true", "predicted"]] = "neutrophil"
    assert record.predictions["path"][0].startswith("basophil/")
    told = faults(written())
    assert any("published 0 0" in fault for fault in told)


def test_a_prediction_under_another_group_than_in_the_split_is_found(grouped, written):
    grouped.predictions.loc[0, "group"] = "a group of its own"
    told = faults(written())
    assert any("published 0 0" in fault for fault in told)


# Training images that were classified too


def test_a_run_that_classified_its_training_images_has_no_faults(with_training, written):
    folder = written()
    assert [one.part for one in load(folder).confusions] == ["test", "train"]
    assert faults(folder) == []


def _not_those_of_training(seed: int) -> str:
    fold = f"published {seed} 0"
    return (
        f"predictions of mobilenetv2, fold {fold}, are not those of its train images in splits.csv"
    )


def test_a_better_prediction_of_a_training_image_than_was_made_is_found(with_training, written):
    folder = written()
    _table(folder / "predictions.csv", lambda table: table.update({"predicted": table["true"]}))
    file, *told = faults(folder)
    assert file.startswith("predictions.csv is not the file")
    assert [fault.split(":")[0] for fault in told] == ["scores"]
    assert "part='train'" in told[0]


@pytest.mark.parametrize(
    ("change", "seed"),
    [
        (lambda table: table.drop(index=20), 0),
        (lambda table: table.drop(index=[45]), 1),  # the only one that was wrong
        (lambda table: table.iloc[[*range(60), 15]], 0),
        (lambda table: table[(table["part"] == "test") | (table["seed"] == 0)], 1),
    ],
)
def test_training_images_that_were_left_out_or_count_twice_are_found(
    with_training, written, change, seed
):
    """Though every score follows from the predictions that are left."""
    with_training.predictions = change(with_training.predictions).reset_index(drop=True)
    assert faults(written()) == [_not_those_of_training(seed)]


@pytest.mark.parametrize(("row", "part"), [(0, "train"), (15, "test")])
def test_a_prediction_that_is_said_to_be_of_the_other_part_is_found(
    with_training, written, row, part
):
    with_training.predictions.loc[row, "part"] = part
    assert faults(written()) == [
        _not_those_of_training(0).replace("train images", f"{one} images")
        for one in ("test", "train")
    ]


def test_a_prediction_of_a_third_part_is_a_fault(written):
    folder = written()
    _table(folder / "predictions.csv", lambda table: table.update({"part": ["validation"] * 30}))
    assert any("should be 'test' or 'train'" in fault for fault in faults(folder))


def _with_claim(paper: Paper) -> Paper:
    """The same paper, said to print an accuracy of its training images."""
    claim = replace(paper.claims[0], part="train", epoch=None, of="")
    return replace(paper, claims=(*paper.claims, claim))


def test_training_images_that_the_paper_evaluates_cannot_be_left_out_as_a_whole(
    with_training, written, monkeypatch
):
    with_training.paper = _with_claim(with_training.paper)
    monkeypatch.setattr("lib.papers.load", lambda _: with_training.paper)
    assert faults(written("whole")) == []
    kept = with_training.predictions["part"] == "test"
    with_training.predictions = with_training.predictions[kept].reset_index(drop=True)
    folder = written()
    assert [one.part for one in load(folder).confusions] == ["test"]
    assert faults(folder) == [_not_those_of_training(0), _not_those_of_training(1)]


def test_a_fold_that_splits_csv_does_not_know_is_found(written):
    folder = written()
    _table(folder / "splits.csv", lambda table: table.pop("published 1 0"))
    told = faults(folder)
    assert any("published 1 0" in fault for fault in told)


def test_the_leak_is_a_share_of_the_test_images_not_of_the_training_images(record, written):
    rows = {**dict.fromkeys((1, 3, 5), "tested only"), **dict.fromkeys((0, 2, 4), "3")}
    _regroup(record, [rows.get(row, f"{row // 2}") for row in range(30)])
    folder = written()
    assert [fold.shared_groups for fold in load(folder).folds] == [12 / 15, 1]
    assert faults(folder) == []


def test_a_class_without_one_test_image_is_counted_as_none(written):
    folder = written()

    def hide(table: pd.DataFrame) -> None:
        tested = (table["true"] == "monocyte") & (table["published 0 0"] == "test")
        table.loc[tested, "published 0 0"] = ""

    _table(folder / "splits.csv", hide)
    _, counted, predicted = faults(folder)
    assert counted.startswith("test images of fold published 0 0: ")
    assert "'monocyte': 0" in counted.split(";")[1]
    assert predicted.startswith("predictions of ")


def test_numbers_as_names_of_groups_stay_text(record, written):
    """01 and 1 are two groups: read as numbers, they would leak and widen the intervals."""
    _regroup(record, [f"{'0' * (row % 4)}{row // 4 + 1}" for row in range(30)])
    record.predictions.loc[::4, "predicted"] = "monocyte"
    folder = written()
    assert {fold.shared_groups for fold in load(folder).folds} == {0.0}
    assert faults(folder) == []
