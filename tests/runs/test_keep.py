"""Models kept beside a report: which ones, under which names, with which facts; what is missing is made again."""

import json
import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from finished_runs import write_run

from lib import runs
from lib.results import KeptFile, KeptRecord
from lib.runs import check
from lib.runs.folders import MODELS, FolderError, check_replaceable
from lib.runs.keep import copy_models, keep_models, missing_models
from lib.runs.key import key_parts
from lib.settings import resolve
from lib.storage import DataError

ARM, VARIANT = "mobilenetv2", "mobilenetv2-native"
WRONG = 2  # of the test images of every fit


@pytest.fixture
def kept(monkeypatch) -> None:
    """Models are written as their record and the word that stands for the model: Keras is not loaded."""

    def save(path, model, record, arrays):
        path.write_text(json.dumps([model, record.model_dump(mode="json"), arrays]))

    def arrays(model, images, fold):
        return {"fold": fold.name}

    def keep_network(path, model):
        assert (model, path.is_file()) == (json.loads(path.read_text())[0], True)

    monkeypatch.setitem(sys.modules, "lib.models.kept", SimpleNamespace(save_kept=save))
    compiled = SimpleNamespace(keep_network=keep_network)
    monkeypatch.setitem(sys.modules, "lib.models.compiled", compiled)
    monkeypatch.setitem(sys.modules, "lib.training.novelty", SimpleNamespace(novelty_arrays=arrays))


def trained(record) -> list[SimpleNamespace]:
    """Every arm of the record, with a model of every seed; `WRONG` test images are called the next class."""
    images = record.images

    def fit(fold):
        called = images.labels[fold.test]
        called[:WRONG] = (called[:WRONG] + 1) % len(images.classes)
        return SimpleNamespace(fold=fold, probabilities=np.eye(len(images.classes))[called])

    fits = {fold.seed: fit(fold) for fold in record.folds}
    return [
        SimpleNamespace(
            model=model,
            models={seed: f"model of seed {seed}" for seed in fits},
            fit_of_model=fits.__getitem__,
        )
        for model in record.models
    ]


def keep(record, folder, asked: str = "first"):
    """The record of a run into `folder` that keeps its models."""
    record.settings = replace(record.settings, keep_models=asked)
    return keep_models(record.collect(), record.images, trained(record), str(folder))


def test_the_first_seed_of_every_arm_and_variant_is_kept(kept, with_variant, tmp_path):
    results = keep(with_variant, tmp_path / "run")
    files = [f"{MODELS}/{arm}.keras" for arm in (ARM, VARIANT)]
    assert [(each.arm, each.seed, each.protocol) for each in results.kept_models] == [
        (ARM, 0, "published"),
        (VARIANT, 0, "published"),
    ]
    assert [each.file for each in results.kept_models] == files
    assert sorted(path.name for path in (tmp_path / "run" / MODELS).iterdir()) == [
        f"{VARIANT}.keras",
        f"{ARM}.keras",
    ]
    for each in results.kept_models:
        assert (tmp_path / "run" / each.file).stat().st_size == each.bytes


def test_a_kept_model_says_what_its_run_knows_of_it(kept, record, tmp_path):
    results = keep(record, tmp_path)
    model, told, arrays = json.loads((tmp_path / MODELS / f"{ARM}.keras").read_text())
    told = KeptRecord.model_validate(told)
    assert (model, arrays) == ("model of seed 0", {"fold": record.folds[0].name})
    assert (told.slug, told.arm, told.seed, told.protocol) == (results.slug, ARM, 0, "published")
    assert told.classes == list(record.images.classes)
    assert told.training["image_size"] == told.image_size == 224
    assert (told.accuracy.mean, told.outcome) == (1.0, "learnt")
    assert (told.kind, told.data_sha256) == (results.data.kind, results.data.sha256)
    assert told.started == results.provenance.started
    # 15 test images, of which the first two are called the next class
    confusion = np.array(told.confusion)
    assert (confusion.sum(), confusion.trace()) == (15, 13)
    first = record.images.labels[record.folds[0].test[0]]
    assert confusion[first, (first + 1) % 5] >= 1


