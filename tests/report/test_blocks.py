"""Building blocks: tables, pictures and the mark they carry."""

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
    paragraph,
    picture,
    provenance_mark,
    record_marks,
    stack,
    table,
    without_style,
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
            "Synthetic images; random weights, not Keras' ImageNet weights",
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
        ("phantom", {"a": RANDOM, "b": RANDOM}, f"Synthetic images; {OTHER}"),
        ("phantom", {"a": IMAGENET, "b": IMAGENET}, "Synthetic images"),
        (
            "phantom",
            {"a": RANDOM, "b": TORCHVISION, "c": RANDOM},
            f"Synthetic images; {OTHER} (a, c); {TORCH} (b)",
        ),
        ("exact", {"a": RANDOM, "b": IMAGENET, "c": RANDOM}, f"{OTHER} (a, c)"),
    ],
)
def test_what_shows_all_arms_names_those_whose_weights_are_not_the_papers(kind, weights, together):
    assert arm_marks(kind, models(**weights))[""] == together


def test_the_marks_of_a_record_are_those_of_its_images_and_models():
    results = made_up_runs.results(data=made_up.data(kind="phantom"), models=models(a=RANDOM))
    phantoms = "Synthetic images"
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


def test_in_a_notebook_a_block_brings_its_style_along_and_a_page_takes_it_out_again():
    html = (paragraph("one") + Block(badge("reproduced")))._repr_html_()
    sheet = BeautifulSoup(html, "html.parser").style.extract().string
    for rule in ("--yes:", "text-align: left", ".verdict.yes", 'data-jp-theme-light="false"'):
        assert rule in sheet
    assert sheet.count("{") == sheet.count("}")
    assert without_style(f"{html}{html}").count("<style") == 0
    assert "<p>one</p>" in without_style(html)


@pytest.mark.parametrize(("verdict", "style"), VERDICT_CLASSES.items())
def test_a_verdict_is_told_in_words_not_only_in_colour(verdict, style):
    found = badge(verdict)
    assert isinstance(found, Markup)
    page = soup(Block(found))
    assert (page.span.get_text(), page.span["class"]) == (verdict, ["verdict", style])


def test_a_table_escapes_text_keeps_markup_and_shows_none_as_a_dash():
    rows = [("<b>", Markup("<i>x</i>"), None), ("y", None, "z")]
    page = soup(table(rows, ("a", "b & c", "d"), "Caption.", "Mark"))
    texts = [cell.get_text() for cell in page.find_all("td")]
    assert texts == ["<b>", "x", "–", "y", "–", "z"]
    assert page.find("td").find("b") is None
    assert [cell.get_text() for cell in page.find_all("th")] == ["a", "b & c", "d"]
    assert page.caption.get_text() == "Mark. Caption."


def test_a_table_without_a_mark_has_none():
    assert soup(table([(1,)], ("a",), "Caption.")).select(".mark") == []


def test_a_column_that_is_empty_in_every_row_is_left_out_and_the_others_stay_as_they_are():
    page = soup(table([(None, "a", 1), (None, "b", None)], ("x", "y", "z"), "", numeric=(2,)))
    assert [cell.get_text() for cell in page.find_all("th")] == ["y", "z"]
    assert [cell.get_text() for cell in page.find_all("td")] == ["a", "1", "b", "–"]
    assert [cell.get("class") for cell in page.find_all("td")] == [None, ["number"]] * 2


def test_numeric_columns_are_set_right():
    page = soup(table([("a", 1)], ("x", "y"), "", numeric=(1,)))
    assert [cell.get("class") for cell in page.find_all(["th", "td"])] == [None, ["number"]] * 2


def drawn(mark: str) -> BeautifulSoup:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1])
    return soup(picture(figure, "A line.", "a line", mark))


def test_a_picture_is_embedded_with_a_text_for_those_who_do_not_see_it():
    image = drawn("").img
    assert image["alt"] == "a line"
    assert image["src"].startswith("data:image/")


def test_the_mark_is_in_the_picture_not_only_in_the_caption():
    assert drawn("").img["src"] != drawn("Synthetic images").img["src"]
    assert drawn("Synthetic images").figcaption.get_text() == "Synthetic images. A line."


@pytest.mark.parametrize(
    ("mark", "short"),
    [
        ("Synthetic images", "Synthetic images."),
        (f"Synthetic images; {OTHER}", "Synthetic images; random weights."),
        ("Substitute images, not the paper's", "Substitute images."),
        (
            f"{OTHER} (a, c); {TORCH} (b)",
            "random weights (a, c); torchvision's weights (b).",
        ),
    ],
)
def test_a_caption_has_the_mark_in_short_and_the_whole_of_it_as_its_title(mark, short):
    for shown in (drawn(mark), soup(table([(1,)], ("a",), "Caption.", mark))):
        (found,) = shown.select(".mark")
        assert (found.get_text(), found["title"]) == (short, mark)


def test_a_picture_has_its_size_before_it_is_loaded():
    assert (drawn("").img["width"], drawn("").img["height"]) == ("288", "192")


def test_pieces_add_up_and_fold_away():
    both = Block("<p>a</p>") + Block("<p>b</p>")
    page = soup(fold_away("More & more", both))
    assert page.details.summary.get_text() == "More & more"
    assert [tag.get_text() for tag in page.find_all("p")] == ["a", "b"]


def test_facts_pair_names_and_values():
    page = soup(fact_list([("Name", "<value>")]))
    assert (page.dt.get_text(), page.dd.get_text()) == ("Name", "<value>")
