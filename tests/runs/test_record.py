"""Records of runs: what one holds, how it is written and read back."""

import dataclasses
import hashlib
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import datasets, runs, storage
from lib.datasets import DataError
from lib.datasets.pruning import kept_records, read_uses
from lib.results import SCHEMA_VERSION, Results, load
from lib.settings import resolve


def save(record, results, output=None):
    return runs.save(results, record.tables(), output)


def test_a_record_is_whole_and_round_trips(record, tmp_path):
    results = record.collect()
    (accuracy,) = (
        one
        for one in results.scores
        if (one.metric, one.epoch) == ("accuracy", None) and not one.of
    )
    assert accuracy.mean == 1
    assert [sum(fold.test.values()) for fold in results.folds] == [15, 15]
    assert len(results.claims) == len(record.paper.claims)
    assert (results.models, results.costs) == (record.models, record.costs)
    assert results.differences == []
    folder = save(record, results, str(tmp_path / "a" / "b"))
    assert load(folder) == results
    assert Results.model_validate(json.loads((folder / "results.json").read_text())) == results
    for name, table in record.tables().items():
        again = pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
        pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_a_disk_that_is_full_is_told_with_place_and_remedy(record, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lib.storage.write_bytes", full)
    with pytest.raises(DataError, match=r"results should be written to .*run; .*another folder"):
        save(record, record.collect(), str(tmp_path / "run"))


def test_without_evidence_there_is_the_table_with_its_columns_and_nothing_computed_of_it(
    record, tmp_path
):
    results = record.collect()
    folder = save(record, results, str(tmp_path))
    assert (folder / "evidence.csv").read_text() == (
        "kind,name,arm,protocol,seed,fold,path,group,true,predicted\n"
    )
    empty = ("gaps", "probes", "comparisons", "controls", "choices")
    assert [getattr(results, name) for name in empty] == [[]] * 5


def test_a_record_holds_what_is_computed_of_the_evidence(with_evidence, tmp_path):
    results = with_evidence.collect()
    assert {one.name: one.accuracy.per_seed for one in results.probes} == {
        "colour": pytest.approx([12 / 15, 10 / 15]),
        "features": pytest.approx([1, 14 / 15]),
        "random labels": pytest.approx([3 / 15]),
    }
    assert [(one.arm, one.versus) for one in results.comparisons] == [
        ("mobilenetv2", "colour"),
        ("mobilenetv2", "features"),
    ]
    assert [(one.by, one.accuracy.per_seed) for one in results.controls] == [
        ("mobilenetv2", [0.4, 0.6]),
        ("colour", [0, 0]),
    ]
    assert [facts.counts for facts in results.control_sets] == [{"basophil": 10}]
    chosen = {(one.name, one.value): one.accuracy for one in results.choices if not one.used}
    assert chosen == {
        ("batch size", "64"): pytest.approx(13 / 15),
        ("seed of the weights", "1"): pytest.approx(14 / 15),
    }
    assert load(save(with_evidence, results, str(tmp_path))) == results


def test_what_a_run_used_is_noted_as_used_by_its_record(record, make_folder, tmp_path):
    datasets.load(record.paper, make_folder(), 32)
    (decoded,) = storage.store().iterdir()
    folder = save(record, record.collect(), str(tmp_path / "run"))
    uses = read_uses(kept_records(folder))
    assert uses.kept == {f"store/{decoded.name}"}
    assert uses.unknown_until == 0


def test_a_secret_of_the_environment_or_beside_the_images_is_in_no_file(
    record, make_folder, tmp_path, monkeypatch
):
    secret = "planted-0123456789"
    for name in ("KAGGLE_KEY", "GITHUB_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, secret)
    images = make_folder()
    (images / "kaggle.json").write_text(f'{{"key": "{secret}"}}')
    (images / ".env").write_text(f"TOKEN={secret}")
    written = save(record, record.collect(), str(tmp_path / "run"))
    files = [path for path in written.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert not [path.name for path in files if secret.encode() in path.read_bytes()]
    assert secret not in datasets.load(record.paper, images, 32).summary().model_dump_json()


def test_a_record_holds_the_hash_of_every_table(with_evidence, tmp_path):
    results = with_evidence.collect()
    folder = save(with_evidence, results, str(tmp_path))
    assert results.files == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("predictions.csv", "history.csv", "splits.csv", "evidence.csv")
    }


def test_a_record_tells_what_the_grouped_protocol_kept_together(record):
    assert record.collect().grouping == record.units.record
    # Pictures of one colour but for a pixel: too many of them look alike to be divided.
    assert record.units.record.hindrance.startswith("all images of ")


def test_a_record_tells_groups_and_twins_of_images_and_folds(record):
    found = record.collect()
    assert found.data == record.images.summary()
    assert found.near_duplicates == record.twins.summary(record.images)
    assert found.near_duplicates.pairs > 0  # pictures of one colour but for a pixel look alike
    tested = [record.twins.count_leaked(fold.train, fold.test) for fold in record.folds]
    assert [(fold.near_duplicates, fold.look_alikes) for fold in found.folds] == tested
    shares = {leak.by: leak.share for leak in found.leaks}
    assert shares.pop("near-duplicate") == pytest.approx(np.mean([near / 15 for near, _ in tested]))
    assert shares == {"identical pixels": 0, "look-alike": None, "group": None}


def test_a_record_tells_how_far_a_variant_lies_from_its_arm(with_variant, tmp_path):
    results = with_variant.collect()
    (found,) = results.differences
    assert (found.arm, found.versus) == ("mobilenetv2-native", "mobilenetv2")
    assert found.per_seed == pytest.approx([-1 / 15, -3 / 15])
    assert [one.variant_of for one in results.models] == ["", "mobilenetv2"]
    assert [one.arm for one in results.costs] == ["mobilenetv2", "mobilenetv2-native"]
    assert load(save(with_variant, results, str(tmp_path))) == results


def test_a_record_has_scores_and_a_matrix_of_the_training_images(with_training, tmp_path):
    results = with_training.collect()
    accuracy = {
        one.part: one.per_seed
        for one in results.scores
        if (one.metric, one.of, one.epoch) == ("accuracy", "", None)
    }
    assert accuracy == {"test": [1, 1], "train": pytest.approx([1, 14 / 15])}
    assert [(one.part, one.seed) for one in results.confusions] == [("test", 0), ("train", 0)]
    assert load(save(with_training, results, str(tmp_path))) == results


def test_a_record_tells_the_best_epoch_of_every_arm(with_variant):
    best = [one for one in with_variant.collect().scores if one.of == "best epoch"]
    epochs = {one.arm: one.per_seed for one in best if one.metric == "epoch"}
    assert epochs == {"mobilenetv2": [1, 1], "mobilenetv2-native": [2, 1]}


def test_by_hand_nothing_is_written_unless_asked_for(record, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(os.listdir(tmp_path))
    results = record.collect()
    assert save(record, results) is None
    assert sorted(os.listdir(tmp_path)) == before
    assert results.provenance.run_key == ""


def test_the_batch_gives_folder_and_key_and_the_weights_used_win(record, tmp_path, monkeypatch):
    data = f"{record.images.sha256} hash-of-a-control-set"
    given = {"folder": str(tmp_path / "run"), "key_parts": {"data": data, "weights": "looked"}}
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps(given))
    results = record.collect()
    assert results.provenance.key_parts == {"data": data, "weights": ""}
    assert results.provenance.run_key == runs.run_key({"data": data, "weights": ""})
    assert save(record, results) == tmp_path / "run"


def test_the_batch_gives_the_command_and_a_run_by_hand_has_none(record, monkeypatch):
    assert record.collect().provenance.command == ""
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"command": "python run_all.py cats"}))
    assert record.collect().provenance.command == "python run_all.py cats"