def test_every_seed_is_kept_where_all_are_asked_for(kept, record, tmp_path):
    results = keep(record, tmp_path, "all")
    assert [(each.seed, each.file) for each in results.kept_models] == [
        (0, f"{MODELS}/{ARM}.keras"),
        (1, f"{MODELS}/{ARM}-seed-1.keras"),
    ]


def test_where_nothing_is_asked_for_or_written_nothing_is_kept(kept, record, tmp_path):
    assert len(keep(record, tmp_path).kept_models) == 1
    assert keep(record, tmp_path, "none").kept_models == []
    assert not (tmp_path / MODELS).exists()  # those of an earlier run are not this one's
    record.settings = replace(record.settings, keep_models="first")
    results = record.collect()
    assert keep_models(results, record.images, trained(record)) == results


def test_what_no_run_has_written_is_not_replaced(kept, record, tmp_path):
    (tmp_path / MODELS).mkdir()
    (tmp_path / MODELS / "thesis.docx").write_text("mine")
    with pytest.raises(FolderError, match="nothing but kept models"):
        keep(record, tmp_path)
    with pytest.raises(FolderError, match=MODELS):
        check_replaceable(tmp_path)
    assert [path.name for path in (tmp_path / MODELS).iterdir()] == ["thesis.docx"]


def test_a_full_disk_leaves_the_earlier_models(kept, record, tmp_path, monkeypatch):
    before = keep(record, tmp_path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(sys.modules, "lib.models.kept", SimpleNamespace(save_kept=fail))
    told = rf"the trained models should be written to {re.escape(str(tmp_path))}; .*`keep_models`"
    with pytest.raises(DataError, match=told):
        keep(record, tmp_path)
    assert missing_models(tmp_path, before, "first") == ""
    assert [path.name for path in tmp_path.iterdir()] == [MODELS]


def test_what_a_finished_run_lacks_is_named(kept, record, tmp_path):
    results = keep(record, tmp_path)
    assert [missing_models(tmp_path, results, asked) for asked in ("none", "first")] == ["", ""]
    other = f"{MODELS}/{ARM}-seed-1.keras"
    assert missing_models(tmp_path, results, "all") == f"{other} was not kept"
    results = keep(record, tmp_path, "all")
    assert [missing_models(tmp_path, results, asked) for asked in ("first", "all")] == ["", ""]
    (tmp_path / other).write_text("another")
    assert missing_models(tmp_path, results, "first") == ""
    said = f"{other} was changed since the run, or is missing"
    assert missing_models(tmp_path, results, "all") == said
    (tmp_path / other).unlink()
    assert missing_models(tmp_path, results, "all") == said


def test_models_are_copied_with_their_run_and_may_be_replaced(kept, record, tmp_path):
    results = keep(record, tmp_path / "run")
    (tmp_path / "copy").mkdir()
    copy_models(tmp_path / "run", tmp_path / "copy", results)
    assert missing_models(tmp_path / "copy", results, "first") == ""
    check_replaceable(tmp_path / "copy")


def test_which_models_are_kept_is_no_part_of_the_run_key(plan, paper):
    parts = [
        key_parts(
            plan.notebook,
            resolve(paper, keep_models=asked),
            slug=paper.slug,
            data="",
            weights="",
            device="cpu",
        )
        for asked in ("none", "first", "all")
    ]
    assert parts[0] == parts[1] == parts[2]


def test_a_run_is_made_again_only_where_a_model_is_missing(kept, record, plan, tmp_path):
    write_run(record, tmp_path / "run")
    results = keep(record, tmp_path / "run")
    runs.save(results, record.tables(), str(tmp_path / "run"))

    def lack(asked: str) -> str:
        asking = replace(plan, settings=replace(plan.settings, keep_models=asked))
        return check.lack_of_models(asking, tmp_path / "run", results)

    assert (lack("none"), lack("first")) == ("", "")
    assert "was not kept" in lack("all")


@pytest.mark.parametrize(
    "file", ["../models/x.keras", "models/../x.keras", "models/x.py", "/x.keras"]
)
def test_no_record_names_a_model_outside_of_its_folder(file):
    with pytest.raises(ValueError, match="file"):
        KeptFile(arm=ARM, seed=0, protocol="published", file=file, bytes=1, sha256="")
