"""Pages: a notebook as one file, and the record inside."""

import json
import re
import time
from collections.abc import Iterator

import nbformat
import pytest
from bs4 import BeautifulSoup
from made_up_paper import with_weights

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
    cells = [nbformat.v4.new_markdown_cell("# Title\n\n## First part\n\ntext"), code]
    return nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_markdown_cell("## Second")])


@pytest.fixture
def results(record):
    return record.collect()


def test_a_page_has_contents_outputs_and_folded_code(notebook, results):
    soup = BeautifulSoup(page.render(notebook, results), "html.parser")
    assert [link.get_text() for link in soup.select("nav li")] == ["First part", "Second"]
    assert soup.find(id="shown").get_text() == "shown"
    folded = soup.select_one("details.code")
    assert "hidden" in folded.get_text()
    assert not folded.has_attr("open")
    assert soup.html["lang"] == "en"
    assert soup.find("meta", {"name": "viewport"})


def test_the_record_survives_text_that_could_end_its_element(notebook, results):
    nasty = results.model_copy(update={"title": "a </script><b> & <!-- b"})
    assert embedded_results(page.render(notebook, nasty)) == nasty


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


def test_names_of_files_swallow_nothing_of_the_page(notebook, swallowing):
    shown = rejection_table(swallowing.data).html
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": shown})]
    html = page.render(notebook, swallowing)
    assert embedded_results(html) == swallowing
    tree = BeautifulSoup(html, "html.parser")
    assert [cell.get_text() for cell in tree.select("main td")][::2] == list(SWALLOWING)
    record, behind = tree.select("script")
    assert record["id"] == "results"
    assert 'getElementById("toggle")' in behind.string
    assert json.loads(record.string) == swallowing.model_dump(mode="json")
    assert browser_text(html, page.RESULTS) == record.string


def test_what_is_embedded_holds_no_character_that_html_knows(notebook, swallowing):
    html = page.render(notebook, swallowing)
    record = html.partition(page.RESULTS)[2].partition("</script>")[0]
    assert set(record).isdisjoint("<>&\u2028\u2029")
    assert "\\u003c!--\\u003cscript\\u003e.png" in record


def test_a_title_cannot_inject_markup(notebook, results):
    html = page.render(notebook, results.model_copy(update={"title": "<b>bold</b>"}))
    assert BeautifulSoup(html, "html.parser").title.get_text() == "<b>bold</b>"


def test_a_page_without_a_record_is_an_error():
    with pytest.raises(ValueError, match="found none"):
        embedded_results("<html></html>")


@pytest.mark.parametrize("second", ["<script id='results'>", "<SCRIPT\nID=results>", page.RESULTS])
def test_a_page_with_two_records_is_an_error(notebook, results, second):
    html = page.render(notebook, results)
    assert embedded_results(html) == results
    with pytest.raises(ValueError, match="found 2"):
        embedded_results(html.replace("<main>", f"<main>{second}</script>"))


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


@pytest.mark.parametrize(
    ("kind", "words"), [("phantom", "drawn by a program"), ("substitute", "confirms or")]
)
def test_the_banner_tells_what_the_images_are(notebook, results, kind, words):
    data = results.data.model_copy(update={"kind": kind})
    html = page.render(notebook, results.model_copy(update={"data": data}))
    assert words in BeautifulSoup(html, "html.parser").select_one("aside.banner").get_text()


def test_an_exact_run_with_the_papers_weights_has_no_banner(notebook, results):
    weights = results.models[0].weights.model_copy(update={"used": "imagenet"})
    exact = results.model_copy(
        update={
            "data": results.data.model_copy(update={"kind": "exact"}),
            "models": [results.models[0].model_copy(update={"weights": weights})],
        }
    )
    soup = BeautifulSoup(page.render(notebook, exact), "html.parser")
    assert soup.select("aside.banner") == []


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (
            "random",
            "The backbone's weights are random (mobilenetv2): from random. An untrained backbone",
        ),
        ("torchvision", "weights are torchvision's, not Keras' (mobilenetv2): from torchvision."),
    ],
)
def test_the_banner_tells_of_other_weights_than_the_papers(notebook, results, used, words):
    html = page.render(notebook, with_weights(results, used))
    banner = BeautifulSoup(html, "html.parser").select_one("aside.banner").get_text()
    assert words in banner
    assert {"random": "random weights, not", "torchvision": "torchvision's ImageNet weights, not"}[
        used
    ] in banner


def test_weights_of_any_arm_are_told_in_the_banner(notebook, with_variant):
    results = with_weights(with_variant.collect(), "imagenet", "torchvision")
    banner = BeautifulSoup(page.render(notebook, results), "html.parser").select_one("aside.banner")
    assert "torchvision's, not Keras' (mobilenetv2-native): from" in banner.get_text()


def test_torchvisions_weights_are_no_news_where_they_were_declared(notebook, results):
    weights = results.models[0].weights.model_copy(
        update={"declared": "torchvision", "used": "torchvision"}
    )
    model = results.models[0].model_copy(update={"weights": weights})
    html = page.render(notebook, results.model_copy(update={"models": [model]}))
    banner = BeautifulSoup(html, "html.parser").select_one("aside.banner").get_text()
    assert "torchvision" not in banner


def test_cells_that_only_matter_where_a_notebook_is_opened_are_left_out(notebook, results):
    badge = nbformat.v4.new_markdown_cell("![badge](https://example.com/badge.svg)")
    install = nbformat.v4.new_code_cell("install()")
    for cell in (badge, install):
        cell.metadata["tags"] = [NOT_IN_REPORT]
    notebook.cells[1:1] = [badge, install]
    html = page.render(notebook, results)
    assert "example.com" not in html
    assert "install()" not in html
    assert "hidden" in html
