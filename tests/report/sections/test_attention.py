"""Where the models look: which images stand beside which heat, and the sentences on shares of heat."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from report_html import alts, arm_headings, page

from lib.report.plots import VERMILION, overlay
from lib.report.sections.attention import LIMITS, attention_figure
from lib.results import Attention


def answers(arm: str = "net", wrong: bool = True) -> pd.DataFrame:
    """Of each class three right answers and, if any are wrong, two wrong ones; a path is a grey."""
    rows = []
    for place, name in enumerate(("cat", "dog")):
        for number, sure in enumerate((0.9, 0.8, 0.7, *((0.95, 0.6) if wrong else ()))):
            called = name if number < 3 else ("dog", "cat")[place]
            shares = {"cat": sure, "dog": 1 - sure}
            if called == "dog":
                shares = {"cat": 1 - sure, "dog": sure}
            path = str(100 * place + 10 * number)
            rows.append({"path": path, "true": name, "predicted": called, **shares})
    fit = {"arm": arm, "protocol": "published", "seed": 0, "fold": 0, "part": "test", "group": ""}
    return pd.DataFrame(rows).assign(**fit)


class Greys:
    """Images of one grey each, the number of their path; which were asked for."""

    def __init__(self) -> None:
        self.paths = []

    def take_paths(self, paths) -> np.ndarray:
        self.paths += paths
        shades = np.array([int(path) for path in paths], np.uint8)
        return np.ones((len(paths), 8, 8, 3), np.uint8) * shades[:, None, None, None]


class Corner:
    """Heat in one corner of maps larger than the images; for which answers it was asked."""

    def __init__(self) -> None:
        self.answers = []

    def take(self, arm: str, paths) -> np.ndarray:
        self.answers += [(arm, path) for path in paths]
        maps = np.zeros((len(paths), 16, 16))
        maps[:, :4, :4] = 1
        return maps


def share(of: str, images: int, **changes) -> Attention:
    values = {"border": 0.5, "border_area": 0.2, "object": 0.1, "object_area": 0.3} | changes
    return Attention(arm="net", protocol="published", of=of, images=images, **values)


def show(table: pd.DataFrame, *arms: str, clues: str = "", **changes):
    """The block, the images and the heat that it asked for."""
    paper = made_up_runs.paper(*arms)
    paper = replace(paper, dataset=replace(paper.dataset, border_clues=clues))
    results = made_up_runs.results(*arms, **changes)
    images, heat = Greys(), Corner()
    return attention_figure(paper, results, table, images, heat), images, heat


def test_each_class_has_its_surest_right_and_wrong_answer_beside_its_heat(monkeypatch):
    figures = made_up.drawn(monkeypatch)
    shown, images, heat = show(answers())
    assert sorted(images.paths) == ["0", "100", "130", "30"]
    assert sorted(heat.answers) == [("net", path) for path in sorted(images.paths)]
    (figure,) = figures
    titles = [axis.get_title() for axis in figure.axes if axis.images]
    expected = ["✓ 0.90", "→ cat", "✗ 0.95", "→ dog", "✓ 0.90", "→ dog", "✗ 0.95", "→ cat"]
    assert titles == expected
    assert made_up.cut_off(figure) == []
    assert LIMITS in page(shown).get_text()


def test_without_wrong_answers_there_are_no_columns_for_them(monkeypatch):
    figures = made_up.drawn(monkeypatch)
    show(answers(wrong=False))
    assert len(figures[0].axes) == 4  # two classes, image and heat


def test_an_arm_that_did_not_learn_gets_a_sentence_and_no_figure():
    failed = [made_up_runs.learning("net", outcome="one answer")]
    shown, images, heat = show(answers(), learning=failed)
    text = page(shown).get_text()
    assert text == "No heat maps for net, which is not shown to have learnt."
    assert (images.paths, heat.answers) == ([], [])


def test_of_several_arms_each_has_its_own():
    table = pd.concat([answers("a"), answers("b")])
    shown, _, heat = show(table, "a", "b")
    assert arm_headings(shown) == ["a", "b"]
    assert {arm for arm, _ in heat.answers} == {"a", "b"}


def test_where_borders_may_tell_shares_are_given_from_answer_to_answer():
    records = [share("dog", 10, border=0.8), share("cat", 30, border=0.4)]
    shown, images, _ = show(answers(), clues="Corners are black.", attention=records)
    text = page(shown).get_text()
    assert "black. Of the heat of net, 40.0 % to 80.0 % lies on the border (20.0 % of the" in text
    assert "10.0 % on the object (30.0 %)" in text
    assert set(images.paths) == set(answers()["path"])  # each is in a mean image
    (table,) = page(shown).select("details table")
    rows = [[cell.get_text() for cell in row.select("td")] for row in table.select("tbody tr")]
    assert [row[:4] for row in rows] == [
        ["net", "cat", "30", "40.0 %"],
        ["net", "dog", "10", "80.0 %"],
    ]
    assert len(alts(shown)) == 2


@pytest.mark.parametrize(("heat", "colour"), [(0.0, (80, 80, 80)), (1.0, None)])
def test_heat_is_red_on_a_grey_image(heat, colour):
    image = np.full((1, 1, 3), (60, 80, 100), np.uint8)
    found = overlay(image, np.full((1, 1), heat))[0, 0]
    red = np.array([int(VERMILION[place : place + 2], 16) for place in (1, 3, 5)])
    expected = colour or (0.3 * 80 + 0.7 * red).round()
    np.testing.assert_allclose(found, expected, atol=1)
