"""The list of probes: as complete as the report needs it."""

from typing import get_args

from lib import papers
from lib.evidence.probes import PROBES, find_description
from lib.results import Probe


def test_names_are_given_once_and_found_again():
    assert len({one.name for one in PROBES}) == len(PROBES) == 10
    assert [find_description(probe.name) for probe in PROBES] == list(PROBES)
    assert find_description("random labels") is None


def test_kinds_are_those_of_the_record():
    known = get_args(Probe.model_fields["kind"].annotation)
    assert {one.kind for one in PROBES} == set(known) - {"random labels"}


def test_probes_of_one_kind_stand_together():
    kinds = [one.kind for one in PROBES]
    assert kinds == sorted(kinds, key=["baseline", "shortcut", "leak"].index)


def test_whatever_is_no_plain_baseline_tells_what_may_have_been_learnt():
    silent = {one.name for one in PROBES if not one.learnt}
    assert silent == {"majority", "pixels", "features"}
    assert all(one.kind == "baseline" for one in PROBES if one.name in silent)
    assert all(one.sees and not one.learnt.endswith(".") for one in PROBES)


def test_what_a_probe_contains_is_another_probe():
    names = {known.name for known in PROBES}
    contained = {known.name: known.contains for known in PROBES if known.contains}
    assert contained == {"global": ("colour", "file"), "patches": ("colour",)}
    assert names.issuperset(sum(contained.values(), ()))


def test_quantities_that_can_define_a_class_are_those_that_papers_declare():
    known = {quantity for probe in PROBES for quantity in probe.quantities}
    declared = {name for slug in papers.slugs() for name in papers.load(slug).dataset.defining}
    assert declared <= known == {"colour", "texture"}
