"""Papers are discovered by looking into lib/papers/."""

import pytest

from lib import papers


def test_every_module_is_a_paper_whose_slug_is_its_name():
    assert "kuncoro_white_blood_cells" in papers.slugs()
    assert [papers.load(slug).slug for slug in papers.slugs()] == papers.slugs()


def test_an_unknown_slug_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"one of .*kuncoro_white_blood_cells.*; received 'nope'"):
        papers.load("nope")


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_paper_has_both_profiles_and_counts_for_its_classes(slug):
    paper = papers.load(slug)
    assert set(paper.profiles) == {"quick", "paper"}
    assert set(paper.dataset.counts) == set(paper.class_names)
    assert {claim.arm for claim in paper.claims} <= {arm.name for arm in paper.arms}
