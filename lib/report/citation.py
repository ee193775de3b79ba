"""How a paper is cited: in a line, and as BibTeX."""

from lib.papers.declare import Paper, Publication
from lib.words import listed

VENUE = {"article": "journal", "techreport": "institution"}  # kind of entry → field of the venue


def authors_in_short(paper: Paper) -> str:
    """ "Kuncoro and Ardianto"; of more than three authors the first alone: "Hulu et al."."""
    surnames = [author.split()[-1] for author in paper.authors]
    return f"{surnames[0]} et al." if len(surnames) > 3 else listed(surnames)


def published_in(paper: Paper) -> str:
    """ "Sinkron 8 (3), July 2024"; the affiliation, and that no year is given, where the text says no more."""
    publication = paper.publication
    if publication is None:
        return f"{paper.affiliation} (the text names no year and no journal)"
    number = f" ({publication.number})" if publication.number else ""
    volume = f" {publication.volume}{number}" if publication.volume else ""
    month = f"{publication.month} " if publication.month else ""
    return f"{publication.venue}{volume}, {month}{publication.year}"


def address(paper: Paper) -> str:
    """Where the paper is found by its DOI; "" where the text has none."""
    publication = paper.publication
    return f"https://doi.org/{publication.doi}" if publication and publication.doi else ""


def bibtex(paper: Paper) -> str:
    """An entry to copy, with what the paper's text says and nothing else."""
    fields = {"author": " and ".join(paper.authors), "title": f"{{{paper.title}}}"}
    if paper.publication is None:
        kind, fields["howpublished"] = "misc", paper.affiliation
    else:
        kind = paper.publication.kind
        fields |= _publication_fields(paper.publication)
    if paper.title != paper.title_english:
        fields["note"] = f"In {paper.language}; in English: {paper.title_english}"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{paper.slug},", *lines, "}"])


def _publication_fields(publication: Publication) -> dict[str, str]:
    return {
        VENUE[publication.kind]: publication.venue,
        "volume": publication.volume,
        "number": publication.number,
        "month": publication.month,
        "year": str(publication.year),
        "doi": publication.doi,
    }
