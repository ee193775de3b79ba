"""The table of items: each asks for something of its own, and only for settings there are."""

from dataclasses import fields

from lib import papers
from lib.papers.declare import Arm, Recipe, Split
from lib.report.checklist.entries import ENTRIES


def test_every_item_has_a_key_and_a_name_of_its_own():
    assert len({entry.key for entry in ENTRIES}) == len(ENTRIES)
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_every_setting_asked_for_is_one_and_is_asked_for_once():
    known = {field.name for kind in (Arm, Recipe, Split) for field in fields(kind)}
    asked = [name for entry in ENTRIES for name in entry.settings]
    assert len(set(asked)) == len(asked)
    assert set(asked) - known == {"images in all", "images per class"}


def test_every_setting_of_every_paper_is_asked_for():
    asked = {name for entry in ENTRIES for name in entry.settings}
    for slug in papers.slugs():
        paper = papers.load(slug)
        for arm in paper.arms:
            assert set(arm.settings) <= asked
        assert set(vars(paper.split)) <= asked


def test_what_no_run_can_tell_has_nobody_to_tell_it():
    silent = {entry.key for entry in ENTRIES if not (entry.adds or entry.settings)}
    assert silent == {
        *("population", "intended use", "acquisition", "labels", "sample size", "funding"),
    }
