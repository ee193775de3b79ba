"""Curves of ranking and calibration: what is drawn, of whose images, and what the captions say."""

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_html import caption

from lib import report
from lib.evaluation import probability
from lib.evaluation.ranking import calibration_error

CLASSES = ("cat", "dog", "fox")
GROUPING = made_up_runs.grouping()
LEARNT = [made_up_runs.learning()]


def _rows(
    classes=CLASSES, images: int = 60, *, of: int = 0, arm: str = "net", **other
) -> pd.DataFrame:
    rng = np.random.default_rng(of)
    true = rng.integers(len(classes), size=images)
    shares = rng.dirichlet(np.ones(len(classes)), images) + 0.4 * np.eye(len(classes))[true]
    shares = (shares / 1.4).round(6)
    named = {"arm": arm, "protocol": "published", "seed": 0, "fold": 0, "part": "test"}
    rows = {
        "path": [f"{number}.png" for number in range(images)],
        "group": "",
        "true": np.array(classes)[true],
        "predicted": np.array(classes)[shares.argmax(1)],
    }
    return pd.DataFrame(named | rows | dict(zip(classes, shares.T, strict=True)) | other)


@pytest.fixture
def paper():
    return made_up.paper(classes=CLASSES)


def _line(axis, label: str):
    return next(line for line in axis.lines if line.get_label().startswith(label))


def _labels(axis) -> list[str]:
    return [text.get_text() for text in axis.get_legend().get_texts()]


# Ranking


def test_every_class_has_its_curves_with_the_area_in_the_legend(figures, paper):
    rows = _rows()
    report.ranking_figure(rows, LEARNT, paper, GROUPING, {"net": ""})
    left, right = figures[0].axes
    for name in CLASSES:
        of_class = (rows["true"] == name).to_numpy(), rows[name].to_numpy()
        line = _line(left, name)
        assert np.array_equal(line.get_xydata().T, probability.roc_curve(*of_class))
        assert line.get_label() == f"{name}: {probability.auc(*of_class):.3f}"
        line = _line(right, name)
        assert np.array_equal(line.get_xydata().T, probability.precision_recall_curve(*of_class))
        assert line.get_label() == f"{name}: {probability.average_precision(*of_class):.3f}"
        assert line.get_drawstyle() == "steps-pre"
    titles = [axis.get_legend().get_title().get_text() for axis in (left, right)]
    assert titles == ["AUC", "average precision"]
    assert made_up.cut_off(figures[0]) == []


def test_classes_are_told_apart_in_colour_and_in_grey(figures):
    names = [f"class {number}" for number in range(9)]
    report.ranking_figure(
        _rows(names, 200), LEARNT, made_up.paper(classes=names), GROUPING, {"net": ""}
    )
    looks = [
        (line.get_color(), line.get_linestyle())
        for line in figures[0].axes[0].lines
        if line.get_label().startswith("class")
    ]
    assert len(set(looks)) == 9
    assert len({style for _, style in looks[:4]}) == 4
    assert made_up.cut_off(figures[0]) == []


def test_of_two_classes_the_second_is_shown(figures):
    shown = report.ranking_figure(
        _rows(("cat", "dog")), LEARNT, made_up.paper(), GROUPING, {"net": "Synthetic images"}
    )
    assert [label[:5] for label in _labels(figures[0].axes[0])] == ["dog: "]
    assert caption(shown).endswith("curves of net: dog, seed 0, 60 test images.")


def test_a_class_that_is_not_tested_has_no_curve(figures, paper):
    rows = _rows()
    report.ranking_figure(rows[rows["true"] != "dog"], LEARNT, paper, GROUPING, {"net": ""})
    assert [label[:3] for label in _labels(figures[0].axes[1])] == ["cat", "fox"]


def test_only_the_first_seeds_test_images_of_the_papers_protocol_are_shown(figures, paper):
    rows = _rows(seed=7)
    others = [
        _rows(of=1, protocol="grouped"),
        rows,
        _rows(of=2, seed=8),
        _rows(of=3, part="train", seed=7),
        _rows(of=4, arm="net-native", seed=7),
    ]
    for draw in (report.ranking_figure, report.calibration_figure):
        alone = draw(rows, LEARNT, paper, GROUPING, {"net": ""})
        assert (
            draw(pd.concat(others, ignore_index=True), LEARNT, paper, GROUPING, {"net": ""}).html
            == alone.html
        )
        assert "seed 7, 60 test images" in caption(alone).lower()
        assert "protocol" not in caption(alone).lower()


