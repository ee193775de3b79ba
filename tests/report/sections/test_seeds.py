"""Test accuracy by seed: what is drawn and listed, and which of the paper's numbers stands beside it."""

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pytest
from bs4 import BeautifulSoup
from report_html import caption, cells, columns, figures_of

from lib import report
from lib.evaluation import metrics
from lib.papers.declare import classification_report, epoch_log

GROUPING = made_up_runs.grouping()
MARK = "Synthetic images"
MARKS = {"": "Of all arms", "mobilenetv2": MARK}


VALIDATED = (("accuracy", "validation"),)


def shown(claims=(), scores=None, seeds=(0, 1), **changes):
    """The figure of "net"."""
    scores = scores or [made_up.score(0.8, 0.9, low=0.7, high=0.95)]
    paper = made_up.paper(claims=claims, **changes)
    learning = [made_up_runs.learning(protocol=each.protocol) for each in scores]
    return report.seed_figure(scores, learning, paper, seeds, GROUPING, {"": "x", "net": ""})


def supports(*counts: str, **changes):
    """A report with so many images of "cat" and "dog"."""
    rows = {
        name: ("1", "1", "1", count) for name, count in zip(("cat", "dog"), counts, strict=False)
    }
    values = {"where": "Fig. 1", "arm": "net"}
    return classification_report(rows, **values | changes)


def dashed(figure) -> list[float]:
    """Where a dashed upright line stands."""
    return [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_linestyle() == "--"]


