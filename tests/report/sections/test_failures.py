"""Figures of failures: which images are drawn, in which order, and what is told of them."""

from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from types import SimpleNamespace

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from PIL import Image
from report_html import alts, arm_headings, page

from lib.report.plots import RIGHT, WRONG
from lib.report.sections.failures import confused_pair_figure, failure_figure

NAMES = {"c": "cat", "d": "dog", "o": "owl"}
LONG = ("Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b> & c")


class Greys:
    """Images of one grey each, the number of their path: "7" is grey 7."""

    def take_paths(self, paths: Sequence[str]) -> np.ndarray:
        shades = np.array([int(path) for path in paths], np.uint8)
        return np.ones((len(paths), 8, 8, 3), np.uint8) * shades[:, None, None, None]


def record(
    *arms: str,
    used: str = "random",
    classes: Sequence[str] = tuple(NAMES.values()),
    outcome: str = "learnt",
):
    """The record of a run of these arms, each with a variant, from the weights `used`."""
    models = [
        made_up.model(name, used=used, variant_of=arm if name != arm else "")
        for arm in arms or ("net",)
        for name in (arm, f"{arm}-variant")
    ]
    data = made_up.data(kind="exact", group_noun="group")
    return SimpleNamespace(
        models=models,
        classes=list(classes),
        data=data,
        grouping=made_up_runs.grouping(),
        learning=[
            made_up_runs.learning(arm, protocol, outcome=outcome)
            for arm in arms or ("net",)
            for protocol in ("published", "grouped")
        ],
    )


def answers(*rows: str, **changes) -> pd.DataFrame:
    """One row an image, "path group true cat dog owl", the shares in per cent. "-" is no group."""
    cells = [row.split() for row in rows]
    table = pd.DataFrame([row[:3] for row in cells], columns=["path", "group", "true"])
    table = table.assign(group=table["group"].replace("-", ""), true=table["true"].map(NAMES))
    shares = np.array([row[3:] for row in cells], float) / 100
    named = dict(zip(NAMES.values(), shares.T, strict=True))
    called = np.array([*NAMES.values()], dtype=object)[shares.argmax(1)]
    fixed = {"arm": "net", "protocol": "published", "seed": 0, "fold": 0, "part": "test"}
    return table.assign(predicted=called, **named, **fixed | changes)


MARK = "random weights"


def show(function, table: pd.DataFrame, *arms: str, **options):
    return function(record(*arms, **options), table, Greys())


def captions(shown) -> list[str]:
    return [tag.get_text() for tag in page(shown).select("figcaption, p")]


def drawn(figure) -> list[tuple[int, str]]:
    """Grey and title of every image of a figure, in order."""
    return [
        (int(axis.images[0].get_array()[0, 0, 0]), axis.get_title())
        for axis in figure.axes
        if axis.images
    ]


# Images 1 to 3 are wrong, 4 to 6 right.
ROWS = (
    *("1 - c 30 60 10", "2 - d 98 2 0", "3 - o 0 70 30"),
    *("4 - c 45 44 11", "5 - d 0 99.9 0.1", "6 - o 20 20 60"),
)


# The most confidently wrong and the least certain


def test_the_wrong_image_with_the_highest_probability_stands_first(figures):
    shown = show(failure_figure, answers(*ROWS))
    assert drawn(figures[0]) == [
        (2, "dog →\ncat\n✗ 0.98"),
        (3, "owl →\ndog\n✗ 0.70"),
        (1, "cat →\ndog\n✗ 0.60"),
    ]
    legend, caption, _ = captions(shown)
    assert legend.startswith("Above each image: true class → predicted class, and its probability;")
    assert caption == (
        f"{MARK}. The most confident wrong answers (seed 0: 3 of 6 test images wrong)."
    )


