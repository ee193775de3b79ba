"""Building blocks: tables, pictures and the mark they carry."""

import base64
from collections.abc import Sequence

import made_up_paper as made_up
import made_up_runs
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from lib.report.blocks import (
    VERDICT_CLASSES,
    Block,
    Markup,
    arm_marks,
    badge,
    each_arm,
    fact_list,
    fold_away,
    picture,
    provenance_mark,
    record_marks,
    stack,
    table,
)
from lib.results import Model, Weights

IMAGENET = Weights(declared="imagenet", used="imagenet", source="", sha256="a")
RANDOM = Weights(declared="imagenet", used="random", source="", sha256="")
TORCHVISION = Weights(declared="imagenet", used="torchvision", source="", sha256="b")
DECLARED = [
    Weights(declared=start, used=start, source="", sha256="") for start in ("torchvision", "random")
]


def soup(shown: Block) -> BeautifulSoup:
    return BeautifulSoup(shown._repr_html_(), "html.parser")


@pytest.mark.parametrize(
    ("kind", "weights", "expected"),
    [
        ("exact", None, ""),
        ("exact", IMAGENET, ""),
        ("exact", DECLARED[0], ""),
        ("exact", DECLARED[1], ""),
        ("exact", RANDOM, "random weights, not Keras' ImageNet weights"),
        ("exact", TORCHVISION, "torchvision's ImageNet weights, not Keras' ImageNet weights"),
        ("substitute", IMAGENET, "Substitute images, not the paper's"),
        (
            "substitute",
            TORCHVISION,
            "Substitute images, not the paper's; torchvision's ImageNet weights, not Keras' "
            "ImageNet weights",
        ),
        (
            "phantom",
            RANDOM,
            "Synthetic images (phantoms); random weights, not Keras' ImageNet weights",
        ),
    ],
)
def test_the_mark_names_all_that_is_not_the_papers(kind, weights, expected):
    assert provenance_mark(kind, *([weights] if weights else [])) == expected


OTHER = "random weights, not Keras' ImageNet weights"
TORCH = "torchvision's ImageNet weights, not Keras' ImageNet weights"


def models(**weights: Weights) -> list[Model]:
    """One of each arm, by name."""
    return [
        made_up.model(arm).model_copy(update={"weights": start}) for arm, start in weights.items()
    ]


def test_an_exact_set_up_has_no_mark_anywhere():
    assert arm_marks("exact", models(a=IMAGENET, b=DECLARED[0])) == {"a": "", "b": "", "": ""}


def test_every_arm_gets_the_mark_of_its_own_weights():
    found = arm_marks("substitute", models(a=IMAGENET, b=RANDOM))
    images = "Substitute images, not the paper's"
    assert found["a"] == images
    assert found["b"] == f"{images}; {OTHER}"


@pytest.mark.parametrize(
    ("kind", "weights", "together"),
    [
        # The fault of one arm is named with the arm, so that the other's numbers stand as they are.
        ("exact", {"a": IMAGENET, "b": RANDOM}, f"{OTHER} (b)"),
        ("exact", {"a": RANDOM, "b": RANDOM}, OTHER),
        ("exact", {"a": RANDOM}, OTHER),
        ("phantom", {"a": RANDOM, "b": RANDOM}, f"Synthetic images (phantoms); {OTHER}"),
        ("phantom", {"a": IMAGENET, "b": IMAGENET}, "Synthetic images (phantoms)"),
        (
            "phantom",
            {"a": RANDOM, "b": TORCHVISION, "c": RANDOM},
            f"Synthetic images (phantoms); {OTHER} (a, c); {TORCH} (b)",
        ),
        ("exact", {"a": RANDOM, "b": IMAGENET, "c": RANDOM}, f"{OTHER} (a, c)"),
    ],
)
def test_what_shows_all_arms_names_those_whose_weights_are_not_the_papers(kind, weights, together):
    assert arm_marks(kind, models(**weights))[""] == together


def test_the_marks_of_a_record_are_those_of_its_images_and_models():
    results = made_up_runs.results(data=made_up.data(kind="phantom"), models=models(a=RANDOM))
    phantoms = "Synthetic images (phantoms)"
    assert record_marks(results) == dict.fromkeys(("a", ""), f"{phantoms}; {OTHER}")


def test_several_arms_stand_under_their_names_in_the_order_given():
    page = soup(each_arm(("b", "<a>"), lambda name: Block(f"<p>{len(name)}</p>")))
    assert [heading.get_text() for heading in page.find_all(["h4", "p"])] == ["b", "1", "<a>", "3"]
    assert [heading["class"] for heading in page.find_all("h4")] == [["arm"], ["arm"]]