def test_folds_are_ranked_together_and_the_caption_says_so(figures, paper):
    folds = [_rows(protocol="grouped"), _rows(of=1, protocol="grouped", fold=1)]
    shown = report.ranking_figure(
        pd.concat(folds), [made_up_runs.learning(protocol="grouped")], paper, GROUPING, {"net": ""}
    )
    assert (
        "seed 0, 120 test images of 2 folds, whose models are ranked together, protocol: grouped"
        in caption(shown)
    )
    both = pd.concat(folds)
    area = probability.auc((both["true"] == "cat").to_numpy(), both["cat"].to_numpy())
    assert _labels(figures[0].axes[0])[0] == f"cat: {area:.3f}"


def test_every_arm_has_its_figures_under_its_name_and_its_mark(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"), classes=CLASSES)
    rows = pd.concat([_rows(arm="a"), _rows(of=1, arm="b")])
    learning = [made_up_runs.learning("a"), made_up_runs.learning("b")]
    for draw in (report.ranking_figure, report.calibration_figure):
        page = BeautifulSoup(
            draw(rows, learning, paper, GROUPING, {"a": "Mark", "b": ""}).html, "html.parser"
        )
        assert [heading.get_text() for heading in page.select("h4.arm")] == ["b", "a"]
        told = [tag.get_text().startswith("Mark. ") for tag in page.find_all("figcaption")]
        assert told == [False, True]


def test_an_arm_that_did_not_learn_has_no_curves_but_a_sentence(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"), classes=CLASSES)
    rows = pd.concat([_rows(arm="a"), _rows(of=1, arm="b")])
    learning = [made_up_runs.learning("a", outcome="one answer"), made_up_runs.learning("b")]
    for draw in (report.ranking_figure, report.calibration_figure):
        page = BeautifulSoup(
            draw(rows, learning, paper, GROUPING, {"a": "", "b": ""}).html, "html.parser"
        )
        assert len(page.find_all("img")) == 1
        assert "for a, which is not shown to have learnt" in page.find_all("p")[-1].get_text()
    assert len(figures) == 2


# Calibration


def test_bins_stand_at_their_confidence_and_accuracy_with_their_images(figures, paper):
    rows = _rows()
    rows.loc[:9, list(CLASSES)] = (0.2, 0.6, 0.2)  # the edge of a bin
    rows.loc[:9, "predicted"] = "dog"
    shown = report.calibration_figure(rows, LEARNT, paper, GROUPING, {"net": ""})
    left, right = figures[0].axes
    sure = rows[list(CLASSES)].max(axis=1).to_numpy()
    correct = (rows["true"] == rows["predicted"]).to_numpy()
    counts, confidence, accuracy = probability.calibration(sure, correct)
    points = next(line for line in left.lines if line.get_marker() == "o")
    filled = counts > 0
    assert np.array_equal(points.get_xydata()[filled], np.c_[confidence, accuracy][filled])
    assert [text.get_text() for text in left.texts] == list(map(str, counts[filled]))
    heights = np.array([[bar.get_height() for bar in bars] for bars in right.containers])
    assert heights.sum(0).tolist() == counts.tolist()
    assert heights.sum(1).tolist() == [correct.sum(), (~correct).sum()]
    error, low, high, _ = calibration_error(rows, CLASSES)
    assert caption(shown).endswith(f"dotted line): {error:.3f} [{low:.3f}, {high:.3f}].")
    assert made_up.cut_off(figures[0]) == []


@pytest.mark.filterwarnings("error")
def test_a_model_that_is_always_sure_and_right_is_drawn(figures, paper):
    rows = _rows()
    rows = rows.assign(predicted=rows["true"], **{c: (rows["true"] == c) * 1.0 for c in CLASSES})
    for draw in (report.ranking_figure, report.calibration_figure):
        draw(rows, LEARNT, paper, GROUPING, {"net": "Synthetic images"})
        assert made_up.cut_off(figures[-1]) == []
    assert _labels(figures[0].axes[0]) == [f"{name}: 1.000" for name in CLASSES]
    assert [figure.get_text() for figure in figures[1].axes[0].texts] == ["60"]