def test_the_image_with_the_smallest_margin_stands_first_right_or_wrong(figures):
    shown = show(failure_figure, answers(*ROWS))
    assert [grey for grey, _ in drawn(figures[1])] == [4, 1, 3, 6, 2, 5]  # 1, 30, 40, 40, 96, 99.8
    titles = [title for _, title in drawn(figures[1])]
    assert titles[:2] == ["cat →\ncat\n✓ 0.45 : 0.44", "cat →\ndog\n✗ 0.60 : 0.30"]
    colours = [axis.title.get_color() for axis in figures[1].axes[:2]]
    assert [same_color(*pair) for pair in zip(colours, (RIGHT, WRONG), strict=True)] == [True] * 2
    assert captions(shown)[2].endswith(
        "weights. The least certain answers, with the two highest probabilities (seed 0)."
    )
    assert alts(shown) == ["The most confidently wrong answers", "The least certain answers"]


def test_a_probability_is_never_rounded_to_one(figures):
    show(failure_figure, answers("1 - c 0.4 99.6 0", "2 - c 0.6 99.4 0"))
    assert [title.split("\n")[-1] for _, title in drawn(figures[0])] == ["✗ > 0.99", "✗ 0.99"]


def test_up_to_eight_images_are_shown_and_a_figure_of_one_is_as_wide(figures):
    show(failure_figure, answers(*(f"{n} - c {n} {100 - n} 0" for n in range(1, 12))))
    show(failure_figure, answers("1 - c 1 99 0"))
    assert [grey for grey, _ in drawn(figures[0])] == list(range(1, 9))
    assert [len(drawn(figure)) for figure in figures] == [8, 8, 1, 1]
    assert len({figure.get_figwidth() for figure in figures}) == 1
    assert not any(axis.axison for figure in figures for axis in figure.axes)


def test_of_one_group_only_the_first_is_shown(figures):
    rows = ("1 A c 1 99 0", "2 A c 3 97 0", "3 B c 5 95 0", "4 A c 51 49 0", "5 B c 53 47 0")
    shown = show(failure_figure, answers(*rows))
    assert [[grey for grey, _ in drawn(figure)] for figure in figures] == [[1, 3], [4, 5]]
    assert captions(shown)[0].endswith("two images in a row are of one group.")


def test_images_are_those_of_the_first_seed_of_the_published_test_part(figures):
    tables = [
        answers("1 - c 1 99 0", seed=7),
        answers("2 - c 0 100 0", seed=3),
        answers("3 - c 0 100 0", seed=7, part="train"),
        answers("4 - c 0 100 0", seed=7, protocol="grouped"),
        answers("5 - c 0 100 0", seed=7, arm="net-variant"),
    ]
    shown = show(failure_figure, pd.concat(tables, ignore_index=True))
    assert [drawn(figure)[0][0] for figure in figures] == [1, 1]
    assert "seed 7: 1 of 1 test image wrong" in captions(shown)[1]
    only = show(failure_figure, tables[3])
    assert captions(only)[0].endswith(" Protocol: grouped.")


def test_images_alike_in_probability_stand_by_path_whatever_their_order(figures):
    rows = [f"{n} - c 20 80 0" for n in (3, 1, 2)]
    for order in (rows, rows[::-1]):
        show(failure_figure, answers(*order))
    assert [[grey for grey, _ in drawn(figure)] for figure in figures] == [[1, 2, 3]] * 4


def test_without_a_wrong_answer_a_sentence_says_so(figures):
    shown = show(failure_figure, answers("1 - c 99 1 0", "2 - d 40 60 0"))
    assert captions(shown)[1] == f"{MARK}. No answer is wrong (seed 0, 2 test images)."
    assert [[grey for grey, _ in drawn(figure)] for figure in figures] == [[2, 1]]
    shown = show(confused_pair_figure, answers("1 - c 99 1 0", "2 - d 40 60 0"))
    assert captions(shown)[1:] == [f"{MARK}. net confuses no classes (1 seed)."]
    assert len(figures) == 1


