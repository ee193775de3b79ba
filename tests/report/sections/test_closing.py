"""The list of limitations and the table of reporting items, as a reader sees them."""

from dataclasses import replace

import made_up_runs as made_up
from bs4 import BeautifulSoup

from lib.papers.declare import Stated
from lib.report.checklist import SOURCES
from lib.report.checklist import checklist as items
from lib.report.sections.closing import checklist, limitations


def page(shown) -> BeautifulSoup:
    return BeautifulSoup(shown.html, "html.parser")


def test_limitations_are_a_list_in_their_order():
    shown = page(
        limitations(
            made_up.paper(), made_up.results(controls=[], data=made_up.data(kind="phantom"))
        )
    )
    told = [one.get_text() for one in shown.select("ul > li")]
    assert [one.split(" ")[0] for one in told] == ["All", "Only", "Everything"]
    assert told[-1] == made_up.DEVICE
    assert "the gravest first" in shown.p.get_text()


def test_names_from_outside_cannot_inject_markup():
    data = made_up.data(kind="substitute", name="<b>x</b>")
    shown = page(limitations(made_up.paper(), made_up.results(data=data)))
    assert shown.select("b") == []
    assert "<b>x</b>" in shown.li.get_text()


def test_each_item_is_a_row_with_who_tells_it():
    paper = made_up.paper(reporting={"funding": Stated("a grant", "Thanks")})
    shown = page(checklist(paper, made_up.results()))
    rows = [[cell.get_text() for cell in row.select("td")] for row in shown.select("tbody tr")]
    assert [one.get_text() for one in shown.select("th")] == [
        "Item",
        "Numbers",
        "The paper states",
        "This run adds",
        "Status",
    ]
    assert len(rows) == len(items(paper, made_up.results()))
    assert ["Who paid for it", "CLAIM 44", "a grant (Thanks)", "–", "stated"] in rows
    assert rows[0] == [
        "Of whom or what the result is said to hold",
        "REFORMS 1a",
        *("–", "–", "unknown"),
    ]
    colours = {cell.get_text(): cell["class"][-1] for cell in shown.select("td span.verdict")}
    assert colours == {"stated": "yes", "added here": "open", "unknown": "mute"}


def test_the_caption_counts_and_cites():
    caption = page(checklist(made_up.paper(), made_up.results())).figcaption.get_text()
    silent = replace(made_up.paper(), reporting={"funding": Stated("a grant", "Thanks")})
    more = page(checklist(silent, made_up.results())).figcaption.get_text()
    assert "6 stated by the paper, 13 added or completed here, 11 unknown" in caption
    assert "7 stated by the paper, 13 added or completed here, 10 unknown" in more
    assert "CLAIM 1, 2, 4" in caption
    assert all(f"{name}: {citation}." in caption for name, citation in SOURCES.items())
