"""Figures: drawn without a display, from small tables; their captions tell what is shown."""

import base64
import io

import made_up_paper as made_up
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from lib import report
from lib.evaluation.scores import confusions
from lib.papers.declare import epoch_log
from lib.results import Confusion


def caption(shown):
    return BeautifulSoup(shown.html, "html.parser").figcaption.get_text()


def test_samples_take_classes_of_different_sizes(record):
    pixels = record.images.samples(per_class=3)
    pixels["basophil"] = pixels["basophil"][:1]
    shown = report.samples(pixels, "Mark")
    assert caption(shown).startswith("Mark. Up to 3 images of each class")
    assert 'alt="Sample images of basophil, eosinophil' in shown.html


def pair(first, second):
    return np.stack([np.full((300, 300, 3), value, np.uint8) for value in (first, second)])


def picture(shown):
    """The pixels of the embedded figure."""
    source = BeautifulSoup(shown.html, "html.parser").img["src"]
    with Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_twins_stand_one_above_the_other_in_the_order_given():
    pixels = picture(report.twins([("0 bits", pair(0, 60)), ("9 bits", pair(120, 180))], ""))
    height, width, _ = pixels.shape
    quarters = [
        pixels[int(height * y), int(width * x), 0] for x in (0.25, 0.75) for y in (0.35, 0.8)
    ]
    assert quarters == [0, 60, 120, 180]


def test_twins_are_told_in_words_too():
    shown = report.twins([("7 bits", pair(0, 60))], "Mark")
    text = caption(shown)
    assert text.startswith("Mark. Pairs of images that show the same picture")
    assert "bits in which their hashes differ" in text
    assert BeautifulSoup(shown.html, "html.parser").img["alt"].startswith("Pairs of images")


def test_the_bits_stand_above_each_pair():
    one, other = (report.twins([(title, pair(0, 60))], "").html for title in ("7 bits", "8 bits"))
    assert one != other


def test_a_single_pair_and_eight_of_them_are_drawn():
    widths = [picture(report.twins([("1 bit", pair(0, 1))] * n, "")).shape[1] for n in (1, 8)]
    assert widths[1] > 5 * widths[0]


def test_without_twins_there_is_no_figure():
    assert report.twins([], "Mark").html == ""


MARKS = {"": "All arms", "mobilenetv2": ""}


def lines(axis) -> dict[str, list[tuple[float, float]]]:
    """The points of every curve by its name in the legend."""
    return {
        one.get_label(): [(float(x), round(float(y), 9)) for x, y in one.get_xydata()]
        for one in axis.lines
    }


def headings(shown) -> list[str]:
    return [one.get_text() for one in BeautifulSoup(shown.html, "html.parser").select("h4.arm")]


def captions(shown) -> list[str]:
    found = BeautifulSoup(shown.html, "html.parser").find_all("figcaption")
    return [one.get_text() for one in found]


def test_curves_say_what_is_ours_and_where_the_papers_stands(record, paper):
    shown = report.curves(record.history, paper, MARKS)
    assert "mean of 2 seeds" in caption(shown)
    assert "(Table 1)" in caption(shown)


def test_curves_change_with_the_history(record, paper):
    before = report.curves(record.history, paper, MARKS).html
    record.history["loss"] += 0.5
    assert report.curves(record.history, paper, MARKS).html != before


def test_curves_are_those_of_the_papers_arms_not_of_their_variants(with_variant, paper):
    history = with_variant.history
    both = report.curves(history, paper, MARKS).html
    alone = history[history["arm"] == "mobilenetv2"]
    assert report.curves(alone, paper, MARKS).html == both
    others = history.assign(arm=history["arm"].map(lambda one: {"mobilenetv2": "x"}.get(one, one)))
    renamed = others.assign(arm=others["arm"].replace("mobilenetv2-native", "mobilenetv2"))
    assert report.curves(renamed, paper, MARKS).html != both


def test_every_arm_has_its_curves_under_its_name_and_its_mark(monkeypatch):
    figures = made_up.drawn(monkeypatch)
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    marks = {"": "x", "a": "Mark of a", "b": ""}
    shown = report.curves(made_up.history("a", "b"), paper, marks)
    assert headings(shown) == ["b", "a"]
    assert [one.startswith("Mark of a. ") for one in captions(shown)] == [False, True]
    last = [lines(one.axes[0])["ours, train"][-1] for one in figures]
    # b lies 0.1 below a, and the seeds 0.01 apart.
    assert last == [(3, 0.795), (3, 0.895)]