@pytest.mark.parametrize(("images", "tried"), [(30, True), (29, False)])
def test_a_record_tells_whether_open_choices_were_tried(record, monkeypatch, images, tried):
    monkeypatch.setattr("lib.settings.FEW_IMAGES", images)
    assert record.settings.choices is None
    assert record.collect().settings["choices"] is tried


def test_other_images_than_the_batch_saw_are_an_error_in_words(record, monkeypatch):
    given = {"folder": "run", "key_parts": {"data": f"other {record.images.sha256}"}}
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps(given))
    with pytest.raises(DataError, match=rf"{record.images.root} .*changed meanwhile.*run again"):
        record.collect()


@pytest.fixture
def interrupted(paper) -> dict[str, Path]:
    """Whose it is → the state of a fit: of this run, of another run of the paper, of another paper."""
    states = {
        "this run": storage.training_states(paper.slug) / "mobilenetv2-0123.npz",
        "another run": storage.training_states(paper.slug) / "mobilenetv2-4567.npz",
        "another paper": storage.training_states("another") / "mobilenetv2-0123.npz",
    }
    for path in states.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a state")
    storage.note_training_state(states["this run"])
    storage.note_training_state(states["another paper"])
    return states


@pytest.mark.parametrize("output", ["run", None])
def test_a_whole_run_forgets_the_states_that_it_used_itself(record, interrupted, tmp_path, output):
    results = record.collect()
    assert all(path.is_file() for path in interrupted.values())
    save(record, results, output and str(tmp_path / output))
    left = {whose for whose, path in interrupted.items() if path.exists()}
    assert left == {"another run", "another paper"}


