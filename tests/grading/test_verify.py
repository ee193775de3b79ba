"""Checking a run against its own files: every altered number is found and named, sound ones are not."""

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from run_folders import (
    change_record,
    change_table,
    conceal,
    faults,
    fields,
    regroup,
)

from lib import ROOT
from lib.grading.consistency import MOST_OBJECTS, MOST_VALUES
from lib.grading.verify import verify_all
from lib.papers.declare import Paper
from lib.report.page import RESULTS
from lib.results import SCHEMA_VERSION, load
from lib.settings import resolve


@pytest.fixture
def grouped(record: SimpleNamespace) -> SimpleNamespace:
    """The same record of images in groups of two, one on each side of every fold."""
    regroup(record, [f"{row // 2}" for row in range(30)])
    return record


def test_a_run_that_was_left_alone_has_no_faults(written):
    assert faults(written()) == []


def test_a_run_with_groups_that_was_left_alone_has_no_faults(grouped, written):
    folder = written()
    assert {fold.shared_groups for fold in load(folder).folds} == {1.0}
    assert faults(folder) == []


def test_a_run_of_another_papers_model_that_was_left_alone_has_no_faults(record, written):
    arm = "sulistiana_cat_breeds/mobilenetv2"
    record.settings = resolve(record.paper, seeds=[0, 1], arms=[arm])
    for records in (record.models, record.costs):
        records[0] = records[0].model_copy(update={"arm": arm})
    record.predictions = record.predictions.assign(arm=arm)
    record.history = record.history.assign(arm=arm)
    folder = written()
    assert load(folder).claims == []
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
def test_a_missing_file_is_a_fault(written, name):
    folder = written()
    (folder / name).unlink()
    assert faults(folder) == [f"{name} is missing"]


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
    change_record(folder, change)
    assert fields(folder) == [part]


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
    change_record(folder, change)
    assert fields(folder) == ["differences"]


def test_an_arm_that_is_no_longer_called_a_variant_is_found(with_variant, written):
    folder = written()
    change_record(folder, lambda record: record["models"][1].update(variant_of=""))
    assert fields(folder) == ["models", "differences", "comparisons"]


def test_a_best_epoch_that_does_not_follow_from_the_history_is_found(with_variant, written):
    folder = written()

    def earlier(record: dict) -> None:
        best = [one for one in record["scores"] if one["of"] == "best epoch"]
        best[0].update(mean=1.5)

    change_record(folder, earlier)
    assert fields(folder) == ["scores"]


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
        "controls": lambda one: one.update(majority=0.1),
        "choices": lambda one: one.update(accuracy=0.99),
        "leaks": lambda one: one.update(share=0.5),
    }
    for name, change in changes.items():
        folder = written(name)
        change_record(folder, lambda record, name=name, change=change: change(record[name][0]))
        assert fields(folder) == [name]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("probe", ["probes", "comparisons"]),
        ("control", ["controls"]),
        ("choice", ["choices"]),
        ("size", ["size_controls"]),
    ],
)
def test_an_answer_that_was_changed_in_the_evidence_is_found(with_evidence, written, kind, fields):
    folder = written()

    def other(table: pd.DataFrame) -> None:
        row = table.index[(table["kind"] == kind) & (table["true"] == table["predicted"])][0]
        table.loc[row, "predicted"] = "lymphocyte"

    change_table(folder / "evidence.csv", other)
    told = faults(folder)
    assert told[0].startswith("evidence.csv is not the file the run wrote")
    assert [fault.split(":")[0] for fault in told[1:]] == fields


def test_evidence_of_an_unknown_probe_is_a_fault_and_no_error(with_evidence, written):
    folder = written()
    change_table(
        folder / "evidence.csv", lambda table: table.replace("colour", "colours", inplace=True)
    )
    assert any(
        fault.startswith("the rest of the record cannot be computed again: ")
        for fault in faults(folder)
    )


def test_a_twin_that_is_concealed_is_found(record, written):
    folder = written()
    change_table(
        folder / "predictions.csv", lambda table: table.update({"twin": [""] * len(table)})
    )
    told = faults(folder)
    assert [fault.split(":")[0] for fault in told[1:]] == [
        "near-duplicates of fold published 0 0",
        "near-duplicates of fold published 1 0",
        "leaks",
    ]


def test_a_better_prediction_than_was_made_is_found(record, written):
    record.predictions.loc[0, "predicted"] = "monocyte"
    folder = written()
    change_table(
        folder / "predictions.csv", lambda table: table.update({"predicted": table["true"]})
    )
    told = faults(folder)
    assert told[0].startswith("predictions.csv is not the file")
    assert any(fault.startswith("scores: ") for fault in told)


# How the images were divided


@pytest.mark.parametrize(("side", "other"), [("train", "test"), ("test", "train")])
def test_a_changed_count_of_a_fold_is_found(written, side, other):
    folder = written()
    change_record(folder, lambda record: record["folds"][1][side].update(monocyte=4))
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

    change_table(folder / "splits.csv", move)
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

    change_table(folder / "splits.csv", swap)
    assert faults(folder)[1:] == [
        "predictions of mobilenetv2, fold published 1 0, are not those of its test images in splits.csv"
    ]


