"""Pages: a notebook as one file, the index, and the record inside."""

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

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


def _with_weights(results, *used):
    """The record with other weights, an arm each."""
    models = [
        model.model_copy(
            update={
                "weights": model.weights.model_copy(update={"used": one, "source": f"from {one}"})
            }
        )
        for model, one in zip(results.models, used, strict=True)
    ]
    return results.model_copy(update={"models": models})


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ("random", "The backbone's weights are random: from random. An untrained backbone"),
        ("torchvision", "weights are torchvision's, not Keras': from torchvision."),
    ],
)
def test_the_banner_tells_of_other_weights_than_the_papers(notebook, results, used, words):
    html = page.render(notebook, _with_weights(results, used))
    banner = BeautifulSoup(html, "html.parser").select_one("aside.banner").get_text()
    assert words in banner
    assert {"random": "random weights, not", "torchvision": "torchvision's ImageNet weights, not"}[
        used
    ] in banner


def test_weights_of_any_arm_are_told_in_the_banner(notebook, with_variant):
    results = _with_weights(with_variant.collect(), "imagenet", "torchvision")
    banner = BeautifulSoup(page.render(notebook, results), "html.parser").select_one("aside.banner")
    assert "torchvision's, not Keras'" in banner.get_text()


def test_torchvisions_weights_are_no_news_where_they_were_declared(notebook, results):
    weights = results.models[0].weights.model_copy(
        update={"declared": "torchvision", "used": "torchvision"}
    )
    model = results.models[0].model_copy(update={"weights": weights})
    html = page.render(notebook, results.model_copy(update={"models": [model]}))
    banner = BeautifulSoup(html, "html.parser").select_one("aside.banner").get_text()
    assert "torchvision" not in banner


def test_the_summary_has_a_row_an_arm_and_a_variant_and_says_whose(with_variant):
    rows = page.summary(_with_weights(with_variant.collect(), "imagenet", "torchvision"))
    assert [(row["arm"], row["variant_of"]) for row in rows] == [
        ("mobilenetv2", ""),
        ("mobilenetv2-native", "mobilenetv2"),
    ]
    assert [row["weights"] for row in rows] == ["imagenet", "torchvision"]
    assert [row["accuracy"] for row in rows] == [1.0, 0.8667]
    assert [row["printed"] for row in rows] == ["94.839 %", ""]


def test_the_index_leaves_variants_out(with_variant):
    soup = BeautifulSoup(page.index([with_variant.collect()]), "html.parser")
    assert [row.find_all("td")[1].get_text() for row in soup.select("tbody tr")] == ["mobilenetv2"]


def test_the_results_table_marks_variants(with_variant, tmp_path):
    (tmp_path / "results.csv").write_text(page.results_table([with_variant.collect()]))
    table = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert table[["arm", "variant_of", "accuracy"]].to_numpy().tolist() == [
        ["mobilenetv2", "", 1.0],
        ["mobilenetv2-native", "mobilenetv2", 0.8667],
    ]


def test_the_index_links_every_run_and_counts_verdicts(results):
    soup = BeautifulSoup(page.index([results]), "html.parser")
    row = [cell.get_text(" ", strip=True) for cell in soup.select("tbody td")]
    assert row[1] == "mobilenetv2"
    assert row[4] == "94.839 %"
    assert row[5].startswith("1.000 [")
    # the record's model claims one parameter in total, which the paper does not
    assert row[6] == f"1 not reproduced {len(results.claims) - 1} not comparable"


def test_an_empty_index_says_so():
    assert "No finished run yet" in page.index([])
    assert page.results_table([]).strip() == ""


def test_the_results_table_has_a_row_an_arm(results, tmp_path):
    (tmp_path / "results.csv").write_text(page.results_table([results]))
    table = pd.read_csv(tmp_path / "results.csv")
    assert table[["slug", "arm", "kind", "accuracy"]].to_numpy().tolist() == [
        ["kuncoro_white_blood_cells", "mobilenetv2", "substitute", 1.0]
    ]
