"""Fixtures that more than one test file uses; every test runs apart from the checkout's data and Keras' cache."""

import copy
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import numpy as np
import pandas as pd
import pytest
from image_folders import write_images

from lib import ROOT, papers, runs, storage
from lib.datasets import (
    Fold,
    ImageSet,
    Twins,
    evidence_rows,
    find_units,
    join_evidence,
    load,
    near_duplicates,
    split_table,
)
from lib.papers.declare import Paper
from lib.results import ControlSetFacts, Cost, Model, Results, Weights
from lib.settings import resolve

SHARED = ROOT.parent / "shared"
CHECKOUT = ("lib", "notebooks", "run_all.py", "pyproject.toml", "reports/README.md")
TABLES = ("predictions", "history", "splits", "evidence")

# Examples of a property: few and the same in every run of the suite, many and others in `make fuzz`.
hypothesis.settings.register_profile(
    "suite", max_examples=25, derandomize=True, deadline=None, database=None
)
hypothesis.settings.register_profile("many", max_examples=10_000, deadline=None, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


# Keras and pandas make millions of objects that stay. To look through them again and again for what can go would take
# a tenth of the suite.
gc.set_threshold(20_000, 10, 5)


def pytest_collection_finish() -> None:
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: of two processes, none is left alone with a long file at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(
        key=lambda item: item.path not in slow
    )  # stable: within a file, and among files, as they stand


@pytest.fixture(scope="session", autouse=True)
def _apart_from_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What fixtures of a whole file or session load and draw lies in a folder of the session's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "DATA", tmp_path_factory.mktemp("session") / "data")
        yield


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, phantoms, stores, checkpoints and weights are looked for in this test's own folder."""
    data = tmp_path / "checkout" / "data"
    monkeypatch.setattr(storage, "DATA", data)
    monkeypatch.setattr(import_module("lib.datasets.folder"), "KAGGLE_INPUT", tmp_path / "kaggle")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "checkout" / "keras"))
    monkeypatch.delenv("LIB_WEIGHTS", raising=False)
    monkeypatch.delenv("LIB_RUN", raising=False)


@pytest.fixture
def paper() -> Paper:
    return papers.load("kuncoro_white_blood_cells")


@pytest.fixture
def make_folder(tmp_path: Path, paper: Paper) -> Callable[..., Path]:
    """A factory of folders of images of the paper's classes below `tmp_path`: `write_images`."""

    def make(name: str = "images", per_class: int = 3, **options) -> Path:
        return write_images(tmp_path / name, paper.class_names, per_class, **options)

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real images and weights beside a developer's checkout; skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(
            "needs the real images and weights of ../shared, which this machine does not have"
        )
    return SHARED


@pytest.fixture(scope="session")
def copy_checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Copies of this checkout's own files, so that whole runs leave nothing behind here: `copy(further names)`."""

    def copy(*further: str) -> Path:
        root = tmp_path_factory.mktemp("checkout")
        for name in (*CHECKOUT, *further):
            source, target = ROOT / name, root / name
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                # With what was compiled, which need not be again, but not what is just being written.
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.pyc.*"))
            else:
                shutil.copy2(source, target)
        return root

    return copy


@pytest.fixture(scope="session")
def checkout(copy_checkout: Callable[..., Path]) -> Path:
    """A copy of this checkout, of what a run needs."""
    return copy_checkout()


