"""The checklist: who tells an item, with which numbers, and where the paper says it."""

import re
from collections import Counter
from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest

from lib import papers
from lib.papers.declare import Assumed, Split, Stated
from lib.report.checklist import NUMBERS, Item, left_out, reporting_items

STATUSES = ("stated", "added here", "unknown")

# REFORMS' items, module by module.
REFORMS = "1a 1b 1c 2a 2b 2c 2d 2e 3a 3b 3c 3d 3e 3f 3g 4a 4b 4c 5a 5b 5c 5d 5e 5f 6a 6b 6c 7a 7b 7c 8a 8b"


def items_of(slug: str) -> list[Item]:
    paper = papers.load(slug)
    return reporting_items(paper, made_up.results(*(arm.name for arm in paper.arms)))


def named(items: list[Item], start: str) -> Item:
    return next(item for item in items if item.name.startswith(start))


def numbers(text: str) -> list[tuple[str, str]]:
    """ "C29, 37; R7b", or "CLAIM 29, 37; REFORMS 7b" → each number with its source's first letter."""
    parts = re.findall(r"(C|R)(?:LAIM |EFORMS )?(\d[\da-g, ]*)", text)
    return [(source, number) for source, listed in parts for number in listed.split(", ")]


@pytest.mark.parametrize(
    ("paper", "ours", "whole", "status"),
    [
        ("a (§1)", "", True, "stated"),
        ("a (§1)", "b", True, "stated"),
        ("a (§1)", "b", False, "added here"),
        ("", "b", True, "added here"),
        ("", "", True, "unknown"),
    ],
)
def test_the_status_tells_who_has_the_last_word(paper, ours, whole, status):
    assert Item(name="", numbers="", paper=paper, ours=ours, whole=whole).status == status
    assert status in STATUSES


def test_both_checklists_are_whole():
    assert NUMBERS["CLAIM"] == tuple(range(1, 45))
    assert " ".join(NUMBERS["REFORMS"]) == REFORMS


def test_every_number_stands_once_in_the_table_or_among_those_left_out():
    items = items_of("kuncoro_white_blood_cells")
    used = [number for item in items for number in numbers(item.numbers)] + numbers(left_out())
    assert len(used) == len(set(used)) == 44 + 32
    assert {int(number) for source, number in used if source == "C"} == set(range(1, 45))
    assert {number for source, number in used if source == "R"} == set(REFORMS.split())


@pytest.mark.parametrize("slug", papers.slugs())
def test_what_a_paper_states_has_its_place(slug):
    items = items_of(slug)
    assert len(items) == 30
    assert len({item.name for item in items}) == len(items)
    for item in items:
        assert re.fullmatch(r"[A-Z].*[^.]", item.name)
        assert numbers(item.numbers)
        assert not item.paper or re.search(r"\(.+\)$", item.paper)
    counts = Counter(item.status for item in items)
    assert all(counts[status] for status in STATUSES)


@pytest.mark.parametrize(
    ("slug", "stated"),
    [
        ("hulu_breast_mammography", 7),
        ("kumar_breakhis", 7),
        ("kuncoro_white_blood_cells", 6),
        ("sulistiana_cat_breeds", 10),
        ("violina_blood_cancer", 9),
    ],
)
def test_so_many_items_are_stated(slug, stated):
    assert Counter(item.status for item in items_of(slug))["stated"] == stated


@pytest.mark.parametrize("slug", papers.slugs())
def test_who_paid_and_why_so_many_images_is_told_by_none_of_the_papers(slug):
    items = items_of(slug)
    for start in ("Who paid", "Why this number", "How, when and where", "To whom"):
        assert named(items, start).status == "unknown"


def test_a_key_that_is_no_item_is_an_error_that_lists_those_that_are():
    paper = made_up.paper(reporting={"wages": Stated("none", "§9"), "funding": Stated("us", "§9")})
    with pytest.raises(ValueError, match=r"among population, .*funding; received wages\."):
        reporting_items(paper, made_up.results())


def test_what_is_reported_stands_in_its_item():
    paper = made_up.paper(reporting={"funding": Stated("a grant", "Thanks")})
    item = named(reporting_items(paper, made_up.results()), "Who paid")
    assert (item.paper, item.ours, item.status) == ("a grant (Thanks)", "", "stated")


def test_what_a_paper_leaves_open_is_completed_here():
    split = Split(test_share=Stated(0.2, "§1"), stratified=Assumed(True, "the usual way"))
    item = named(
        reporting_items(made_up.paper(split=split), made_up.results()), "How the images were split"
    )
    assert item.paper == "test share (§1)"
    assert item.ours.startswith("assumed: stratified; 2 splits (1 published and 1")
    assert item.status == "added here"
    item = named(reporting_items(made_up.paper(), made_up.results()), "How the images were split")
    assert item.paper == "test share (§1); stratified (§1)"
    assert item.status == "stated"


def test_a_number_of_the_table_is_written_with_its_source():
    items = reporting_items(made_up.paper(), made_up.results())
    assert named(items, "What must not stand").numbers == "C20; R6b"
    assert named(items, "Scores per class").numbers == "C38"
    assert named(items, "What simpler").numbers == "R5f"


def test_limitations_are_counted():
    assert replace(
        named(reporting_items(made_up.paper(), made_up.results()), "What the study cannot"),
        whole=True,
    ).ours == ("1 limitation")
    drawn = made_up.results(data=made_up.data(kind="phantom"), models=[made_up_paper.model()])
    item = named(reporting_items(made_up.paper(), drawn), "What the study cannot")
    assert item.ours == "2 limitations"
