"""The one path: what is asked for in a notebook is what the command answers, for a photograph and for many."""

import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from image_folders import write_images
from made_up_predictions import CLASSES, MadeUpPredictor

from lib import ROOT, predict
from lib.predict import asking
from lib.predict.chosen import Chosen

SLUG = "kuncoro_white_blood_cells"
NOTEBOOK = ROOT / "notebooks" / "predict.ipynb"


@pytest.fixture
def predictor(monkeypatch, tmp_path) -> MadeUpPredictor:
    """Answers instead of a kept model, which is neither looked for nor loaded."""
    made_up = MadeUpPredictor()
    chosen = Chosen(path=tmp_path / "run" / "models" / "net.keras")
    monkeypatch.setattr(asking, "choose_model", lambda *_: chosen)
    monkeypatch.setattr(asking, "record_of", lambda *_: made_up.record)
    answering = SimpleNamespace(load_predictor=lambda _: made_up)
    monkeypatch.setitem(sys.modules, "lib.predict.answering", answering)
    return made_up


def test_images_are_answered_in_their_order_and_far_ones_are_told(predictor, tmp_path):
    images, told = write_images(tmp_path / "images", CLASSES, 2), []
    asked = predict.ask(SLUG, [images], tell=lambda *done: told.append(done))
    assert [answer.predicted for answer in asked.answers] == np.repeat(CLASSES, 2).tolist()
    assert told == [(number, 10) for number in range(1, 11)]
    assert asked.all_read
    assert asked.test is None


def test_labelled_images_are_a_test_too(predictor, tmp_path):
    asked = predict.ask(SLUG, [write_images(tmp_path / "images", CLASSES, 2)], labels=True)
    assert asked.test.control.accuracy.mean == 1
    assert "Accuracy on these 10 images: 1.000" in " ".join(asked.test.lines())
    assert "An external test of mobilenetv2" in asked.page()


def test_a_page_in_a_notebook_stands_in_a_frame_that_holds_all_of_it(predictor, tmp_path):
    asked = predict.ask(SLUG, [write_images(tmp_path / "images", CLASSES, 1)])
    html = asked.sheet()._repr_html_()
    assert html.count("<iframe") == 1
    assert "<img" not in html  # all of it is the frame's


def test_the_notebook_asks_about_drawn_images_without_any_of_the_users(
    predictor, capsys, monkeypatch
):
    predictor.record = predictor.record.model_copy(update={"kind": "phantom"})
    monkeypatch.setattr(asking.Asked, "page", lambda self, explain=False: f"page {explain}")
    names = {}
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source.replace('slug = "sulistiana_cat_breeds"', f'slug = "{SLUG}"'), names)
    said = capsys.readouterr().out
    assert "images that a program drew" in said
    assert "These images were drawn by a program." in said
    assert len(names["asked"].answers) == 20
    assert {Path(path).parent.name for path in names["tested"].test.labelled.true} == set(CLASSES)