def test_a_class_that_another_stands_in_for_is_told_where_failures_are_shown(figures):
    plain, stood_in = record(), record()
    stood_in.data = stood_in.data.model_copy(update={"stand_ins": {"cat": ["lynx"]}})
    table = answers("1 - c 0 100 0", "2 - d 0 100 0")
    for function in (failure_figure, confused_pair_figure):
        assert "The images of cat show lynx" in captions(function(stood_in, table, Greys()))[0]
        assert not any("lynx" in caption for caption in captions(function(plain, table, Greys())))


def test_what_a_sentence_names_is_no_markup():
    shown = show(confused_pair_figure, answers("1 - c 99 1 0", arm="<i>"), "<i>", used="imagenet")
    assert captions(shown)[1:] == ["<i> confuses no classes (1 seed)."]


def test_each_arm_has_its_own_images(figures):
    both = pd.concat([answers("1 - c 1 99 0"), answers("2 - c 1 99 0", arm="other")])
    shown = show(failure_figure, both, "other", "net")
    assert [drawn(figure)[0][0] for figure in figures] == [2, 2, 1, 1]
    assert arm_headings(shown) == ["other", "net"]


def test_each_arm_has_its_own_mark():
    results = record("other", "net")
    results.models = [made_up.model("other"), made_up.model("net", used="random")]
    both = pd.concat([answers("1 - c 1 99 0"), answers("2 - c 1 99 0", arm="other")])
    for function in (failure_figure, confused_pair_figure):
        texts = captions(function(results, both, Greys()))[1:]
        marked = [text.startswith(f"{MARK}. ") for text in texts]
        assert marked == sorted(marked)
        assert len(set(marked)) == 2


# Confusions


def texts(figure) -> list[str]:
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_the_most_frequent_confusions_come_first_counted_over_seeds(figures):
    tables = [
        answers("1 - c 30 70 0", "2 - c 20 80 0", "3 - d 60 40 0", "4 - o 90 0 10"),
        answers("1 - c 10 90 0", "5 - c 90 10 0", "3 - d 55 45 0", "6 - o 0 90 10", seed=1),
    ]
    shown = show(confused_pair_figure, pd.concat(tables, ignore_index=True))
    # One owl each was called cat and dog: the classes stand in their own order.
    assert texts(figures[0]) == [
        "cat →\ndog\n3 of 4",
        "dog →\ncat\n2 of 2",
        "owl →\ncat\n1 of 2",
        "owl →\ndog\n1 of 2",
    ]
    assert captions(shown)[1].endswith("The most frequent confusions of net (2 seeds).")
    assert page(shown).img["alt"] == "The most frequent confusions of net"


def test_no_more_than_four_confusions_are_shown(figures):
    rows = [f"{n} - {name} {shares}" for n, (name, shares) in enumerate([
        *(("c", "1 98 1"), ("c", "1 2 97"), ("d", "98 1 1"), ("d", "1 2 97")),
        *(("o", "98 1 1"), ("o", "1 98 1"), ("o", "1 98 1")),
    ])]  # fmt: skip
    show(confused_pair_figure, answers(*rows))
    assert [text.replace("\n", " ") for text in texts(figures[0])] == [
        "owl → dog 2 of 3",
        "cat → dog 1 of 2",
        "cat → owl 1 of 2",
        "dog → cat 1 of 2",
    ]


def test_beside_a_confused_image_stands_the_surest_right_one_of_the_other_class(figures):
    rows = (
        *("1 - c 20 80 0", "2 - c 10 90 0", "3 - c 45 55 0", "4 - c 30 70 0"),
        *("11 - d 3 97 0", "12 - d 1 99 0", "13 - d 2 98 0", "14 - d 4 96 0", "15 - c 0.1 0 99.9"),
        "16 - o 0 0.01 99.99",
    )
    shown = show(confused_pair_figure, answers(*rows))
    assert drawn(figures[0])[:6] == [
        *((2, "✗ 0.90"), (12, "✓ 0.99")),
        *((1, "✗ 0.80"), (13, "✓ 0.98")),
        *((4, "✗ 0.70"), (11, "✓ 0.97")),
    ]
    assert drawn(figures[0])[6:] == [(15, "✗ > 0.99"), (16, "✓ > 0.99")]
    assert captions(shown)[0].startswith(
        "True class → predicted class, and how many of its images."
    )