@pytest.fixture(scope="session")
def offline_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine without cached weights and without a network."""
    nowhere = "http://127.0.0.1:9"  # the discard port: refuses at once
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("LIB_WEIGHTS", "LIB_RUN")
        },
        "KERAS_HOME": str(tmp_path_factory.mktemp("keras")),
        "https_proxy": nowhere,
        "http_proxy": nowhere,
        "no_proxy": "localhost",
        "COLUMNS": "200",
    }


@pytest.fixture(scope="session")
def keras():
    """Keras, loaded by the first test that needs it."""
    from lib.models.backend import keras

    return keras


@pytest.fixture(scope="session")
def training():
    """`lib.training.train_arm`, loaded by the first test that needs it: it brings Keras along."""
    from lib import training

    return training


@pytest.fixture(scope="session")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """What `record` hands out copies of: images are written, read and compared once for all tests."""
    paper = papers.load("kuncoro_white_blood_cells")
    folder = tmp_path_factory.mktemp("record") / "images"
    images = load(paper, write_images(folder, paper.class_names, per_class=6), 32)
    order = np.arange(30)
    folds = [
        Fold(
            protocol="published", seed=seed, fold=0, train=order[seed::2], test=order[1 - seed :: 2]
        )
        for seed in (0, 1)
    ]
    twins = near_duplicates(images)
    return SimpleNamespace(
        paper=paper,
        settings=resolve(paper, seeds=[0, 1]),
        images=images,
        folds=folds,
        twins=twins,
        units=find_units(images, twins),
        splits=split_table(images, folds),
        models=[_model("mobilenetv2")],
        costs=[_cost("mobilenetv2", 1)],
        predictions=pd.concat([_right(images, twins, fold) for fold in folds], ignore_index=True),
        history=_history(),
        evidence=join_evidence([]),
        controls=[],
    )


@pytest.fixture
def record(_recorded: SimpleNamespace) -> SimpleNamespace:
    """What a run hands to `runs.collect`: six images a class, two seeds, a perfect classifier.

    `trained` and `tables` follow from the other attributes, which a test may change.
    """
    shared = (_recorded.paper, _recorded.images.pixels)  # which nobody can change
    made = copy.deepcopy(_recorded, {id(value): value for value in shared})
    made.trained = lambda: _trained(made)
    made.tables = lambda: {name: getattr(made, name) for name in TABLES}
    made.collect = lambda: _collect(made)
    return made


@pytest.fixture
def with_evidence(record: SimpleNamespace) -> SimpleNamespace:
    """The same record with every kind of evidence.

    Of 15 test images each, with seed 0 and 1: "colour" is wrong on 3 and 5, "features" on none and 1,
    the network on random labels on 12 (seed 0 alone), a batch of 64 on 2 and another seed of the
    weights on 1 (both seed 0 alone), the network trained on 10 images on 4 and 5. Of the 10 cells of
    "pbc" the arm knows 4 and 6, "colour" none.
    """
    images, folds = record.images, record.folds
    rows = [
        _called("probe", "colour", "", images, folds, (3, 5)),
        _called("probe", "features", "mobilenetv2", images, folds, (0, 1)),
        _called("probe", "random labels", "mobilenetv2", images, folds[:1], (12,)),
        _called("choice", "batch size=64", "mobilenetv2", images, folds[:1], (2,)),
        _called("choice", "seed of the weights=1", "mobilenetv2", images, folds[:1], (1,)),
        _called("size", "training images=10", "mobilenetv2", images, folds, (4, 5)),
        *(
            _shown("pbc", by, fold, right)
            for by, numbers in (("mobilenetv2", (4, 6)), ("colour", (0, 0)))
            for fold, right in zip(folds, numbers, strict=True)
        ),
    ]
    record.evidence = join_evidence(rows)
    record.controls = [SimpleNamespace(summary=_shown_set)]
    return record


@pytest.fixture
def with_variant(record: SimpleNamespace) -> SimpleNamespace:
    """The same record with the arm's variant: 1 of 15 images wrong with seed 0, 3 of 15 with seed 1.

    It is trained for three epochs. Its validation accuracy is highest in the second with seed 0, in
    the first and again in the third with seed 1.
    """
    arm = "mobilenetv2-native"
    predictions = record.predictions.assign(arm=arm)
    predictions.loc[[0, 15, 16, 17], "predicted"] = "neutrophil"
    common = {"arm": arm, "protocol": "published", "seed": [0, 0, 0, 1, 1, 1], "fold": 0}
    curves = {
        "epoch": [1, 2, 3] * 2,
        "accuracy": [0.3, 0.6, 0.9] * 2,
        "loss": [1.5, 1.0, 0.5] * 2,
        "val_accuracy": [0.2, 0.95, 0.85, 0.75, 0.5, 0.75],
        "val_loss": [1.4, 0.7, 0.8, 0.9, 1.2, 0.6],
    }
    record.models.append(_model(arm, variant_of="mobilenetv2"))
    record.costs.append(_cost(arm, 2))
    record.predictions = pd.concat([record.predictions, predictions], ignore_index=True)
    record.history = pd.concat([record.history, pd.DataFrame(common | curves)], ignore_index=True)
    return record


@pytest.fixture
def with_training(record: SimpleNamespace) -> SimpleNamespace:
    """The same record with the training images classified as well: 1 of 15 wrong with seed 1."""
    tables = [
        _right(record.images, record.twins, one, part)
        for one in record.folds
        for part in ("test", "train")
    ]
    record.predictions = pd.concat(tables, ignore_index=True)
    # Rows: 15 of test and 15 of train with seed 0, the same with seed 1.
    record.predictions.loc[45, "predicted"] = "neutrophil"
    return record


def _model(arm: str, variant_of: str = "") -> Model:
    weights = Weights(declared="imagenet", used="random", source="none", sha256="")
    return Model(
        arm=arm, variant_of=variant_of, layers=[], parameters={"total": 1}, weights=weights
    )


def _cost(arm: str, times: int) -> Cost:
    return Cost(
        arm=arm,
        parameters=1_234_567 * times,
        multiply_adds=300_000_000 * times,
        file_bytes=9_400_000 * times,
        images_per_second=1042.5 * times,
        feature_seconds=3.25 * times,
        training_seconds=0.75 * times,
    )


def _right(images: ImageSet, twins: Twins, fold: Fold, part: str = "test") -> pd.DataFrame:
    names, index = np.array(images.classes), getattr(fold, part)
    labels = images.labels[index]
    columns = {
        "arm": "mobilenetv2",
        "protocol": "published",
        "seed": fold.seed,
        "fold": 0,
        "part": part,
        "twin": twins.closest(fold.train, index) if part == "test" else "",
        "path": images.table["path"][index].to_numpy(),
        "group": "",
        "true": names[labels],
        "predicted": names[labels],
    }
    return pd.DataFrame(columns | {name: (labels == i) * 1.0 for i, name in enumerate(names)})


def _called(
    kind: str, name: str, arm: str, images: ImageSet, folds: list[Fold], wrong: tuple[int, ...]
) -> pd.DataFrame:
    """Rows of evidence.csv: so many of the first test images of each fold get the next class's name."""
    tables = []
    for fold, number in zip(folds, wrong, strict=True):
        labels = images.labels[fold.test]
        labels[:number] += 1
        called = np.array(images.classes)[labels % len(images.classes)]
        tables.append(evidence_rows(kind, name, arm, images, fold, called))
    return pd.concat(tables, ignore_index=True)


