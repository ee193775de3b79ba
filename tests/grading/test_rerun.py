"""One fit of a submission is trained again: the only check that a forger with our library does not pass."""

import json
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from lib import __main__ as commands
from lib import papers, phantoms, runs
from lib.datasets import divide, find_units, join_evidence, load, near_duplicates, split_table
from lib.grading import rerun as module
from lib.grading.items import Verification
from lib.grading.rerun import rerun
from lib.settings import resolve

SLUG = "violina_blood_cancer"


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> dict[str, bytes]:
    """The files of a real run of one small network with two seeds on 20 drawn images."""
    from lib import models, training
    from lib.models import costs

    folder, paper = tmp_path_factory.mktemp("run"), papers.load(SLUG)
    settings = resolve(
        paper,
        image_size=32,
        epochs=2,
        seeds=[3, 5],
        phantoms_per_class=10,
        protocols=["published"],
        stratified=True,
        variants=[],
        choices=False,
    )
    images = load(paper, phantoms.folder(paper, 10), settings.image_size)
    twins = near_duplicates(images, training.describe_looks(images, False))
    units = find_units(images, twins)
    folds = divide(
        images,
        units,
        protocols=settings.protocols,
        grouped_folds=settings.grouped_folds,
        test_share=settings.test_share,
        stratified=settings.stratified,
        seeds=settings.seeds,
    )
    arm = paper.arm("cnn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs, "images_per_second", lambda _: 1.0)
        backbone = models.load_backbone(arm, settings.training["cnn"])
        trained = [training.train_arm(paper, arm, backbone, images, folds, settings)]
    tables = {
        "predictions": training.prediction_table(images, twins, trained),
        "history": training.history_table(trained),
        "splits": split_table(images, folds),
        "evidence": join_evidence([]),
    }
    results = runs.collect(
        paper,
        settings,
        runs.Clock(),
        images=images,
        twins=twins,
        units=units,
        folds=folds,
        trained=trained,
        tables=tables,
        device=models.device(),
    )
    runs.save(results, tables, str(folder))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed_record(files: dict[str, bytes], change) -> dict[str, bytes]:
    record = json.loads(files["results.json"])
    change(record)
    return {**files, "results.json": json.dumps(record).encode()}


@pytest.fixture
def here(monkeypatch) -> None:
    """As if the run had been made by this checkout's batch, whose key says so."""
    monkeypatch.setattr(module, "_elsewhere", lambda _: "")


@pytest.mark.slow
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("draw_seed", [0, 1])
def test_an_honest_run_comes_out_the_same_to_the_last_digit(honest, draw_seed):
    outcome = rerun(honest, data=None, draw_seed=draw_seed)
    assert (outcome.state, outcome.stored) == ("ok", ""), outcome
    assert "to the last digit" in outcome.sentence
    assert outcome.seconds > 0
    assert outcome.where.startswith("cnn, published, seed ")


@pytest.mark.slow
def test_invented_predictions_are_found_out(honest):
    table = pd.read_csv(BytesIO(honest["predictions.csv"]), keep_default_na=False)
    classes = papers.load(SLUG).class_names
    table["predicted"] = table["true"]
    table[list(classes)] = np.where(
        table["true"].to_numpy()[:, None] == np.array(classes), 0.9, 0.1
    )
    forged = {**honest, "predictions.csv": table.to_csv(index=False).encode()}
    outcome = rerun(forged, data=None, draw_seed=None)
    assert outcome.state == "differs", outcome


def shifted(files: dict[str, bytes], by: float) -> dict[str, bytes]:
    """The same run with every probability of the first class larger by so much."""
    table = pd.read_csv(BytesIO(files["predictions.csv"]), keep_default_na=False)
    table["normal"] = (table["normal"] + by).round(6)
    return {**files, "predictions.csv": table.to_csv(index=False).encode()}


@pytest.fixture
def trained_by(honest, monkeypatch):
    """Lets a training give what the honest run has, exact or side by side with others."""
    table = pd.read_csv(BytesIO(honest["predictions.csv"]), keep_default_na=False)

    def use(*, exact: bool) -> None:
        def train(submitted, _arm, _images, fold):
            rows = table[(table["seed"] == fold.seed) & (table["fold"] == fold.fold)]
            return rows[submitted.record.classes].to_numpy("float32"), exact

        monkeypatch.setattr(module, "_train", train)

    return use


@pytest.mark.slow
def test_elsewhere_a_small_difference_is_within_the_tolerance_that_is_said(honest, trained_by):
    trained_by(exact=True)
    outcome = rerun(shifted(honest, 0.01), data=None, draw_seed=0)
    assert outcome.state == "ok", outcome
    assert "95%" in outcome.sentence
    assert "run by hand" in outcome.sentence  # by which code is not known
    assert rerun(shifted(honest, 0.2), data=None, draw_seed=0).state == "differs"


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_here_the_last_digit_counts_unless_heads_were_trained_side_by_side(honest, trained_by):
    trained_by(exact=True)
    assert rerun(shifted(honest, 0.00001), data=None, draw_seed=0).state == "differs"
    trained_by(exact=False)
    outcome = rerun(shifted(honest, 0.00001), data=None, draw_seed=0)
    assert (outcome.state, "side by side" in outcome.sentence) == ("ok", True)
    assert rerun(shifted(honest, 0.01), data=None, draw_seed=0).state == "differs"


@pytest.mark.slow
def test_another_split_than_the_settings_make_is_found_before_anything_is_trained(
    honest, monkeypatch
):
    monkeypatch.setattr(module, "_train", lambda *_: pytest.fail("trained"))
    splits = honest["splits.csv"].decode().splitlines()
    splits[1:3] = [splits[2], splits[1]]
    outcome = rerun(
        {**honest, "splits.csv": ("\n".join(splits) + "\n").encode()}, data=None, draw_seed=0
    )
    assert (outcome.state, outcome.stored) == ("differs", "splits.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda record: record["data"].update(sha256="0" * 64), "the images here are others"),
        (lambda record: record["data"].update(kind="substitute"), "--data PATH"),
        (lambda record: record["settings"].update(phantoms_per_class=90_000), "drawn images"),
        (lambda record: record["settings"].update(test_share=7), "test_share"),
        (lambda record: record["settings"].update(seeds="rm -rf"), "seeds"),
        (lambda record: record["settings"]["training"]["cnn"].update(loss="lambda"), "loss"),
        (lambda record: record["settings"]["training"]["cnn"].update(image_size=10**6), "size"),
        (lambda record: record.update(slug="../../etc"), "no paper"),
        (lambda record: record["models"][0]["weights"].update(sha256="1"), "other weights"),
    ],
)
def test_what_cannot_be_trained_again_here_is_told(honest, change, told):
    outcome = rerun(changed_record(honest, change), data=None, draw_seed=0)
    assert outcome.state == "cannot tell"
    assert told in outcome.sentence


