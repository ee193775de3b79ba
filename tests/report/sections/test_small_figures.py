"""The small figures of the summary: what they draw, and where they lead."""

import made_up_runs
from report_html import page

from lib import papers
from lib.papers import NOTEBOOKS
from lib.report.sections import small_figures as module
from lib.report.sections.small_figures import small_figures


def _results(**changes):
    """0.6, then 0.8 on the test images, of 0.9 after training; a confusion matrix of 18 and 2."""
    curve = [
        made_up_runs.accuracy(mean, mean, mean, part="validation", epoch=epoch)
        for epoch, mean in ((2, 0.8), (1, 0.6))
    ]
    whole = made_up_runs.results()
    return made_up_runs.results(**{"scores": [*whole.scores, *curve]} | changes)


def test_the_curve_and_the_matrix_of_the_model_that_is_shown(figures):
    block = page(small_figures(_results()))
    assert [link["href"] for link in block.select("a")] == [module.CURVES, module.SCORES]
    curves, matrix = (figure.axes[0] for figure in figures[-2:])
    (line,) = (line for line in curves.lines if len(line.get_xdata()))
    assert list(line.get_xdata()) == [1, 2]
    assert list(line.get_ydata()) == [0.6, 0.8]
    assert [text.get_text() for text in matrix.texts] == ["18", "2", "2", "18"]


def test_without_curves_the_matrix_stands_alone():
    (link,) = page(small_figures(made_up_runs.results())).select("a")
    assert link["href"] == module.SCORES


def test_of_a_model_that_did_not_learn_nothing_is_drawn():
    flat = [made_up_runs.learning(outcome="one answer")]
    assert small_figures(_results(learning=flat)).html == ""


def test_every_notebook_has_the_headings_to_which_they_lead():
    for path in (NOTEBOOKS / f"{slug}.ipynb" for slug in [*papers.slugs(), "template"]):
        text = path.read_text(encoding="utf-8")
        for heading in (module.CURVES, module.SCORES):
            assert f'"### {heading[1:]}\\n"' in text or f'"### {heading[1:]}"' in text, path.name
