"""Pages: a notebook as one file, and the record inside."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import nbformat
import pytest
from bs4 import BeautifulSoup

from lib import NOT_IN_REPORT
from lib.report import page, rejection_table
from lib.results import Rejected, Results

# Names of files that would end the element that holds the record, or make a browser miss its end.
SWALLOWING = (
    "<!--<script>.png",
    "</script><b>.png",
    "]]>&amp;<!--.png",
    "\u2028\u2029<script .png",
)


def embedded_results(html: str) -> Results:
    """The record that a page holds."""
    return Results.model_validate_json(page.embedded_json(html))


@pytest.fixture
def notebook():
    code = nbformat.v4.new_code_cell("print('hidden')")
    code.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": "<p id='shown'>shown</p>"})
    ]
    before = nbformat.v4.new_code_cell("parameter = 1")
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\nhow to work with it"),
        before,
        nbformat.v4.new_markdown_cell("## Images and split\n\n### The data\n\ntext"),
        code,
        nbformat.v4.new_markdown_cell("## Second\n\n### Training\n\n### Scores"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def results(record):
    return record.collect()


@pytest.fixture
def render(paper):
    """A page as text."""
    return lambda notebook, results, **options: page.render(notebook, paper, results, **options)


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_page_shows_the_answer_and_folds_the_rest(render, notebook, results, paper):
    soup = parsed(render(notebook, results))
    top, *sections = soup.main.find_all(["div", "details"], recursive=False)
    assert top.h1.get_text() == paper.name
    assert top.select_one(".summary .status")
    assert [section.h2.get_text() for section in sections] == ["Images and split", "Second"]
    assert not any(section.has_attr("open") for section in sections)
    assert soup.html["lang"] == "en"
    assert soup.find("meta", {"name": "viewport"})


def test_a_section_says_what_it_comes_to_where_the_project_knows_it(render, notebook, results):
    first, second = parsed(render(notebook, results)).select("details.section > summary")
    assert first.select_one(".line").get_text().startswith("30 images in 5 classes of 6")
    assert second.select_one(".line") is None


def test_outputs_and_code_are_inside_the_folds(render, notebook, results):
    first, second = parsed(render(notebook, results)).select("details.section > .inside")
    assert first.find(id="shown").get_text() == "shown"
    folded = first.select_one("details.code")
    assert "hidden" in folded.get_text()
    assert not folded.has_attr("open")
    assert "parameter" in second.get_text()  # code before the first section goes into the last


def test_what_stands_before_the_first_section_is_for_those_who_run_the_notebook(
    render, notebook, results
):
    assert "how to work with it" not in render(notebook, results)


def test_contents_lead_to_every_heading_and_every_link_inside_leads_somewhere(
    render, notebook, results
):
    soup = parsed(render(notebook, results))
    links = {link.get_text(): link["href"] for link in soup.select("nav .sections a")}
    assert list(links) == [
        "Summary",
        "Images and split",
        "The data",
        "Second",
        "Training",
        "Scores",
    ]
    for link in soup.select('a[href^="#"]'):
        assert soup.find(id=link["href"].removeprefix("#")), link
        assert link.get_text(strip=True), link
    # A link to what is shown of a closed fold would not open it.
    assert all(section.parent.name == "details" for section in soup.select(".inside"))


def test_no_level_of_headings_is_skipped(render, notebook, results):
    levels = [
        int(tag.name[1]) for tag in parsed(render(notebook, results)).select("h1, h2, h3, h4")
    ]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_links_lead_to_the_files_beside_the_page_and_to_colab_where_there_is_an_address(
    render, notebook, results
):
    def addresses(**options):
        soup = parsed(render(notebook, results, **options))
        return [link["href"] for link in soup.select(".links a")]

    files = ["notebook.ipynb", "results.json", *results.files]
    assert addresses() == [*files, "../index.html"]
    assert addresses(colab="https://colab/x") == [*files, "../index.html", "https://colab/x"]


def test_a_page_loads_nothing_from_outside(render, notebook, results):
    soup = parsed(render(notebook, results))
    policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy
    assert not soup.select("[src]:not([src^='data:']), link")


def test_the_record_survives_text_that_could_end_its_element(render, notebook, results):
    nasty = results.model_copy(update={"title": "a </script><b> & <!-- b"})
    assert embedded_results(render(notebook, nasty)) == nasty


@pytest.fixture
def swallowing(results: Results) -> Results:
    """The record of a run that rejected files of such names."""
    rejected = [Rejected(path=name, reason=f"{name} is no image") for name in SWALLOWING]
    data = results.data.model_copy(update={"rejected": rejected})
    return results.model_copy(update={"data": data})


def browser_text(html: str, opening: str) -> str:
    """The text of a script element as browsers read it (HTML standard, "script data" states).

    After "<!--" and "<script", the next "</script" ends the inner script and not the element.
    """
    text, escaped, inner = html.partition(opening)[2], False, False
    for token in re.finditer(r"<!--|-->|</?script(?=[\s/>])", text, re.IGNORECASE):
        if token[0] == "<!--":
            escaped = True
        elif token[0] == "-->":
            escaped = inner = False
        elif token[0].startswith("</"):
            if not inner:
                return text[: token.start()]
            inner = False
        elif escaped:
            inner = True
    return text


def test_names_of_files_swallow_nothing_of_the_page(render, notebook, swallowing):
    shown = rejection_table(swallowing.data).html
    notebook.cells[3].outputs = [nbformat.v4.new_output("display_data", {"text/html": shown})]
    html = render(notebook, swallowing)
    assert embedded_results(html) == swallowing
    tree = BeautifulSoup(html, "html.parser")
    cells = tree.select("details.section td")
    assert [cell.get_text() for cell in cells][::2] == list(SWALLOWING)
    record, behind = tree.select("script")
    assert record["id"] == "results"
    assert 'getElementById("toggle")' in behind.string
    assert json.loads(record.string) == swallowing.model_dump(mode="json")
    assert browser_text(html, page.RESULTS) == record.string


def test_what_is_embedded_holds_no_character_that_html_knows(render, notebook, swallowing):
    html = render(notebook, swallowing)
    record = html.partition(page.RESULTS)[2].partition("</script>")[0]
    assert set(record).isdisjoint("<>&\u2028\u2029")
    assert "\\u003c!--\\u003cscript\\u003e.png" in record


def test_a_title_cannot_inject_markup(notebook, results, paper):
    named = replace(paper, short_title="<b>bold</b>")
    soup = parsed(page.render(notebook, named, results))
    assert soup.title.get_text() == soup.h1.get_text() == "<b>bold</b>"


def test_a_page_without_a_record_is_an_error():
    with pytest.raises(ValueError, match="found none"):
        embedded_results("<html></html>")


@pytest.mark.parametrize("second", ["<script id='results'>", "<SCRIPT\nID=results>", page.RESULTS])
def test_a_page_with_two_records_is_an_error(render, notebook, results, second):
    html = render(notebook, results)
    assert embedded_results(html) == results
    with pytest.raises(ValueError, match="found 2"):
        embedded_results(html.replace("<main ", f"{second}</script><main "))


def bombs() -> Iterator[str]:
    """Pages of 150 kB and more for which a parser takes minutes, or more memory than there is."""
    for piece in ("<", "<script", "<script id", "<script id=results ", "<!--", "<b>", "&#", "id="):
        yield piece * (150_000 // len(piece))
    yield page.RESULTS + "[" * 150_000
    yield page.RESULTS + '{"settings":' * 15_000
    yield page.RESULTS + "9" * 1_000_000


@pytest.mark.parametrize("number", range(11))
def test_a_page_made_to_stall_a_parser_is_an_error_at_once(number):
    html = list(bombs())[number]
    started = time.perf_counter()
    with pytest.raises(ValueError, match=r"found|Results"):
        embedded_results(html)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("broken", ["</div></section></div></div>", "<div><b><section>", "<!--"])
def test_an_output_of_broken_html_stays_in_its_place(render, notebook, results, broken):
    """Of a student's own cell: the sections behind it are still there."""
    notebook.cells[3].outputs[0].data["text/html"] = f"<p>mine</p>{broken}"
    soup = parsed(render(notebook, results))
    assert [tag.get_text() for tag in soup.select("details.section h2")][-1] == "Second"
    assert "mine" in soup.select("details.section")[0].get_text()