@pytest.mark.parametrize("leak", [0.0, 0.5])
def test_a_changed_leak_is_found(grouped, written, leak):
    folder = written()
    change_record(folder, lambda record: record["folds"][0].update(shared_groups=leak))
    (fault,) = faults(folder)
    assert fault == (f"leak of fold published 0 0: results.json says {leak}; splits.csv gives 1.0")


def test_groups_that_were_parted_on_paper_only_are_found(grouped, written):
    folder = written()
    change_table(folder / "splits.csv", lambda table: table.update({"group": table["path"]}))
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


def test_predictions_of_a_fold_that_is_not_in_the_record_are_found(written):
    """A seed that went well was put among the answers."""
    folder = written()

    def add_a_seed(predictions: pd.DataFrame) -> pd.DataFrame:
        more = predictions[predictions["seed"] == "1"].assign(seed="2")
        return pd.concat([predictions, more], ignore_index=True)

    change_table(folder / "predictions.csv", add_a_seed)
    conceal(folder)
    told = faults(folder)
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
    change_table(
        folder / "predictions.csv", lambda table: table.update({"predicted": table["true"]})
    )
    file, cheap, scores = faults(folder)
    assert file.startswith("predictions.csv is not the file")
    assert cheap.startswith("predictions.csv has predictions of another class than the most")
    assert scores.startswith("scores: ")
    assert "part='train'" in scores


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
    of_images = [fault for fault in faults(written()) if fault.startswith("predictions of ")]
    assert of_images == [
        _not_those_of_training(0).replace("train images", f"{side} images")
        for side in ("test", "train")
    ]


def test_a_prediction_of_a_third_part_is_a_fault(written):
    folder = written()
    change_table(
        folder / "predictions.csv", lambda table: table.update({"part": ["validation"] * 30})
    )
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
    change_table(folder / "splits.csv", lambda table: table.pop("published 1 0"))
    told = faults(folder)
    assert any("published 1 0" in fault for fault in told)


def test_the_leak_is_a_share_of_the_test_images_not_of_the_training_images(record, written):
    rows = {**dict.fromkeys((1, 3, 5), "tested only"), **dict.fromkeys((0, 2, 4), "3")}
    regroup(record, [rows.get(row, f"{row // 2}") for row in range(30)])
    folder = written()
    assert [fold.shared_groups for fold in load(folder).folds] == [12 / 15, 1]
    assert faults(folder) == []


def test_a_class_without_one_test_image_is_counted_as_none(written):
    folder = written()

    def hide(table: pd.DataFrame) -> None:
        tested = (table["true"] == "monocyte") & (table["published 0 0"] == "test")
        table.loc[tested, "published 0 0"] = ""

    change_table(folder / "splits.csv", hide)
    _, counted, predicted = faults(folder)
    assert counted.startswith("test images of fold published 0 0: ")
    assert "'monocyte': 0" in counted.split(";")[1]
    assert predicted.startswith("predictions of ")


def test_numbers_as_names_of_groups_stay_text(record, written):
    """01 and 1 are two groups: read as numbers, they would leak and widen the intervals."""
    regroup(record, [f"{'0' * (row % 4)}{row // 4 + 1}" for row in range(30)])
    record.predictions.loc[::4, "predicted"] = "monocyte"
    folder = written()
    assert {fold.shared_groups for fold in load(folder).folds} == {0.0}
    assert faults(folder) == []


# Whatever a stranger's folder holds


def _bombs() -> dict[str, str]:
    """Records of 150 kB and more that cost a parser, or the schema, much more."""
    return {
        "nested lists": "[" * 150_000,
        "nested objects": '{"settings":' * 12_000,
        "nested settings": '{"settings":' + "[" * 70_000 + "]" * 70_000 + "}",
        "a long number": "9" * 150_000,
        "many values": '{"scores":[' + "1," * (MOST_VALUES + 1) + "1]}",
        "many objects": '{"scores":[' + "{}," * (MOST_OBJECTS + 1) + "{}]}",
        "wrong values": '{"scores":[' + "1," * 50_000 + "1]}",
    }


