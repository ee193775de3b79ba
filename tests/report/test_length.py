"""How long a report is, whatever is run: what its notebook says and what is made from the declaration."""

import re

import nbformat
import pytest
from report_html import page

from lib import NOT_IN_REPORT, ROOT, audit, papers, report

MOST = (
    2900  # words; the rest of the 7,000 that a whole report may have (tests/browser) is for the run
)


@pytest.mark.parametrize("slug", papers.slugs())
def test_what_every_run_says_leaves_room_for_the_run(slug):
    paper = papers.load(slug)
    notebook = nbformat.read(ROOT / "notebooks" / f"{slug}.ipynb", as_version=4)
    prose = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and NOT_IN_REPORT not in cell.metadata.get("tags", [])
    ]
    blocks = (
        report.paper_facts(paper),
        report.printed_tables(paper),
        report.contradiction_table(paper),
        report.finding_table(audit.check_paper(paper)),
        report.example_tables(paper),
    )
    texts = [*prose, *(page(block).get_text(" ") for block in blocks)]
    assert sum(len(re.findall(r"\S+", text)) for text in texts) <= MOST
