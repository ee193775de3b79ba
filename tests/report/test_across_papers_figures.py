"""The figures over all papers: what stands in which row, in which figure, under which mark."""

import made_up_paper as made_up
import pytest
from made_up_measurements import ARM, SLUG, kept, run
from report_html import alts, captions

from lib.report.across_papers import collect_measurements
from lib.report.across_papers_figures import accuracy_figures, gap_figures


@pytest.fixture
def drawn(monkeypatch):
    return made_up.drawn(monkeypatch)


def test_a_row_shows_the_printed_and_each_measured_accuracy_with_its_interval(drawn):
    accuracy_figures(collect_measurements([], [kept()]))
    (figure,) = drawn
    values = [
        [round(float(x), 3) for x in line.get_xdata()]
        for line in figure.axes[0].lines
        if line.get_linestyle() != "--"
    ]
    assert values == [[0.838, 0.952], [0.91], [0.88, 0.92], [0.9], [0.6, 0.8], [0.7]]
    (majority,) = (line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    assert {*majority.get_xdata()} == {0.5}
    (name,) = figure.axes[0].get_yticklabels()
    assert name.get_text() == f"sulistiana: {ARM}\nCats of a neighbour"


def test_drawn_images_have_a_marked_figure_of_their_own(drawn):
    measurements = collect_measurements([run("phantom")], [kept()])
    for shown in (accuracy_figures(measurements), gap_figures(measurements)):
        real, synthetic = captions(shown)
        assert real.startswith("Substitute images.")
        assert synthetic.startswith("Synthetic images.")
    strips = [text.get_text() for figure in drawn for text in figure.texts]
    assert strips == ["Substitute images, not the paper's", "Synthetic images"] * 2


def test_a_run_out_of_date_is_marked_in_its_row(drawn):
    accuracy_figures(collect_measurements([run()], [], {SLUG: "keras"}))
    (name,) = drawn[0].axes[0].get_yticklabels()
    assert name.get_text().endswith(", out of date")


def test_the_gap_between_the_splits_stands_in_the_row_of_its_model(drawn):
    shown = gap_figures(collect_measurements([], [kept()]))
    zero, interval, mean = drawn[0].axes[0].lines
    assert [*interval.get_xdata()] == [0.1, 0.3]
    assert [*mean.get_xdata()] == [0.2]
    assert {*zero.get_xdata()} == {0}
    assert "+0.200 [+0.100, +0.300]" in alts(shown)[0]


def test_without_numbers_there_is_no_figure(drawn):
    measurements = collect_measurements([], [kept(gaps=[])])
    assert "both" in gap_figures(measurements).html
    assert accuracy_figures([]).html == gap_figures([]).html == ""
    assert drawn == []


def test_a_figure_tells_its_numbers_in_words():
    (alt,) = alts(accuracy_figures(collect_measurements([], [kept()])))
    assert "printed 91 %" in alt
    assert "grouped 0.700 [0.600, 0.800]" in alt