@pytest.mark.parametrize("name", _bombs())
def test_a_record_made_to_stall_a_parser_is_a_fault_at_once(written, name):
    folder, bomb = written(), _bombs()[name]
    (folder / "results.json").write_text(bomb)
    (fault,) = faults(folder)
    assert fault.startswith("results.json should ")
    (written("other") / "report.html").write_text(RESULTS + bomb)
    (fault,) = faults(folder.parent / "other")
    assert fault.startswith("report.html: the record in report.html should ")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"null", b"[]", b"{}", b"{", b'"text"', b"\xff\xfe{}", b"\x00", b"NaN", b"Infinity"),
        *(b'{"schema_version": 4}', b'{"slug": "kuncoro_white_blood_cells"}'),
    ],
)
def test_a_record_that_is_none_is_a_fault(written, content):
    folder = written()
    (folder / "results.json").write_bytes(content)
    (fault,) = faults(folder)
    assert fault.startswith(f"results.json should follow schema version {SCHEMA_VERSION}; ")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("scores", 0, "mean"), float("nan")),
        (("costs", 0, "training_seconds"), float("inf")),
        (("scores",), {}),
        (("folds", 0, "train"), [1]),
        (("slug",), 3),
        (("more",), 1),
    ],
)
def test_a_value_of_another_type_is_a_fault_that_names_it(written, place, value):
    folder = written()
    record = json.loads((folder / "results.json").read_text())
    parent = record
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    (folder / "results.json").write_text(json.dumps(record))
    (fault,) = faults(folder)
    assert fault.startswith(f"results.json should follow schema version {SCHEMA_VERSION}; ")
    assert ".".join(map(str, place)) in fault


@pytest.mark.parametrize("slug", ["declare", "../../evil", "os", "", "\x1b[31m", "no_paper"])
def test_a_paper_that_is_none_is_a_fault_and_imports_nothing(written, slug):
    folder = written()
    change_record(folder, lambda record: record.update(slug=slug))
    (fault,) = faults(folder)
    assert "`slug` should be one of" in fault


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"training": 3},
        {"training": {"mobilenetv2": []}, "profile": "quick", "changed": []},
        {"training": {"mobilenetv2": {"epochs": 10**30}}},
        {"protocols": None, "seeds": "0"},
    ],
)
def test_odd_settings_are_faults(written, settings):
    folder = written()
    change_record(folder, lambda record: record.update(settings=settings))
    assert any(fault.startswith("the settings cannot be checked: ") for fault in faults(folder))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record["folds"].extend(record["folds"] * 500), "1,000 folds"),
        (lambda record: record["models"].extend(record["models"] * 50), "models and"),
    ],
)
def test_more_folds_or_models_than_any_run_has_are_a_fault_at_once(written, change, words):
    folder = written()
    change_record(folder, change)
    (fault,) = faults(folder)
    assert words in fault


@pytest.mark.parametrize(
    "html",
    [
        *(b"", b"\xff\xfe", b"<html></html>", RESULTS.encode(), RESULTS.encode() + b"{}</script>"),
        *(b"<script id=results>{}</script>", RESULTS.encode() + b"null</script>"),
    ],
)
def test_an_odd_page_is_a_fault(written, html):
    folder = written()
    (folder / "report.html").write_bytes(html)
    (fault,) = faults(folder)
    assert fault.startswith("report.html")


def test_a_page_with_a_second_record_is_a_fault(written):
    folder = written()
    path = folder / "report.html"
    path.write_text(f"<script id='results'>{{}}</script>{path.read_text()}")
    (fault,) = faults(folder)
    assert "found 2" in fault


def test_no_folder_is_a_fault(tmp_path):
    (tmp_path / "file").touch()
    for name in ("nowhere", "file"):
        (fault,) = faults(tmp_path / name)
        assert fault.startswith("it should be a run folder, a zip or a page")


def test_what_fails_unforeseen_is_a_fault_and_what_was_found_before_is_kept(written, monkeypatch):
    def failing(*_: object) -> None:
        raise RecursionError("too deep")

    folder = written()
    (folder / "history.csv").write_text((folder / "history.csv").read_text() + "\n")
    monkeypatch.setattr("lib.grading.consistency.read_tables", failing)
    changed, failed = faults(folder)
    assert changed.startswith("history.csv is not the file the run wrote")
    assert failed == "the rest cannot be checked: RecursionError: too deep"


# Several


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_that_cannot_be_read_is_not_the_end_of_the_others(written, tmp_path, jobs):
    odd, sound = tmp_path / "odd", written()
    odd.mkdir()
    (odd / "results.json").write_text("[" * 150_000)
    checked = list(verify_all([odd, tmp_path / "nowhere", sound], jobs))
    assert [found.name for found in checked] == ["odd", "nowhere", "run"]
    assert [found.overall for found in checked[:2]] == ["unreadable", "unreadable"]
    assert checked[2].record is not None


def test_checking_loads_no_keras(written):
    program = (
        "import sys; from pathlib import Path; from lib.grading.verify import verify_path; "
        "verify_path(Path(sys.argv[1])); "
        "sys.exit(bool({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program, written()], check=True, cwd=ROOT)


# Other processors


def test_the_last_digits_of_a_score_may_be_those_of_another_processor(written):
    folder = written()
    near, far = (lambda record, by=by: _scale_loss(record, by) for by in (1 + 1e-14, 1 + 1e-6))
    change_record(folder, near)
    assert faults(folder) == []
    change_record(folder, far)
    assert fields(folder) == ["scores"]


def _scale_loss(record: dict, factor: float) -> None:
    loss = next(score for score in record["scores"] if score["metric"] == "loss")
    loss["low"] *= factor
