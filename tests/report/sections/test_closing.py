"""The list of limitations and the table of reporting items, as a reader sees them."""

from dataclasses import replace

import made_up_runs as made_up
from report_html import cells, columns, page

from lib.papers.declare import Stated
from lib.report.checklist import SOURCES, reporting_items
from lib.report.sections.closing import checklist_table, limitation_list, provenance_facts


def test_limitations_are_a_list_in_their_order():
    shown = page(
        limitation_list(
            made_up.paper(), made_up.results(controls=[], data=made_up.data(kind="phantom"))
        )
    )
    sentences = [item.get_text() for item in shown.select("ul > li")]
    assert [sentence.split(" ")[0] for sentence in sentences] == ["All", "Only", "Everything"]
    assert sentences[-1] == made_up.DEVICE
    assert "the gravest first" in shown.p.get_text()


def test_names_from_outside_cannot_inject_markup():
    data = made_up.data(kind="substitute", name="<b>x</b>")
    shown = page(limitation_list(made_up.paper(), made_up.results(data=data)))
    assert shown.select("b") == []
    assert "<b>x</b>" in shown.li.get_text()


def test_each_item_is_a_row_with_who_tells_it():
    paper = made_up.paper(reporting={"funding": Stated("a grant", "Thanks")})
    shown = page(checklist_table(paper, made_up.results()))
    rows = cells(shown)
    assert columns(shown) == [
        "Item",
        "Numbers",
        "The paper states",
        "This run adds",
        "Status",
    ]
    known = [item for item in reporting_items(paper, made_up.results()) if item.status != "unknown"]
    assert len(rows) == len(known)
    assert ["Who paid for it", "CLAIM 44", "a grant (Thanks)", "–", "stated"] in rows
    colours = {cell.get_text(): cell["class"][-1] for cell in shown.select("td span.verdict")}
    assert colours == {"stated": "yes", "added here": "open"}


def test_what_nobody_tells_is_a_sentence():
    shown = page(checklist_table(made_up.paper(), made_up.results()))
    assert shown.p.get_text().startswith(
        "Told by neither: of whom or what the result is said to hold (REFORMS 1a); "
    )
    assert "who paid for it (CLAIM 44)" in shown.p.get_text()
    assert "Who paid" not in str(shown.table)


def test_the_caption_counts():
    caption = page(checklist_table(made_up.paper(), made_up.results())).caption.get_text()
    silent = replace(made_up.paper(), reporting={"funding": Stated("a grant", "Thanks")})
    more = page(checklist_table(silent, made_up.results())).caption.get_text()
    assert "6 stated by the paper, 14 added or completed here, 10 unknown" in caption
    assert "7 stated by the paper, 14 added or completed here, 9 unknown" in more


def test_the_checklists_are_cited_and_what_is_left_out_is_listed():
    folded = page(checklist_table(made_up.paper(), made_up.results())).details.get_text()
    assert "CLAIM 1, 2, 4" in folded
    assert all(f"{name}: {citation}." in folded for name, citation in SOURCES.items())


def test_provenance_names_all_that_made_the_numbers(record):
    results = record.collect()
    text = provenance_facts(results).html
    for part in (
        "CPU: test",
        "0, 1",
        results.data.sha256,
        results.files["predictions.csv"],
        "run by hand",
    ):
        assert part in text