def test_the_right_image_is_one_that_the_same_model_called(figures):
    tables = [
        answers("1 - c 10 90 0", "11 - d 30 70 0"),
        answers("2 - c 20 80 0", "12 - d 40 60 0", fold=1),
        answers("3 - c 30 70 0", "13 - d 0 100 0", seed=1),
    ]
    show(confused_pair_figure, pd.concat(tables, ignore_index=True))
    assert [grey for grey, _ in drawn(figures[0])] == [1, 11, 2, 12, 3, 13]


def test_a_confused_image_stands_alone_where_the_model_called_none_right(figures):
    tables = [answers("1 - c 10 90 0"), answers("2 - c 20 80 0", "12 - d 40 60 0", fold=1)]
    show(confused_pair_figure, pd.concat(tables, ignore_index=True))
    line = [int(axis.images[0].get_array()[0, 0, 0]) if axis.images else None
            for axis in figures[0].axes]  # fmt: skip
    assert line == [1, None, None, 2, 12, None, None, None]


def test_a_row_shows_no_two_images_of_one_group(figures):
    rows = (
        *("1 A c 1 99 0", "2 A c 2 98 0", "3 B c 3 97 0"),
        *("11 P d 1 99 0", "12 P d 2 98 0", "13 Q d 3 97 0"),
    )
    shown = show(confused_pair_figure, answers(*rows))
    assert [grey for grey, _ in drawn(figures[0])] == [1, 11, 3, 13]
    assert captions(shown)[0].endswith("two images in a row are of one group.")


# Looks


def pixels(source: str) -> np.ndarray:
    """(height, width, 3) uint8: an image that is embedded in a page."""
    with Image.open(BytesIO(b64decode(source.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB"))


def test_nothing_is_shown_of_an_arm_that_did_not_learn(figures):
    for function in (failure_figure, confused_pair_figure):
        shown = show(function, answers("1 - c 1 99 0"), outcome="one answer")
        assert "for net, which is not shown to have learnt" in shown.html
    assert figures == []


@pytest.mark.parametrize("classes", [("cat", "dog"), LONG])
def test_titles_neither_overlap_nor_are_cut_off(figures, classes):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(len(classes)), 60).round(6)
    table = pd.DataFrame(shares, columns=classes).assign(
        arm="net",
        protocol="published",
        seed=0,
        fold=0,
        part="test",
        group="",
        path=[str(n) for n in range(60)],
        true=rng.choice(classes, 60),
        predicted=np.array(classes, dtype=object)[shares.argmax(1)],
    )
    shown = [
        show(function, table, used="imagenet", classes=classes)
        for function in (failure_figure, confused_pair_figure)
    ]
    # The files first: a layout moves a little whenever it is drawn.
    for part in (image for block in shown for image in page(block).select("img")):
        edges = pixels(part["src"])
        assert edges[[0, -1]].min() > 250  # white but for what WebP loses
        assert edges[:, [0, -1]].min() > 250
    assert len(figures) == 3
    for figure in figures:
        assert made_up.cut_off(figure) == []
        texts = [text for axis in figure.axes for text in (axis.title, *axis.texts)]
        assert made_up.overlapping(made_up.boxes(figure, texts)) == 0
        heights = [axis.get_window_extent().height for axis in figure.axes if axis.images]
        assert min(heights) > 0.9 * figure.dpi  # inches
        assert max(heights) - min(heights) < 2
        assert (
            figure.get_figwidth() < 9.5
        )  # 46 rem on a phone: letters of 9 points stay above 9 pixels