def test_blocks_stand_one_below_another():
    assert stack(Block(f"<p>{text}</p>") for text in "ab").html == "<p>a</p><p>b</p>"
    assert stack([]).html == ""


def test_a_single_arm_needs_no_name():
    assert each_arm(("a",), lambda name: Block(f"<p>{name}</p>")).html == "<p>a</p>"


@pytest.mark.parametrize(("verdict", "style"), VERDICT_CLASSES.items())
def test_a_verdict_is_told_in_words_not_only_in_colour(verdict, style):
    found = badge(verdict)
    assert isinstance(found, Markup)
    page = soup(Block(found))
    assert (page.span.get_text(), page.span["class"]) == (verdict, ["verdict", style])


def test_a_table_escapes_text_keeps_markup_and_shows_none_as_a_dash():
    page = soup(table([("<b>", Markup("<i>x</i>"), None)], ("a", "b & c", "d"), "Caption.", "Mark"))
    assert [cell.get_text() for cell in page.find_all("td")] == ["<b>", "x", "–"]
    assert page.find("td").find("b") is None
    assert [cell.get_text() for cell in page.find_all("th")] == ["a", "b & c", "d"]
    assert page.figcaption.get_text() == "Mark. Caption."


def test_a_table_without_a_mark_has_none():
    assert soup(table([(1,)], ("a",), "Caption.")).select(".mark") == []


def test_numeric_columns_are_set_right():
    page = soup(table([("a", 1)], ("x", "y"), "", numeric=(1,)))
    assert [cell.get("class") for cell in page.find_all(["th", "td"])] == [None, ["number"]] * 2


def drawn(mark: str) -> BeautifulSoup:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1])
    return soup(picture(figure, "A line.", "a line", mark))


def test_a_picture_is_an_embedded_png_with_a_text_for_those_who_do_not_see_it():
    image = drawn("").img
    assert image["alt"] == "a line"
    data = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
    assert data.startswith(b"\x89PNG")


def test_the_mark_is_in_the_pixels_not_only_in_the_caption():
    assert drawn("").img["src"] != drawn("Synthetic images").img["src"]
    assert drawn("Synthetic images").figcaption.get_text() == "Synthetic images. A line."


MARKS = (
    "Synthetic images (phantoms)",
    f"Synthetic images (phantoms); {TORCH}",
    f"Synthetic images (phantoms); {TORCH} (alexnet); {OTHER} (resnet50)",
)


def watermark(monkeypatch, mark: str, size: Sequence[float]) -> tuple[Figure, str]:
    """A figure of so many inches with its mark, and the text of that mark."""
    drawn_figures = made_up.drawn(monkeypatch)
    figure = Figure(figsize=size)
    picture(figure, "", "", mark)
    assert drawn_figures == [figure]
    (text,) = figure.texts
    return figure, text.get_text()


@pytest.mark.parametrize("size", [(1.3, 1.6), (1.9, 1.9), (9.2, 1.7), (2.2, 2.4), (9.2, 3.9)])
@pytest.mark.parametrize("mark", MARKS)
def test_the_mark_stays_inside_small_wide_and_narrow_figures(monkeypatch, mark, size):
    figure, _ = watermark(monkeypatch, mark, size)
    assert made_up.cut_off(figure) == []
    # Nor does it shrink to nothing: it takes up more than half of the room one way or the other.
    (box,) = made_up.boxes(figure, figure.texts)
    sides = (box.width / figure.bbox.width, box.height / figure.bbox.height)
    assert max(sides) > 0.5 or figure.texts[0].get_fontsize() == 26


def test_the_mark_across_a_figure_names_each_fault_once_and_in_short(monkeypatch):
    twice = f"Synthetic images (phantoms); {OTHER} (a); random weights, not torchvision's (b)"
    assert watermark(monkeypatch, twice, (4, 3))[1] == "SYNTHETIC IMAGES\nRANDOM WEIGHTS"


def test_the_same_figure_gives_the_same_bytes():
    assert drawn("Mark").img["src"] == drawn("Mark").img["src"]


def test_pieces_add_up_and_fold_away():
    both = Block("<p>a</p>") + Block("<p>b</p>")
    page = soup(fold_away("More & more", both))
    assert page.details.summary.get_text() == "More & more"
    assert [tag.get_text() for tag in page.find_all("p")] == ["a", "b"]


def test_facts_pair_names_and_values():
    page = soup(fact_list([("Name", "<value>")]))
    assert (page.dt.get_text(), page.dd.get_text()) == ("Name", "<value>")
