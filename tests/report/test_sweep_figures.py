"""The figures of a sweep: what stands at which place, in how many panels."""

import pytest
from made_up_sweeps import swept, swept_run
from report_html import alts, captions, points

from lib.report import sweep_figures
from lib.report.sweep_figures import arm_figures, value_figures

GOOD, POOR = "+" * 9 + "-", "+" * 4 + "-" * 6


@pytest.fixture
def drawn(monkeypatch):
    """The figures of which pictures were made, one after another."""
    figures, picture = [], sweep_figures.picture

    def keep(figure, *texts):
        figures.append(figure)
        return picture(figure, *texts)

    monkeypatch.setattr(sweep_figures, "picture", keep)
    return figures


def rows(*runs):
    return swept(*runs).rows


def values_drawn(figure) -> list[list[tuple[float, float]]]:
    return list(points(figure.axes[0]).values())


def test_numbers_stand_where_they_are_and_are_connected(drawn):
    value_figures(rows(swept_run({"x": 5}, GOOD), swept_run({"x": 1}, POOR)), ["x"])
    (figure,) = drawn
    assert values_drawn(figure) == [[(1, 0.4), (5, 0.9)]]
    assert figure.axes[0].lines[0].get_linestyle() == "-"
    assert figure.axes[0].get_xscale() == "linear"


def test_a_wide_range_is_drawn_by_orders_of_magnitude_unless_it_reaches_zero(drawn):
    value_figures(rows(swept_run({"x": 1e-5}, GOOD), swept_run({"x": 0.1}, POOR)), ["x"])
    value_figures(rows(swept_run({"x": 0}, GOOD), swept_run({"x": 100}, POOR)), ["x"])
    assert [figure.axes[0].get_xscale() for figure in drawn] == ["log", "linear"]


def test_no_point_lies_outside_its_axis(drawn):
    for values in ((1, 2, 50), (1, 2, 5), (3,)):
        value_figures(rows(*(swept_run({"x": x}, GOOD) for x in values)), ["x"])
    for figure in drawn:
        low, high = figure.axes[0].get_xlim()
        ((*at,),) = values_drawn(figure)
        assert all(low < x < high for x, _ in at)


@pytest.mark.parametrize("values", [("adam", "sgd"), (True, False), (1, None)])
def test_other_values_stand_side_by_side_without_a_line(drawn, values):
    value_figures(rows(*(swept_run({"x": x}, GOOD) for x in values)), ["x"])
    axis = drawn[0].axes[0]
    assert [label.get_text() for label in axis.get_xticklabels()] == [str(x) for x in values]
    assert axis.lines[0].get_linestyle() == "None"


def test_a_grid_has_a_panel_per_paper_and_value_of_the_parameter_with_fewer(drawn):
    runs = [
        swept_run({"o": o, "x": x}, GOOD, slug=slug)
        for slug in ("first", "second")
        for o in ("adam", "sgd")
        for x in (1, 2, 3)
    ]
    block = value_figures(rows(*runs), ["o", "x"])
    assert [caption.split(".")[1].strip() for caption in captions(block)] == ["o=adam", "o=sgd"] * 2
    assert all(len(values_drawn(figure)[0]) == 3 for figure in drawn)
    assert len({figure.axes[0].get_ylim() for figure in drawn}) == 1


def test_every_model_has_its_line_and_the_panel_is_told_in_words(drawn):
    runs = (swept_run({"x": x}, {"net": GOOD, "deep": POOR}) for x in (1, 2))
    block = value_figures(rows(*runs), ["x"])
    colours = [line.get_color() for line in drawn[0].axes[0].lines]
    assert len(set(colours)) == 2
    legend = [text.get_text() for text in drawn[0].axes[0].get_legend().get_texts()]
    assert legend == ["net, published", "deep, published"]
    assert "2: deep, published, 0.400 [" in alts(block)[0]


def test_models_have_the_same_line_in_every_papers_panel_and_own_ones_are_bold(drawn):
    arm_figures(
        rows(
            swept_run({"arms": ["net"]}, {"net": GOOD}, slug="first"),
            swept_run({"arms": ["second/deep"]}, {"second/deep": POOR}, slug="first"),
            swept_run({"arms": ["deep"]}, {"deep": GOOD}, slug="second"),
        )
    )
    labels = [figure.axes[0].get_yticklabels() for figure in drawn]
    assert [[label.get_text() for label in of_panel] for of_panel in labels] == [
        ["first/net", "second/deep"]
    ] * 2
    assert [[label.get_fontweight() for label in of_panel] for of_panel in labels] == [
        ["bold", "normal"],
        ["normal", "bold"],
    ]