def test_the_draw_is_the_same_for_a_seed_and_reaches_every_fit(record):
    results = record.collect()
    fits = {
        (model.arm, fold.protocol, fold.seed) for model in results.models for fold in results.folds
    }
    submitted = type("Submitted", (), {"record": results})()

    def drawn(seed):
        arm, fold = module._draw(submitted, seed)
        return arm, fold.protocol, fold.seed

    assert drawn(7) == drawn(7)
    assert {drawn(seed) for seed in range(200)} == fits


def test_the_lines_tell_fit_outcome_and_cost_and_what_is_proven(tmp_path, monkeypatch):
    outcome = module.Rerun(state="ok", sentence="The same.", where="net, seed 1", seconds=4.25)
    monkeypatch.setattr(module, "rerun", lambda *_, **__: outcome)
    checked = module.with_rerun(Verification("a.zip", (), None), tmp_path, None, None)
    assert [item.topic for item in checked.items] == ["rerun"]
    assert module.rerun_lines([checked]) == [
        "a.zip: ok. net, seed 1: The same. It took 4.2 s.",
        module.PROOF,
    ]
    assert module.rerun_lines([Verification("b.zip", (), None)]) == []


@pytest.mark.parametrize("option", [["--data", "folder"], ["--draw-seed", "3"]])
def test_an_option_of_the_rerun_alone_is_an_error(option, tmp_path, capsys):
    assert commands.main(["verify", str(tmp_path), *option]) == 1
    assert f"{option[0]} should stand beside --rerun" in capsys.readouterr().err


@pytest.mark.parametrize("files", [{}, {"results.json": b"{}"}, {"results.json": b"\xff"}])
def test_nothing_to_run_again_is_no_traceback(files):
    assert rerun(files, data=None, draw_seed=None).state == "cannot tell"
