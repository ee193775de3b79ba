"""The papers: discovered by looking into lib/papers/; each declaration whole and free of contradiction."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

import numpy as np
import pytest

from lib import papers
from lib.data.walk import SPLIT_LEVELS, plain
from lib.paper import Assumed, Stated, printed_count

FIVE = [
    "hulu_breast_mammography",
    "kumar_breakhis",
    "kuncoro_white_blood_cells",
    "sulistiana_cat_breeds",
    "violina_blood_cancer",
]

every_paper = pytest.mark.parametrize(
    "paper", [*map(papers.load, papers.slugs())], ids=papers.slugs()
)


def _settings(value: object, place: str) -> Iterator[tuple[str, Stated | Assumed]]:
    """Every setting of a declaration, with its place in it; contradictions quote only."""
    if isinstance(value, Stated | Assumed):
        yield place, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _settings(one, f"{place}[{name}]")
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _settings(one, f"{place}[{number}]")
    elif is_dataclass(value):
        for field in fields(value):
            if field.name != "contradictions":
                yield from _settings(getattr(value, field.name), f"{place}.{field.name}")


# Which there are


def test_the_five_papers_are_there_sorted():
    assert papers.slugs() == sorted(papers.slugs())
    assert set(FIVE) <= set(papers.slugs())


def test_every_module_is_a_paper_whose_slug_is_its_name():
    assert [papers.load(slug).slug for slug in papers.slugs()] == papers.slugs()


def test_papers_with_a_recipe_are_runnable():
    assert "kuncoro_white_blood_cells" in papers.runnable()
    for slug in papers.slugs():
        paper = papers.load(slug)
        assert (slug in papers.runnable()) == (paper.recipe is not None)
        assert (paper.recipe is not None) == bool(paper.arms)


def test_an_unknown_slug_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"one of .*kuncoro_white_blood_cells.*; received 'nope'"):
        papers.load("nope")


# What each declares


@every_paper
def test_texts_are_there_and_end_as_they_should(paper):
    for text in (paper.title, paper.title_english, paper.affiliation, paper.task):
        assert text
        assert text == text.strip()
        assert not text.endswith(".")
    assert paper.in_brief.endswith(".")
    assert paper.language in ("English", "Indonesian")
    assert (paper.title == paper.title_english) == (paper.language == "English")
    assert len(set(paper.authors)) == len(paper.authors) > 0
    assert all(defect.endswith(".") for defect in paper.dataset.defects)
    assert paper.dataset.defects


@every_paper
def test_both_profiles_are_there_and_quick_draws_no_more_than_paper(paper):
    assert set(paper.profiles) == {"quick", "paper"}
    quick, whole = (paper.profiles[name].phantoms_per_class for name in ("quick", "paper"))
    assert 5 <= quick < whole
    assert f"{whole:,}" in paper.profiles["paper"].summary


@every_paper
def test_every_class_has_a_count_and_they_add_up_to_the_total(paper):
    counts = paper.dataset.counts
    assert tuple(counts) == paper.class_names
    printed = [one.value for one in (*counts.values(), paper.dataset.total)]
    assert all(isinstance(number, str) for number in printed)
    numbers = [printed_count(number) for number in printed]
    assert sum(numbers[:-1]) == numbers[-1]


@every_paper
def test_every_setting_has_its_place_or_its_reason(paper):
    found = dict(_settings(paper, paper.slug))
    assert len(found) >= len(paper.classes) + 4
    for name, setting in found.items():
        if isinstance(setting, Stated):
            assert re.search(r"§|Fig\. \d|Table \d|Abstract|[A-Z]{5}", setting.where), name
        else:
            assert len(setting.reason.split()) >= 4, name


@every_paper
def test_the_split_leaves_images_on_both_sides(paper):
    assert 0 < paper.split.test_share.value < 0.5
    assert isinstance(paper.split.stratified.value, bool)


# Where its images come from


@every_paper
def test_every_source_has_title_address_licence_and_citation(paper):
    assert paper.dataset.sources
    for source in paper.dataset.sources:
        assert all((source.title, source.licence, source.citation))
        assert re.fullmatch(r"https://[\w.-]+/\S+", source.address)
        if source.kaggle:
            assert re.fullmatch(r"[\w-]+/[\w-]+", source.kaggle)
            assert source.address == f"https://www.kaggle.com/datasets/{source.kaggle}"
            assert source.kaggle in source.title
    titles = [source.title for source in paper.dataset.sources]
    assert len(set(titles)) == len(titles)


@every_paper
def test_the_sources_together_give_every_class_once(paper):
    given = [
        name for source in paper.dataset.sources for name in source.classes or paper.class_names
    ]
    assert Counter(given) == Counter(paper.class_names)


@every_paper
def test_the_line_of_all_sources_names_each_with_its_licence(paper):
    for source in paper.dataset.sources:
        assert source.title in paper.dataset.source
        assert source.licence in paper.dataset.licence


# How its files are read


@every_paper
def test_names_and_aliases_tell_the_classes_apart(paper):
    known = [{plain(name) for name in (one.name, *one.aliases)} for one in paper.classes]
    assert sum(map(len, known)) == len(set.union(*known))
    stand_ins = [plain(name) for one in paper.classes for name in one.stand_ins]
    assert len(set(stand_ins)) == len(stand_ins)
    assert set.union(*known).isdisjoint(stand_ins)
    assert {*set.union(*known), *stand_ins}.isdisjoint(SPLIT_LEVELS)


@every_paper
def test_the_expression_for_groups_captures_one_thing(paper):
    assert re.compile(paper.dataset.group).groups == bool(paper.dataset.group)
    assert paper.dataset.group_noun not in ("", "group")


@every_paper
def test_sidecars_are_csv_files_with_columns(paper):
    for sidecar in paper.dataset.sidecars:
        assert sidecar.name.endswith(".csv")
        assert sidecar.name != "groups.csv"  # a user's own
        assert sidecar.path
        assert sidecar.group


@every_paper
def test_what_can_be_rebuilt_names_classes_or_their_aliases(paper):
    how = paper.dataset.rebuild
    if how is None:
        return
    known = [{plain(name) for name in (one.name, *one.aliases)} for one in paper.classes]
    assert {plain(kind) for kind in how.counts} <= set.union(*known)
    assert all(int(count.value) > 0 for count in how.counts.values())
    assert all(side > 0 for side in how.size.value)
    assert 0 <= how.rotation.value <= 180
    assert set(how.flips.value) <= {"horizontal", "vertical"}
    assert len(how.fill.value) == 3
    assert all(0 <= level <= 255 for level in how.fill.value)


def test_the_two_sets_made_of_copies_can_be_rebuilt():
    rebuilt = [slug for slug in FIVE if papers.load(slug).dataset.rebuild is not None]
    assert rebuilt == ["kuncoro_white_blood_cells", "violina_blood_cancer"]


# What is drawn where there are none


@every_paper
def test_the_phantom_family_draws_every_class_at_the_declared_side(paper):
    family = import_module(f"lib.phantoms.{paper.phantom}")
    assert set(paper.class_names) <= set(family.KINDS)
    side = paper.dataset.side.value
    for name in paper.class_names:
        drawn = family.draw(name, size=side, rng=np.random.default_rng(0))
        assert (drawn.shape, drawn.dtype) == ((side, side, 3), np.uint8)


def test_every_family_of_phantoms_serves_one_paper():
    assert len({papers.load(slug).phantom for slug in FIVE}) == len(FIVE)


# What it claims


@every_paper
def test_claims_are_about_declared_arms(paper):
    arms = [arm.name for arm in paper.arms]
    assert len(set(arms)) == len(arms)
    assert {claim.arm for claim in paper.claims} <= set(arms)
    assert bool(paper.claims) == bool(arms)
    for claim in paper.claims:
        assert claim.where
        assert claim.rounding[0] <= claim.value <= claim.rounding[1]


@every_paper
def test_contradictions_have_at_least_two_readings_each_with_its_place(paper):
    for one in paper.contradictions:
        assert len({reading.value for reading in one.readings}) == len(one.readings) >= 2
        assert all(reading.where for reading in one.readings)
        assert all((one.topic, one.used, one.reason))
