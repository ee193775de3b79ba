"""Building blocks: tables, pictures and the mark they carry."""

import base64

import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from lib.report.shown import Markup, Shown, facts, fold_away, note, picture, table
from lib.results import Weights

IMAGENET = Weights(declared="imagenet", used="imagenet", source="", sha256="a")
RANDOM = Weights(declared="imagenet", used="random", source="", sha256="")
TORCHVISION = Weights(declared="imagenet", used="torchvision", source="", sha256="b")
DECLARED = [
    Weights(declared=one, used=one, source="", sha256="") for one in ("torchvision", "random")
]


def soup(shown: Shown) -> BeautifulSoup:
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
def test_the_note_names_all_that_is_not_the_papers(kind, weights, expected):
    assert note(kind, *([weights] if weights else [])) == expected


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


def test_the_same_figure_gives_the_same_bytes():
    assert drawn("Mark").img["src"] == drawn("Mark").img["src"]


def test_pieces_add_up_and_fold_away():
    both = Shown("<p>a</p>") + Shown("<p>b</p>")
    page = soup(fold_away("More & more", both))
    assert page.details.summary.get_text() == "More & more"
    assert [one.get_text() for one in page.find_all("p")] == ["a", "b"]


def test_facts_pair_names_and_values():
    page = soup(facts([("Name", "<value>")]))
    assert (page.dt.get_text(), page.dd.get_text()) == ("Name", "<value>")