def test_a_comment_of_a_cell_brings_no_table_back_from_elsewhere(render, notebook, results):
    html = "<table><tbody><tr><td>only</td></tr></tbody></table><!--aside 0--><!--aside 99-->"
    notebook.cells[3].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    text = render(notebook, results)
    assert text.count("<td>only</td>") == 1
    assert "<!--aside" not in text


def test_a_picture_that_a_text_cell_brings_along_is_shown(render, notebook, results):
    cell = notebook.cells[2]
    cell.source += "\n\n![drawn](attachment:drawn.png)"
    cell.attachments = {"drawn.png": {"image/png": "iVBORw0KGgo="}}
    (image,) = parsed(render(notebook, results)).select("details.section img")
    assert image["src"] == "data:image/png;base64,iVBORw0KGgo="


def test_a_picture_that_nobody_described_says_so(render, notebook, results):
    data = {"image/png": "iVBORw0KGgo="}
    notebook.cells[3].outputs = [nbformat.v4.new_output("display_data", data)]
    (image,) = parsed(render(notebook, results)).select("details.section img")
    assert image["alt"] == page.NOT_DESCRIBED


def test_cells_that_only_matter_where_a_notebook_is_opened_are_left_out(render, notebook, results):
    badge = nbformat.v4.new_markdown_cell("![badge](https://example.com/badge.svg)")
    install = nbformat.v4.new_code_cell("install()")
    for cell in (badge, install):
        cell.metadata["tags"] = [NOT_IN_REPORT]
    notebook.cells[1:1] = [badge, install]
    html = render(notebook, results)
    assert "example.com" not in html
    assert "install()" not in html
    assert "hidden" in html
