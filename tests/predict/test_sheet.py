"""The contact sheet: which images stand on it, in which order, and that it loads nothing."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from made_up_predictions import MadeUpPredictor

from lib.predict.answer import Answer
from lib.predict.sheet import SHOWN, LeastCertain, contact_sheet


def answer(probability: float, name: str = "a/b/image.png", **changes) -> Answer:
    """Of five classes: the first with this probability, the rest alike."""
    shares = np.full(5, (1 - probability) / 4)
    shares[0] = probability
    return Answer(file=Path(name), probabilities=shares, predicted="basophil", **changes)


def shown(answers: list[Answer], most: int = SHOWN) -> LeastCertain:
    least = LeastCertain(most)
    for each in answers:
        least.add(each, np.zeros((8, 8, 3), np.uint8))
    return least


def sheet(answers: list[Answer], **options) -> BeautifulSoup:
    there = [each for each in answers if each.probabilities is not None]
    return BeautifulSoup(
        contact_sheet(MadeUpPredictor(), answers, shown(there), **options), "html.parser"
    )


def test_of_many_answers_the_least_certain_are_kept_the_least_certain_first():
    shares = np.random.default_rng(0).permutation(np.linspace(0.3, 1, 500))
    kept = shown([answer(share) for share in shares], 20).entries()
    assert [each.probability for each, _ in kept] == sorted(shares)[:20]


def test_of_equally_certain_answers_the_first_comes_first():
    kept = shown([answer(0.5, f"{number}.png") for number in range(5)], 3).entries()
    assert [each.file.name for each, _ in kept] == ["0.png", "1.png", "2.png"]


def test_a_card_shows_the_answer_and_the_next_classes_and_what_is_unlike():
    page = sheet([answer(0.9), answer(0.6, unlike=True)])
    first, second = page.select(".sheet li")
    assert "60.0\u00a0%" in first.text
    assert "unlike the training images" in first.text
    assert "unlike" not in second.text
    assert len(first.select("tr")) == 3
    assert "b/image.png" in first.text
    assert "a/b/image.png" not in first.text


def test_a_page_of_many_shows_some_and_says_so():
    answers = [answer(0.5)] * 1000
    html = contact_sheet(MadeUpPredictor(), answers, shown(answers, 3))
    page = BeautifulSoup(html, "html.parser")
    assert len(page.select(".sheet li")) == 3
    assert "3 least certain of 1,000 images" in page.text


def test_names_of_files_are_text_and_nothing_is_loaded():
    name = "<script>alert(1)</script>\x1b[31m.png"
    page = sheet([answer(0.5, name), Answer(file=Path(name), remark="<b>broken</b>")])
    assert page.select("script, b, link, iframe") == []
    assert "\x1b" not in page.text
    assert page.text.count("script>") >= 2
    addresses = [image["src"] for image in page.select("img")]
    assert all(address.startswith("data:image/webp;base64,") for address in addresses)
    policy = page.select_one("meta[http-equiv]")["content"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_each_image_stands_beside_its_heat_where_that_is_asked_for(monkeypatch):
    asked = []

    def heat_maps(_, pixels, labels):
        asked.append((len(pixels), labels))
        return np.ones(pixels.shape[:3], "float32")

    gradcam = SimpleNamespace(heat_maps=heat_maps)
    monkeypatch.setitem(sys.modules, "lib.models.gradcam", gradcam)
    page = sheet([answer(0.5), answer(0.7)], explain=True)
    assert [len(card.select("img")) for card in page.select(".sheet li")] == [2, 2]
    assert asked == [(2, [0, 0])]
    assert "Grad-CAM" in page.text
    assert "Grad-CAM" not in sheet([answer(0.5)]).text


def test_without_a_single_image_that_can_be_read_there_is_still_a_page():
    page = sheet([Answer(file=Path("a.png"), remark="broken")], explain=True)
    assert "broken" in page.text
    assert re.search(r"0 images?, .*1 file could not be read", page.text)


@pytest.mark.parametrize("kind", ["phantom", "substitute"])
def test_the_kind_of_the_training_images_stands_on_top(kind):
    predictor = MadeUpPredictor(kind=kind)
    html = contact_sheet(predictor, [answer(0.5)], shown([answer(0.5)]))
    status = BeautifulSoup(html, "html.parser").select_one(".status").text
    expected = {"phantom": "synthetic images", "substitute": "substitute images"}[kind]
    assert f"Trained on {expected}" in status
