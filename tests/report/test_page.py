"""Pages: a notebook as one file, and the record inside."""

import nbformat
import pytest
from bs4 import BeautifulSoup
from made_up_paper import with_weights

from lib import NOT_IN_REPORT
from lib.report import page


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
    assert page.embedded_results(page.render(notebook, nasty)) == nasty


def test_a_title_cannot_inject_markup(notebook, results):
    html = page.render(notebook, results.model_copy(update={"title": "<b>bold</b>"}))
    assert BeautifulSoup(html, "html.parser").title.get_text() == "<b>bold</b>"


def test_a_page_without_a_record_is_an_error():
    with pytest.raises(ValueError, match="found none"):
        page.embedded_results("<html></html>")


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