def _shown(name: str, by: str, fold: Fold, right: int) -> pd.DataFrame:
    """Rows of evidence.csv: ten basophils of another origin, so many called that, else neutrophil."""
    fixed = {"kind": "control", "name": name, "arm": by, "protocol": fold.protocol}
    return pd.DataFrame(
        {
            "path": [f"basophil/{number}.png" for number in range(10)],
            "predicted": ["basophil"] * right + ["neutrophil"] * (10 - right),
        }
    ).assign(**fixed, seed=fold.seed, fold=fold.fold, group="", true="basophil")


def _shown_set() -> ControlSetFacts:
    """What stands in the record of the ten basophils."""
    return ControlSetFacts(
        name="pbc",
        kind="substitute",
        collection="pbc",
        counts={"basophil": 10},
        identical=0,
        near_duplicates=0,
        shared_groups=0,
    )


def _trained(made: SimpleNamespace) -> list[SimpleNamespace]:
    """As much of what `training.train_arm` returns as a record is made of."""
    pairs = zip(made.models, made.costs, strict=True)
    return [SimpleNamespace(model=model, cost=cost) for model, cost in pairs]


def _history() -> pd.DataFrame:
    common = {"arm": "mobilenetv2", "protocol": "published", "seed": [0, 1], "fold": 0, "epoch": 1}
    curves = {
        "accuracy": [0.5, 0.7],
        "loss": [1.0, 0.8],
        "val_accuracy": [0.4, 0.6],
        "val_loss": [1.2, 1.0],
    }
    return pd.DataFrame(common | curves)


def _collect(made: SimpleNamespace) -> Results:
    return runs.collect(
        made.paper,
        made.settings,
        runs.Clock(),
        images=made.images,
        folds=made.folds,
        twins=made.twins,
        units=made.units,
        trained=made.trained(),
        tables=made.tables(),
        device="CPU: test",
        controls=made.controls,
    )