def test_a_curve_is_the_mean_over_seeds_in_a_band_from_the_lowest_to_the_highest(monkeypatch):
    (figure,) = _curves(monkeypatch, made_up.history(epochs=2), made_up.paper())
    accuracy, loss = figure.axes
    assert lines(accuracy) == {
        "ours, train": [(1, 0.445), (2, 0.895)],
        "ours, validation": [(1, 0.395), (2, 0.795)],
    }
    assert lines(loss) == {
        "ours, train": [(1, 0.555), (2, 0.105)],
        "ours, validation": [(1, 0.705), (2, 0.305)],
    }
    bands = [one.get_datalim(accuracy.transData).extents for one in accuracy.collections]
    assert np.round(bands, 9).tolist() == [[1, 0.44, 2, 0.9], [1, 0.39, 2, 0.8]]
    assert [axis.get_ylabel() for axis in figure.axes] == ["accuracy", "loss (cross-entropy)"]


def _curves(monkeypatch, history, paper) -> list:
    """The figures of a paper's curves."""
    figures = made_up.drawn(monkeypatch)
    report.curves(history, paper, {"": "", **{arm.name: "" for arm in paper.arms}})
    return figures


def test_the_papers_numbers_lie_in_the_order_of_the_epochs(monkeypatch):
    """Even where the last epoch is printed first, in the abstract."""
    log = (("accuracy", "validation"), ("loss", "train"))
    rows = [(1, "0.5", "0.9"), (2, "0.6", "0.8")]
    claims = [
        made_up.claim(
            "accuracy", "70", epoch=3, unit="percent", part="validation", where="Abstract"
        ),
        *epoch_log(rows, log, where="Table 2", arm="net"),
        *epoch_log([(1, "0.1", "0.1")], log, where="Table 3", arm="other"),
        made_up.claim("accuracy", "0.99", part="validation"),
    ]
    paper = made_up.paper(claims=claims)
    (figure,) = _curves(monkeypatch, made_up.history(), paper)
    accuracy, loss = map(lines, figure.axes)
    assert accuracy["paper, validation"] == [(1, 0.5), (2, 0.6), (3, 0.7)]
    assert loss["paper, train"] == [(1, 0.9), (2, 0.8)]
    ours = {"ours, train", "ours, validation"}
    assert set(accuracy) - ours == {"paper, validation"}
    assert set(loss) - ours == {"paper, train"}
    shown = report.curves(made_up.history(), paper, {"net": ""})
    assert "Circles: the paper's own numbers (Abstract, Table 2)." in caption(shown)


def test_a_paper_without_numbers_by_epoch_has_no_circles():
    claims = [made_up.claim("accuracy", "0.9")]
    shown = report.curves(made_up.history(), made_up.paper(claims=claims), {"net": ""})
    assert "The paper prints no numbers by epoch." in caption(shown)
    assert "ircles" not in caption(shown)


def test_the_curves_of_one_seed_are_no_plural():
    shown = report.curves(made_up.history(seeds=1), made_up.paper(), {"net": ""})
    assert "mean of 1 seed;" in caption(shown)


def test_a_run_of_one_epoch_is_seen_and_its_axis_counts_in_whole_epochs(monkeypatch):
    (figure,) = _curves(monkeypatch, made_up.history(epochs=1), made_up.paper())
    for axis in figure.axes:
        assert all(one.get_marker() == "." for one in axis.lines)
        low, high = axis.get_xlim()
        assert [one for one in axis.get_xticks() if low <= one <= high] == [1]


def test_a_long_run_is_a_line_without_dots(monkeypatch):
    (figure,) = _curves(monkeypatch, made_up.history(epochs=150), made_up.paper())
    assert {one.get_marker() for one in figure.axes[0].lines} == {""}


def test_curves_are_told_apart_without_colours(monkeypatch):
    claims = epoch_log(
        [(1, "0.5", "0.4")],
        (("accuracy", "train"), ("accuracy", "validation")),
        where="Table 2",
        arm="net",
    )
    (figure,) = _curves(monkeypatch, made_up.history(), made_up.paper(claims=claims))
    styles = {one.get_label(): one.get_linestyle() for one in figure.axes[0].lines}
    assert styles["ours, train"] != styles["ours, validation"]
    assert styles["paper, train"] not in (styles["ours, train"], styles["ours, validation"])


