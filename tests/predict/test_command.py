"""The command as a user gives it, with a model that answers by colour: what is printed, written, refused."""

import csv
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from image_folders import write_images
from made_up_predictions import CLASSES, MadeUpPredictor

from lib.__main__ import main
from lib.predict import asking
from lib.predict.chosen import Chosen

SLUG = "kuncoro_white_blood_cells"


@pytest.fixture
def predictor(monkeypatch, tmp_path) -> MadeUpPredictor:
    """Answers instead of a kept model, which is neither looked for nor loaded."""
    made_up = MadeUpPredictor()
    model = tmp_path / "run" / "models" / "net.keras"
    monkeypatch.setattr(asking, "choose_model", lambda *_: Chosen(path=model, remarks=("Stale.",)))
    monkeypatch.setattr(asking, "record_of", lambda *_: made_up.record)
    answering = SimpleNamespace(load_predictor=lambda _: made_up)
    monkeypatch.setitem(sys.modules, "lib.predict.answering", answering)
    return made_up


@pytest.fixture
def images(tmp_path) -> Path:
    """Three images of each class, which the model calls right."""
    return write_images(tmp_path / "images", CLASSES)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_few_images_are_a_row_each_and_all_that_must_be_known_is_said(predictor, images, capsys):
    assert main(["predict", SLUG, str(images)]) == 0
    said = capsys.readouterr().out
    assert "Stale." in said
    assert "0.900 [0.880, 0.920] on test images of its own set (50 by this model" in said
    assert "For study, not for diagnosis." in said
    assert said.count("50.0 %") == 5  # the least certain of each class


def test_what_the_model_is_is_said_before_keras_is_loaded(predictor, images, monkeypatch, capsys):
    def load(_):
        raise KeyboardInterrupt  # by a user who has seen the wrong model named

    answering = SimpleNamespace(load_predictor=load)
    monkeypatch.setitem(sys.modules, "lib.predict.answering", answering)
    assert main(["predict", SLUG, str(images)]) == 130
    assert "0.900 [0.880, 0.920]" in capsys.readouterr().out


def test_a_model_of_drawn_images_or_random_weights_says_so_wherever_it_answers(
    predictor, images, tmp_path, capsys
):
    weights = predictor.record.weights.model_copy(update={"used": "random"})
    predictor.record = predictor.record.model_copy(
        update={"kind": "phantom", "weights": weights, "outcome": "one answer"}
    )
    targets = {name: tmp_path / f"answers.{name}" for name in ("csv", "html")}
    options = [part for name, path in targets.items() for part in (f"--{name}", str(path))]
    main(["predict", SLUG, str(images), *options])
    marks = {row["model_mark"] for row in rows(targets["csv"])}
    assert marks == {
        "Trained on synthetic images; random weights, not Keras' ImageNet weights; not shown to have learnt"
    }
    for text in (capsys.readouterr().out, targets["html"].read_text()):
        words = " ".join(text.split())
        assert "images that a program drew" in words
        assert "random weights, not Keras" in words
        assert "always giving the most frequent class" in words


def test_an_image_that_cannot_be_read_is_a_row_and_not_the_end(predictor, images, tmp_path, capsys):
    (images / "basophil" / "broken.png").write_bytes(b"no image")
    answers, page = tmp_path / "a.csv", tmp_path / "a.html"
    options = ["--csv", str(answers), "--html", str(page)]
    assert main(["predict", SLUG, str(images), *options]) == 1
    table = rows(answers)
    assert len(table) == 16
    (broken,) = (row for row in table if not row["predicted"])
    assert broken["path"].endswith("basophil/broken.png")
    assert "not an image" in broken["remark"]
    assert "1 image could not be read" in capsys.readouterr().out
    assert "basophil/broken.png" in page.read_text()


def test_the_csv_holds_every_answer_in_full(predictor, images, tmp_path):
    answers = tmp_path / "a.csv"
    main(["predict", SLUG, str(images / "eosinophil"), "--csv", str(answers)])
    first, second, third = rows(answers)
    assert [row["predicted"] for row in (first, second, third)] == ["eosinophil"] * 3
    assert first["probability"] == first["p eosinophil"] == "0.500000"
    assert first["p basophil"] == "0.125000"
    assert (second["distance"], second["unlike_training"]) == (f"{7 / 256:.6f}", "no")
    assert first["use"] == "For study, not for diagnosis."


def test_a_file_name_that_a_spreadsheet_would_run_is_a_path(predictor, tmp_path, monkeypatch):
    write_images(tmp_path, ["=cmd"], 1)
    monkeypatch.chdir(tmp_path)
    main(["predict", SLUG, "=cmd", "--csv", "a.csv"])
    assert rows(Path("a.csv"))[0]["path"] == "./=cmd/image_000.png"


def test_many_images_are_counted_by_class(predictor, tmp_path, capsys):
    images = write_images(tmp_path / "many", CLASSES, 5, counts={"basophil": 30, "monocyte": 10})
    assert main(["predict", SLUG, str(images)]) == 0
    said = capsys.readouterr().out
    assert "75.0 %" in said
    assert "25.0 %" in said
    assert "--csv FILE writes every answer" in said


@pytest.mark.parametrize(
    "options",
    [
        ["--explain"],
        ["--csv", "absent/a.csv"],
        ["--html", "."],
        ["--csv", "images/basophil/image_000.png"],
    ],
)
def test_unusable_arguments_are_told_before_anything_is_computed(
    predictor, images, tmp_path, monkeypatch, capsys, options
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predictor, "answers", lambda _: pytest.fail("nothing should be computed"))
    assert main(["predict", SLUG, "images", *options]) == 2
    said = capsys.readouterr()
    assert "should" in said.err
    assert said.out == ""


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_an_interrupted_command_leaves_the_old_file_as_it_was(
    predictor, images, tmp_path, monkeypatch, capsys, option
):
    target = tmp_path / "answers"
    target.write_text("old")

    def interrupted(files):
        yield from MadeUpPredictor().answers(files[:3])
        raise KeyboardInterrupt

    monkeypatch.setattr(predictor, "answers", interrupted)
    assert main(["predict", SLUG, str(images), option, str(target)]) == 130
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers", "images"]