def test_the_weights_of_the_run_are_those_of_all_trained_backbones(record, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "lib.machine.weights_fingerprint", lambda found: asked.append(found) or "seen"
    )
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"key_parts": {"weights": "looked"}}))
    assert record.collect().provenance.key_parts == {"weights": "seen"}
    assert asked == [("MobileNetV2",)]


def test_by_hand_nobody_looks_for_weights(record, monkeypatch):
    monkeypatch.setattr("lib.machine.weights_fingerprint", pytest.fail)
    assert record.collect().provenance.key_parts == {}


def test_a_record_of_an_older_schema_is_an_error_that_says_so(record, tmp_path):
    folder = save(record, record.collect(), str(tmp_path / "run"))
    older = json.loads((folder / "results.json").read_text()) | {"schema_version": 4}
    (folder / "results.json").write_text(json.dumps(older))
    with pytest.raises(ValueError, match=f"should follow schema version {SCHEMA_VERSION}") as error:
        load(folder)
    assert "schema_version\n" in str(error.value)


def test_a_broken_record_is_an_error_that_names_the_field(record, tmp_path):
    folder = save(record, record.collect(), str(tmp_path / "run"))
    broken = json.loads((folder / "results.json").read_text())
    broken["data"]["kind"] = "real"
    (folder / "results.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match=r"data\.kind"):
        load(folder)


def test_the_clock_counts(monkeypatch):
    clock = runs.Clock()
    assert clock.seconds >= 0
    assert clock.started.endswith("+00:00")


def test_a_clock_set_back_before_the_first_cell_starts_no_run_before_its_batch(monkeypatch):
    """Told as the batch tells it: by a clock of the day that is an hour ahead of this one."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    begun = {"at": at.isoformat(), "monotonic": time.monotonic() - 60}
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"begun": begun}))
    started = datetime.fromisoformat(runs.Clock().started)
    assert timedelta(seconds=60) <= started - at < timedelta(seconds=70)


def test_a_clock_set_forth_before_the_first_cell_is_believed(monkeypatch):
    at = datetime.now(UTC) - timedelta(hours=1)
    begun = {"at": at.isoformat(), "monotonic": time.monotonic() - 60}
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"begun": begun}))
    assert datetime.fromisoformat(runs.Clock().started) - at > timedelta(minutes=59)


def test_settings_in_the_record_are_those_of_the_run(record):
    results = record.collect()
    given = resolve(record.paper, seeds=[0, 1], choices=True)  # with few images they are tried
    assert results.settings == json.loads(json.dumps(dataclasses.asdict(given)))
    assert results.changed == ["seeds"]
    assert results.settings["protocols"] == ["published", "grouped"]
    assert list(results.settings["training"]) == ["mobilenetv2", "mobilenetv2-native"]
    assert results.settings["training"]["mobilenetv2"]["epochs"] == 15
