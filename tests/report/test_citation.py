"""How a paper is cited: only what its text says."""

import made_up_paper as made_up
import pytest

from lib.papers.declare.publication import Publication
from lib.report import citation

ARTICLE = Publication(
    kind="article",
    year=2024,
    month="July",
    venue="A Journal",
    volume="8",
    number="3",
    doi="10.1/x",
    where="head of page 1",
)


def test_an_article_is_cited_with_its_place_and_address():
    paper = made_up.paper(publication=ARTICLE, authors=("A. Author", "B. C. Writer"))
    assert citation.published_in(paper) == "A Journal 8 (3), July 2024"
    assert citation.address(paper) == "https://doi.org/10.1/x"
    assert citation.bibtex(paper) == (
        "@article{made_up,\n"
        "  author = {A. Author and B. C. Writer},\n"
        "  title = {{Judul}},\n"
        "  journal = {A Journal},\n"
        "  volume = {8},\n"
        "  number = {3},\n"
        "  month = {July},\n"
        "  year = {2024},\n"
        "  doi = {10.1/x},\n"
        "  note = {In Indonesian; in English: Title},\n"
        "}"
    )


def test_what_the_text_does_not_say_is_not_made_up():
    paper = made_up.paper()
    assert citation.published_in(paper).startswith("A University (the text names no year")
    assert citation.address(paper) == ""
    assert not any(name in citation.bibtex(paper) for name in ("year", "doi", "journal", "volume"))


@pytest.mark.parametrize(
    ("authors", "short"),
    [
        (("A. One",), "One"),
        (("A. One", "B. Two"), "One and Two"),
        (("A. One", "B. Two", "C. Three"), "One, Two and Three"),
        (("A. One", "B. Two", "C. Three", "D. Four"), "One et al."),
    ],
)
def test_authors_in_short(authors, short):
    assert citation.authors_in_short(made_up.paper(authors=authors)) == short