def labels(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


@pytest.mark.filterwarnings("error")
def test_accuracy_by_seed_shows_the_papers_own_interval(record, paper):
    run = record.collect()
    marks = {"": "", "mobilenetv2": ""}
    shown = report.seed_figure(run.scores, run.learning, paper, [0, 1], GROUPING, marks)
    assert "620 test images" in caption(shown)


def test_a_variant_changes_nothing(with_variant, paper):
    run, marks = with_variant.collect(), {"": "", "mobilenetv2": ""}
    scores, learning = run.scores, run.learning
    both = report.seed_figure(scores, learning, paper, [0, 1], GROUPING, marks).html
    alone = [score for score in scores if score.arm == "mobilenetv2"]
    assert report.seed_figure(alone, learning, paper, [0, 1], GROUPING, marks).html == both
    other = [
        score.model_copy(update={"arm": "mobilenetv2"}) for score in scores if score not in alone
    ]
    assert report.seed_figure(other, learning, paper, [0, 1], GROUPING, marks).html != both


def test_each_seed_is_a_dot_above_the_mean_with_its_interval(figures):
    shown()
    (axis,) = figures[0].axes
    dots = next(line for line in axis.lines if line.get_label() == "ours, by seed")
    assert dots.get_xydata().tolist() == [[0.8, 2], [0.9, 1]]
    bars = axis.containers[0]
    assert np.round(bars.lines[0].get_xydata(), 9).tolist() == [[0.85, 0]]
    (segment,) = bars.lines[2][0].get_segments()
    assert np.round(segment, 9).tolist() == [[0.7, 0], [0.95, 0]]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["seed 0", "seed 1", "mean"]


def test_seeds_are_named_by_their_numbers_and_one_is_enough(figures):
    shown(scores=[made_up.score(0.8, low=0.7, high=0.9)], seeds=[7])
    names = [figure.get_text() for figure in figures[0].axes[0].get_yticklabels()]
    assert names == ["seed 7", "mean"]
    assert made_up.cut_off(figures[0]) == []


def test_every_arm_has_its_figure_under_its_name_and_its_mark(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    scores = [made_up.score(0.5, arm="a", low=0.4), made_up.score(0.6, arm="b", low=0.4)]
    learning, marks = list(map(made_up_runs.learning, "ab")), {"": "x", "a": "Mark of a", "b": ""}
    shown = report.seed_figure(scores, learning, paper, [0], GROUPING, marks)
    page = BeautifulSoup(shown.html, "html.parser")
    assert [heading.get_text() for heading in page.select("h4.arm")] == ["b", "a"]
    told = [tag.get_text().startswith("Mark of a. ") for tag in page.find_all("figcaption")]
    assert told == [False, True]
    assert [figure.axes[0].lines[0].get_xdata().tolist() for figure in figures] == [[0.6], [0.5]]


def test_an_arm_that_did_not_learn_has_no_figure_of_its_noise(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    scores = [made_up.score(0.5, arm="a", low=0.4), made_up.score(0.6, arm="b", low=0.4)]
    learning = [made_up_runs.learning("a"), made_up_runs.learning("b", outcome="one answer")]
    marks = dict.fromkeys(("", "a", "b"), "")
    shown = report.seed_figure(scores, learning, paper, [0], GROUPING, marks)
    assert [figure.axes[0].lines[0].get_xdata().tolist() for figure in figures] == [[0.5]]
    assert (
        BeautifulSoup(shown.html, "html.parser")
        .p.get_text()
        .startswith("No figure of the seeds for b")
    )


def test_a_paper_without_an_accuracy_on_test_images_has_no_line(figures):
    claims = [
        made_up.claim("accuracy", "0.99", part="train"),
        made_up.claim("accuracy", "0.9", of="best epoch", part="validation"),
        made_up.claim("recall", "0.9", of="cat"),
        made_up.claim("accuracy", "0.9", arm="other"),
    ]
    assert caption(shown(claims)) == (
        "Test accuracy of every seed. The paper prints none for test images."
    )
    assert dashed(figures[0]) == []
    assert len(labels(figures[0])) == 2


def test_the_first_number_of_the_trained_model_is_drawn(figures):
    claims = [
        made_up.claim("accuracy", "0.7", part="validation", epoch=3),
        made_up.claim("accuracy", "91", unit="percent", where="Abstract"),
        made_up.claim("accuracy", "0.92"),
    ]
    assert caption(shown(claims)).endswith("Dashed: the paper's number.")
    assert dashed(figures[0]) == [0.91]
    assert labels(figures[0])[0] == "paper: 91 % (Abstract)"
    assert list(figures[0].axes[0].patches) == []


def test_of_a_log_of_epochs_the_last_one_is_drawn_wherever_it_stands(figures):
    claims = [
        *epoch_log([(9, "0.9")], VALIDATED, where="Abstract", arm="net"),
        *epoch_log([(1, "0.5"), (2, "0.6")], VALIDATED, where="Table 1", arm="net"),
    ]
    shown(claims)
    assert dashed(figures[0]) == [0.9]


def test_the_papers_own_interval_is_that_of_its_number_of_test_images(figures):
    claims = [
        made_up.claim("accuracy", "0.9"),
        *supports("500", "500", part="train"),
        *supports("6", "4"),
        # A second report, of the same images: they do not count twice.
        *supports("6", "4", where="Fig. 2"),
        made_up.claim("support", "10", of="macro avg", unit="count", where="Fig. 1"),
    ]
    assert caption(shown(claims)).endswith("95 % interval (Wilson, 10 test images).")
    low, high = metrics.wilson(9, 10)
    (band,) = figures[0].axes[0].patches
    assert band.get_x() == pytest.approx(low)
    assert band.get_x() + band.get_width() == pytest.approx(high)


def test_without_the_papers_protocol_the_other_is_shown_and_named():
    scores = [made_up.score(0.8, 0.9, low=0.7, high=0.95, protocol="grouped")]
    assert caption(shown(scores=scores)).endswith(" Protocol: grouped.")
    both = [made_up.score(0.1, 0.2, low=0, protocol="grouped"), made_up.score(0.8, 0.9, low=0.7)]
    assert caption(shown(scores=both)).endswith("test images.")


def test_a_long_place_leaves_the_room_to_the_dots(figures):
    place = "§Designing the network, below Fig. 6, where the report is read, §Conclusions (twice)"
    shown([made_up.claim("accuracy", "0.9", where=place)])
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    assert figure.axes[0].bbox.width > figure.bbox.width / 2
    assert labels(figure)[0].replace("\n", " ") == f"paper: 0.9 ({place})"


def test_seeds_show_each_run_and_the_spread(record, paper):
    shown = report.seed_table(record.collect().scores, paper, [0, 1], GROUPING, MARKS)
    assert cells(shown)[:4] == [
        ["seed 0", "1.0000"],
        ["seed 1", "1.0000"],
        ["mean", "1.0000"],
        ["standard deviation", "0.0000"],
    ]


def test_seeds_have_a_column_an_arm_in_the_papers_order():
    variant = made_up.arm("a-native", variant_of="a", differs="pixels")
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"), variants=(variant,))
    scores = [
        made_up.score(0.94, 0.8, arm="a", low=0.7, high=0.95),
        made_up.score(0.5, 0.7, arm="b", low=0.4, high=0.8),
        made_up.score(0.1, 0.1, arm="a-native"),
    ]
    shown = report.seed_table(scores, paper, [3, 5], GROUPING, {"": MARK, "a": "", "b": ""})
    (page,) = figures_of(shown)
    assert columns(page) == ["Seed", "b", "a"]
    assert cells(page) == [
        ["seed 3", "0.5000", "0.9400"],
        ["seed 5", "0.7000", "0.8000"],
        ["mean", "0.6000", "0.8700"],
        # |x - y| / sqrt(2): 0.2 and 0.14 apart.
        ["standard deviation", "0.1414", "0.0990"],
        ["interval of one run", "[0.4000, 0.8000]", "[0.7000, 0.9500]"],
    ]
    caption = f"{MARK}. Test accuracy by seed. Interval: Wilson 95 %."
    assert page.caption.get_text() == caption


def test_one_seed_needs_no_table():
    marks = {"": "", "net": ""}
    assert (
        report.seed_table([made_up.score(0.75)], made_up.paper(), [4], GROUPING, marks).html == ""
    )
