"""The list of limitations and the table of reporting items, as a reader sees them."""

import made_up_runs as made_up
from report_html import page

from lib.papers.declare import Stated
from lib.report.checklist import SOURCES, reporting_items
from lib.report.sections.closing import checklist_table, limitation_list, provenance_facts
from lib.results import KeptFile


def test_limitations_are_a_list_in_their_order():
    shown = page(
        limitation_list(
            made_up.paper(), made_up.results(controls=[], data=made_up.data(kind="phantom"))
        )
    )
    sentences = [item.get_text() for item in shown.select("ul > li")]
    assert [sentence.split(" ")[0] for sentence in sentences] == ["All", "No", "Everything"]
    assert sentences[-1] == made_up.DEVICE
    assert "gravest first" in shown.p.get_text()


def test_names_from_outside_cannot_inject_markup():
    data = made_up.data(kind="substitute", name="<b>x</b>")
    shown = page(limitation_list(made_up.paper(), made_up.results(data=data)))
    assert shown.select("b") == []
    assert "<b>x</b>" in shown.li.get_text()


def test_items_are_listed_by_who_tells_them():
    paper = made_up.paper(reporting={"funding": Stated("a grant", "Thanks")})
    shown = page(checklist_table(paper, made_up.results()))
    items = reporting_items(paper, made_up.results())
    lists = {
        head.get_text(): head.find_parent("p").find_next_sibling("ul")
        for head in shown.select("span.verdict")
    }
    assert list(lists) == ["Stated: 7", "Added here: 15", "Unknown: 8"]
    assert [len(listing.select("li")) for listing in lists.values()] == [7, 15, 8]
    assert len(items) == 30
    assert "Who paid for it (C44): a grant (Thanks)" in lists["Stated: 7"].get_text()


def test_what_nobody_tells_is_named_alone():
    shown = page(checklist_table(made_up.paper(), made_up.results()))
    *_, unknown = shown.select("ul")
    assert unknown.li.get_text() == "To whom or what the result is said to apply (R1a)"


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


def test_the_models_that_were_kept_are_named_with_their_size(record):
    results = record.collect()
    assert fact("Models kept", provenance_facts(results)) == "none"
    kept = [
        KeptFile(arm=arm, seed=0, protocol="published", file=file, bytes=size, sha256="0")
        for arm, file, size in (
            ("a", "models/a.keras", 712_345),
            ("b", "models/b.keras", 7_300_000),
        )
    ]
    with_models = results.model_copy(update={"kept_models": kept})
    shown = fact("Models kept", provenance_facts(with_models))
    assert shown == "in models/: a.keras (0.7 MB), b.keras (7.3 MB)"


def fact(name: str, block) -> str:
    """What a list of facts says of one."""
    (term,) = (term for term in page(block).select("dt") if term.get_text() == name)
    return term.find_next("dd").get_text()