def test_curves_are_those_of_one_protocol_the_papers_where_it_was_run(monkeypatch):
    published = made_up.history()
    grouped = made_up.history(protocol="grouped").assign(accuracy=0.25)
    figures = made_up.drawn(monkeypatch)
    for history in (pd.concat([grouped, published]), published, grouped):
        shown = report.curves(history, made_up.paper(), {"net": ""})
    both, alone, other = (lines(one.axes[0])["ours, train"] for one in figures)
    assert both == alone
    assert other == [(1, 0.25), (2, 0.25), (3, 0.25)]
    assert caption(shown).endswith(" Protocol: grouped.")


def test_the_confusion_matrix_counts_one_run(record, paper):
    found = confusions(record.predictions, record.images.classes)
    assert np.trace(np.array(found[0].counts)) == 15
    assert "seed 0, 15 test images" in caption(report.confusion(found, paper, MARKS))


def test_a_class_without_test_images_does_not_break_the_shares(record, paper):
    (one,) = confusions(record.predictions, record.images.classes)
    empty = one.model_copy(update={"counts": [[0] * 5, *one.counts[1:]]})
    assert "12 test images" in caption(report.confusion([empty], paper, MARKS))


def _confusion(arm: str = "net", part: str = "test", counts=((3, 1), (0, 2)), **changes):
    values = {"protocol": "published", "seed": 4, "fold": 0, "counts": counts}
    return Confusion(arm=arm, part=part, **values | changes)


def test_every_arm_has_a_matrix_for_each_part_it_is_evaluated_on():
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    found = [
        _confusion("a", counts=((5, 0), (0, 5))),
        _confusion("b"),
        _confusion("b", "train", ((10, 0), (0, 10))),
        _confusion("b", protocol="grouped", counts=((50, 0), (0, 50))),
        _confusion("a-native", counts=((9, 0), (0, 9))),
    ]
    shown = report.confusion(found, paper, {"": "x", "a": "Mark", "b": ""})
    assert headings(shown) == ["b", "a"]
    start = "Confusion matrix of one run (seed 4, "
    assert [one.split("): ")[0] for one in captions(shown)] == [
        f"{start}6 test images",
        f"{start}20 training images",
        f"Mark. {start}10 test images",
    ]
    alts = [one["alt"] for one in BeautifulSoup(shown.html, "html.parser").select("img")]
    assert len(set(alts)) == 3
    assert alts[1].startswith("Confusion matrix of b on training images")


def test_cells_hold_counts_and_the_shares_of_their_row(monkeypatch):
    figures = made_up.drawn(monkeypatch)
    report.confusion([_confusion(counts=((3, 1), (0, 0)))], made_up.paper(), {"net": ""})
    counts, shares = ([cell.get_text() for cell in axis.texts] for axis in figures[0].axes)
    assert counts == ["3", "1", "0", "0"]
    assert shares == ["0.75", "0.25", "0.00", "0.00"]


def test_without_the_papers_protocol_the_matrix_is_that_of_the_other():
    found = [_confusion(protocol="grouped", fold=0)]
    shown = report.confusion(found, made_up.paper(), {"net": ""})
    assert caption(shown).endswith(" Protocol: grouped.")


LONG = ("American Shorthair", "Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b>", "x")


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG[:2], LONG])
def test_names_of_classes_neither_overlap_nor_are_cut_off(monkeypatch, classes):
    figures = made_up.drawn(monkeypatch)
    counts = np.full((len(classes), len(classes)), 1234).tolist()
    report.confusion([_confusion(counts=counts)], made_up.paper(classes=classes), {"net": ""})
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    left, right = figure.axes
    # A tilted name starts below its column: its end is at the tick, not its middle.
    names = left.get_xticklabels()
    assert [one.get_text() for one in names] == list(classes)
    assert {(one.get_ha(), one.get_rotation_mode()) for one in names} == {("right", "anchor")}
    upright = [*left.get_yticklabels(), *left.texts, left.title, right.title]
    assert made_up.overlapping(made_up.boxes(figure, upright)) == 0


def test_long_names_of_classes_leave_room_for_their_samples(monkeypatch):
    figures = made_up.drawn(monkeypatch)
    report.samples({name: np.zeros((8, 16, 16, 3), np.uint8) for name in LONG}, "Mark")
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    names = [text for axis in figure.axes for text in axis.texts]
    (images,) = {axis.bbox.x0 for axis in figure.axes[::8]}
    assert max(box.x1 for box in made_up.boxes(figure, names)) < images
