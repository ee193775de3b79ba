"""No sentence of a report claims that there is no copy and no leak: only what was looked for, and its limits."""

import re

import made_up_runs as made_up
import pytest
from bs4 import BeautifulSoup

from lib import report
from lib.report.leaks import (
    NOT_RULED_OUT,
    grouped_rule,
    kept_together,
    known_groups,
    least,
    missed_copies,
    not_ruled_out,
    search_sight,
    unseen,
)
from lib.results import Leak, Results

ABSENCE = re.compile(
    r"no two images|no (test )?(image|picture)s? (shares?|shows?|on both)|no leak(?! and rules)"
    r"|there (is|are) no (leak|copies|twin)|without (leak|copies)|no (patient|group|picture) on both",
    re.IGNORECASE,
)
BASES = ("search", "near-duplicates")


def _unknown(basis: str, *, gap: tuple[float, float] = (-0.1, 0.1), **changes) -> Results:
    """A run of which no group is known and in which nothing was found."""
    searched = basis == "search"
    place = {"arm": "net", "protocol": "published"}
    looked_at = ["identical pixels", "near-duplicate", *(["look-alike"] if searched else [])]
    leaks = [
        Leak(**place, by=by, share=0.0, sharing=None, others=made_up.accuracy()) for by in looked_at
    ]
    leaks.append(Leak(**place, by="group", share=None, sharing=None, others=None))
    none = {"shared_groups": None, "look_alikes": 0 if searched else None}
    values = {
        "data": made_up.data(groups=None, group_counts=None),
        "look_alikes": made_up.look_alikes(pairs=0) if searched else made_up.look_alikes(),
        "grouping": made_up.grouping(basis=basis, noun="picture"),
        "folds": [made_up.fold(protocol=name, **none) for name in ("published", "grouped")],
        "gaps": [made_up.gap(*gap)],
        "leaks": leaks,
    }
    return made_up.results(**values | changes)


def _words(results: Results) -> str:
    """All that a report says of copies and leaks."""
    paper = made_up.paper()
    blocks = [
        report.near_duplicate_table(results.near_duplicates, results.data),
        report.look_alike_table(results.look_alikes, results.data),
        report.fold_table(results.folds, results.data, results.grouping),
        report.protocol_table(results),
        report.leak_table(results),
        report.checklist_table(paper, results),
        report.limitation_list(paper, results),
    ]
    html = "".join(block.html for block in blocks)
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("gap", [(0.1, 0.2), (-0.1, 0.1), (-0.2, -0.1)])
def test_where_groups_are_unknown_no_sentence_rules_a_leak_out(basis, gap):
    words = _words(_unknown(basis, gap=gap))
    assert ABSENCE.findall(words) == []
    assert words.count(NOT_RULED_OUT) >= 3  # beside the pairs, beside the leaks, among the limits


def test_where_no_grouped_split_could_be_made_the_same_holds():
    hindered = made_up.grouping(basis="search", units=None, hindrance="nothing was found")
    folds = [made_up.fold(shared_groups=None, look_alikes=0)]
    words = _words(_unknown("search", grouping=hindered, folds=folds, gaps=[]))
    assert ABSENCE.findall(words) == []
    assert NOT_RULED_OUT in words


@pytest.mark.parametrize("basis", BASES)
def test_a_split_by_look_is_not_called_one_by_groups(basis):
    results = _unknown(basis)
    assert "groups are not known" in grouped_rule(results.grouping)
    assert "every" not in kept_together(results.grouping)
    words = _words(results)
    assert grouped_rule(results.grouping) in words
    assert "by-look" in words
    assert re.findall(r"(?<!un)\bgrouped", words) == []


def test_a_split_by_known_groups_names_them():
    grouping, data = made_up.grouping(), made_up.data()
    assert grouped_rule(grouping) == "no patient on both sides"
    assert kept_together(grouping) == "every patient"
    assert (least(grouping), missed_copies(made_up.results())) == ("", "")
    assert known_groups(data) == "200 patients"
    assert not_ruled_out(data) == ""


def test_where_some_groups_are_unknown_no_sentence_speaks_of_all():
    data = made_up.data(groups=80, ungrouped=70)
    grouping = made_up.grouping(basis="partly known groups")
    results = made_up.results(data=data, grouping=grouping, gaps=[made_up.gap(0.1, 0.2)])
    words = _words(results)
    assert grouped_rule(grouping).startswith("no known patient on both sides")
    assert "every known patient, in the partly grouped split" in words
    assert "costs at least 0.150" in words
    assert missed_copies(results) == not_ruled_out(data)
    assert words.count(not_ruled_out(data)) >= 2
    assert re.findall(r"(?<!partly )\bgrouped", words) == []


def test_the_same_pixels_under_other_names_give_no_confident_cost():
    """Of 40 test images 28 have a twin that was trained on; the names no longer tell the photograph."""
    twins = Leak(
        arm="net",
        protocol="published",
        by="near-duplicate",
        share=0.708,
        sharing=made_up.accuracy(0.95, 0.94, 0.96),
        others=made_up.accuracy(),
    )
    results = _unknown("search", gap=(0.06, 0.12), leaks=[twins])
    words = _words(results)
    assert "costs at least 0.090 [0.060, 0.120]" in words
    assert "70.8 %" in words
    assert missed_copies(results) in words
    assert "94.7 % to over 99.9 %" in missed_copies(results)
    assert "up to 98.0 %" in missed_copies(results)


@pytest.mark.parametrize("basis", BASES)
def test_how_well_the_searches_see_is_told_once_and_in_short_beside_leaks_and_limits(basis):
    results = _unknown(basis)
    words = _words(results)
    if basis == "search":
        assert words.count(search_sight(results.look_alikes)) == 1
    assert words.count(unseen(results.data, results.look_alikes)) == 2
