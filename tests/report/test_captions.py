"""Numbers of figures and tables on a page."""

from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from lib.report.blocks import fold_away, picture, stack, table
from lib.report.captions import number_captions


def page() -> BeautifulSoup:
    """Table, figure, table inside a fold, figure."""
    blocks = (
        table([(1,)], ("a",), "First table."),
        picture(Figure(figsize=(1, 1)), "First figure.", "alt", "Mark"),
        fold_away("More", table([(1,)], ("a",), "Second table.", "Mark")),
        picture(Figure(figsize=(1, 1)), "Second figure.", "alt"),
    )
    soup = BeautifulSoup(stack(blocks).html, "html.parser")
    number_captions(soup)
    return soup


def test_figures_and_tables_are_counted_apart_in_the_order_of_the_page():
    captions = [tag.get_text() for tag in page().select("figcaption, caption")]
    assert captions == [
        "Table 1. First table.",
        "Figure 1. Mark. First figure.",
        "Table 2. Mark. Second table.",
        "Figure 2. Second figure.",
    ]


def test_every_number_is_a_link_to_its_figure_or_table():
    soup = page()
    links = soup.select("a.permalink")
    assert [link["href"] for link in links] == ["#table-1", "#figure-1", "#table-2", "#figure-2"]
    for link in links:
        assert link.find_parent("figure")["id"] == link["href"].removeprefix("#")


def test_what_scrolls_is_reached_with_the_keyboard_and_has_a_name():
    areas = page().select(".scroll")
    assert [area["aria-label"] for area in areas] == ["Table 1", "Figure 1", "Table 2", "Figure 2"]
    assert {(area["tabindex"], area["role"]) for area in areas} == {("0", "region")}


def test_a_page_without_figures_stays_as_it_is():
    soup = BeautifulSoup("<p>Text</p>", "html.parser")
    number_captions(soup)
    assert str(soup) == "<p>Text</p>"
