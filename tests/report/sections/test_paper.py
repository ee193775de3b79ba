"""Tables of what a paper says and leaves unsaid, cell by cell."""

import dataclasses
import json

import made_up_paper as made_up
import pytest
from bs4 import BeautifulSoup
from report_html import caption, captions, cells, columns, figures_of, page, row_of

from lib import papers, report
from lib.papers.declare import (
    Paper,
    classification_report,
    confusion_matrix,
    epoch_log,
)
from lib.results import (
    Results,
)
from lib.settings import resolve


def test_the_brief_names_paper_authors_and_claim(paper):
    text = BeautifulSoup(report.paper_facts(paper).html, "html.parser").get_text()
    for part in (paper.title, paper.title_english, *paper.authors, "94.8 %"):
        assert part in text


def test_printed_numbers_are_shown_as_printed(paper):
    shown = report.printed_tables(paper)
    first = ["test images", "Accuracy 94.839 %", "Fig. 8, below the table"]
    assert cells(shown)[0] == first
    assert row_of(shown, "eosinophil") == ["eosinophil", "0.86", "0.92", "0.89", "142"]


def test_overall_numbers_tell_model_quantity_images_and_place_of_the_trained_model_only():
    arms = made_up.arm("a", epochs=3), made_up.arm("b", epochs=9)
    log = ((("accuracy", "validation"),), [(2, "0.80"), (3, "0.85")])
    claims = [
        made_up.claim("accuracy", "98,1", arm="a", unit="percent", part="train", where="Abstract"),
        *epoch_log(log[1], log[0], where="Table 2", arm="a"),
        made_up.claim("loss", "0.1", arm="b", unit="loss"),
        made_up.claim("epoch", "7", arm="b", of="best epoch", unit="count", part="validation"),
        made_up.claim("confidence", "92", arm="b", of="cat", unit="percent", part=""),
        made_up.claim("parameters", "7", arm="b", of="total", unit="count", part=""),
        # After 3 of b's 9 epochs: no number of the trained model.
        made_up.claim("accuracy", "0.5", arm="b", epoch=3, part="validation"),
    ]
    (page,) = figures_of(report.printed_tables(made_up.paper(*arms, claims=claims)))
    assert columns(page) == ["Model", "Measured on", "As printed", "Where"]
    assert cells(page) == [
        ["a", "training images", "Accuracy “98,1 %”", "Abstract"],
        ["a", "validation images", "Accuracy, epoch 3: 0.85", "Table 2"],
        ["b", "test images", "Loss 0.1", "Table 1"],
        ["b", "validation images", "Epoch, best epoch: 7", "Table 1"],
        ["b", "–", "Confidence, cat: 92 %", "Table 1"],
    ]


REPORT = {
    "cat": ("0.9", "0.8", "0.85", "10"),
    "dog": ("0.7", "0.6", "0.65", "12"),
    "macro avg": ("0.8", "0.7", "0.75", "22"),
}


def _report(where: str, arm: str = "net", rows=REPORT, **changes):
    return classification_report(rows, where=where, arm=arm, **changes)


def test_reports_are_shown_by_arm_part_and_place():
    claims = [
        *_report("Fig. 1", part="train"),
        *_report("Fig. 2"),
        *_report("Fig. 3", arm="other", unit="percent"),
        *_report("§4"),
    ]
    arms = made_up.arm(), made_up.arm("other")
    shown = report.printed_tables(made_up.paper(*arms, claims=claims))
    assert captions(shown) == [
        "Scores by class of net on training images, as printed (Fig. 1).",
        "Scores by class of net on test images, as printed (Fig. 2; §4).",
        "Scores by class of other on test images, as printed (Fig. 3).",
    ]
    for number in (0, 1):
        assert cells(figures_of(shown)[number]) == [[name, *row] for name, row in REPORT.items()]
    assert cells(figures_of(shown)[2])[1] == ["dog", "0.7 %", "0.6 %", "0.65 %", "12"]


def test_a_report_that_is_repeated_in_percent_is_one_table_in_its_first_decimals():
    again = {"cat": ("90", "80", "85", "10"), "dog": ("70", "60", "65", "12")}
    rows = {"cat": ("0.90", "0.80", "0.85", "10"), "dog": ("0.70", "0.60", "0.65", "12")}
    claims = [*_report("Fig. 2", rows=rows), *_report("§4", rows=again, unit="percent")]
    (shown,) = figures_of(report.printed_tables(made_up.paper(claims=claims)))
    assert caption(shown).endswith("(Fig. 2; §4, in percent).")
    assert cells(shown) == [[name, *row] for name, row in rows.items()]


def test_numbers_of_one_report_in_several_places_make_one_table_in_the_order_of_the_classes():
    claims = [
        *_report("Fig. 2"),
        made_up.claim("f1", "0.66", of="dog", where="§4"),
        made_up.claim("recall", "0.7", of="macro avg", where="§4, for both"),
        made_up.claim("support", "10", of="cat", unit="count", where="§5"),
        made_up.claim("support", "12", of="dog", unit="count", where="§5"),
        # Of other images, of another model, and of a model that is still trained.
        made_up.claim("precision", "0.1", of="cat", where="§6", part="train"),
        made_up.claim("precision", "0.2", of="cat", where="§7", arm="other"),
        made_up.claim("precision", "0.3", of="cat", where="§8", epoch=1),
    ]
    shown = report.printed_tables(made_up.paper(made_up.arm(), made_up.arm("other"), claims=claims))
    assert [text.split("printed (")[1] for text in captions(shown)] == [
        "Fig. 2).",
        "§4; §4, for both; §5).",
        "§6).",
        "§7).",
    ]
    assert cells(figures_of(shown)[1]) == [
        ["cat", "–", "–", "10"],
        ["dog", "–", "0.66", "12"],
        ["macro avg", "0.7", "–", "–"],
    ]


def test_a_report_of_one_score_throughout_is_a_sentence():
    rows = {"cat": ("1.00",) * 3 + ("10",), "macro avg": ("1.00",) * 3 + ("22",)}
    shown = report.printed_tables(made_up.paper(claims=_report("Fig. 1", rows=rows)))
    assert figures_of(shown) == []
    assert page(shown).find_all("p")[1].get_text() == (
        "Scores by class of net on test images, as printed (Fig. 1). Precision, recall and F1-score "
        "are 1.00 throughout: of cat (10 images) and macro avg (22 images)."
    )
    supports = [
        made_up.claim("support", n, of=of, unit="count")
        for of, n in {"cat": "7", "dog": "9"}.items()
    ]
    assert len(figures_of(report.printed_tables(made_up.paper(claims=supports)))) == 1


def test_printed_confusion_matrices_have_rows_true_and_columns_predicted():
    matrix = {"cat": {"cat": "9", "dog": "1"}, "dog": {"cat": "2", "dog": "10"}}
    claims = confusion_matrix(matrix, where="Fig. 3", arm="net")
    (page,) = figures_of(report.printed_tables(made_up.paper(claims=claims)))
    assert columns(page) == ["True \\ predicted", "cat", "dog"]
    assert cells(page) == [["cat", "9", "1"], ["dog", "2", "10"]]
    caption = "Confusion matrix of net on test images, as printed (Fig. 3)."
    assert page.caption.get_text() == caption


def test_a_matrix_with_its_diagonal_in_another_place_is_one_matrix_and_gaps_are_dashes():
    diagonal = {"cat": {"cat": "9"}, "dog": {"dog": "10"}}
    rest = {"cat": {"dog": "1"}}
    claims = [
        *confusion_matrix(diagonal, where="§4, Fig. 3", arm="net", part="train"),
        *confusion_matrix(rest, where="Fig. 3", arm="net", part="train"),
        *confusion_matrix(diagonal, where="Fig. 9", arm="net", part="train"),
        *confusion_matrix(diagonal, where="Fig. 3", arm="net"),
    ]
    shown = report.printed_tables(made_up.paper(claims=claims))
    assert [text.split("printed (")[1] for text in captions(shown)] == [
        "§4, Fig. 3; Fig. 3).",
        "Fig. 9).",
        "Fig. 3).",
    ]
    assert cells(figures_of(shown)[0]) == [["cat", "9", "1"], ["dog", "–", "10"]]
    assert cells(figures_of(shown)[2]) == [["cat", "9", "–"], ["dog", "–", "10"]]


def test_a_paper_that_prints_no_number_says_so():
    shown = report.printed_tables(made_up.paper())
    assert figures_of(shown) == []
    assert "prints no overall result" in shown.html


def test_printed_names_cannot_break_the_page():
    classes = ("<b>", "a & b")
    claims = [
        *confusion_matrix({"<b>": {"a & b": "1"}}, where="<i>", arm="net"),
        made_up.claim("recall", "1", of="<b>", where="<i>"),
    ]
    shown = report.printed_tables(made_up.paper(classes=classes, claims=claims))
    scored, matrix = figures_of(shown)
    assert cells(scored)[0][0] == "<b>"
    assert columns(matrix)[1:] == ["<b>", "a & b"]
    assert shown.html.count("<i>") + shown.html.count("<b>") == 0


def test_assumptions_separate_stated_assumed_and_changed(record, paper):
    shown = report.assumption_table(paper, record.collect())
    stated = page(shown).p.get_text()
    assert f"epochs 15 ({paper.arms[0].recipe.epochs.where})" in stated
    assert "trainable no" in stated
    assert "dropout 0, 0" in stated
    settings = [row[0] for row in cells(shown)]
    assert "batch size 32" in settings
    assert "augmentation none" in settings
    assert "seeds 0, 1, 2, 3, 4, here 0, 1" in settings


@pytest.mark.parametrize("asked", [None, False])
def test_augmentation_that_was_left_out_is_told_beside_the_declared(record, asked):
    histology = papers.load("kumar_breakhis")
    shown = report.assumption_table(histology, _run_of(record, histology, augmentation=asked))
    text = page(shown).get_text()
    assert "augmentation brightness" in text
    assert (", here none" in text) == (asked is False)


@pytest.mark.parametrize("unsaid", [("rotation <b> & more",), ()])
def test_what_is_also_unsaid_is_listed_as_text_and_only_where_there_is_any(record, paper, unsaid):
    bare = dataclasses.replace(paper, unsaid=unsaid)
    page = BeautifulSoup(report.assumption_table(bare, record.collect()).html, "html.parser")
    assert [item.get_text() for item in page.select("li")] == list(unsaid)
    assert ("Also unsaid" in page.get_text()) == bool(unsaid)


def _run_of(record, paper: Paper, **changes) -> Results:
    """A record of another paper, as far as its settings and the names of its models go."""
    settings = resolve(paper, "paper", **changes)
    plain = json.loads(json.dumps(dataclasses.asdict(settings)))
    models = [made_up.model(arm) for arm in settings.arms]
    update = {"settings": plain, "changed": list(settings.changed), "models": models}
    return record.collect().model_copy(update=update)


def test_assumptions_of_several_arms_stand_once_where_they_agree_and_by_arm_where_not(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumption_table(paper, _run_of(record, paper))
    stated = page(shown).p.get_text()
    assert "alexnet: epochs 40 (RESULT, below the curves of AlexNet)" in stated
    assert "resnet50: epochs 150" in stated
    assert "; image size 227 (" in stated
    assert "here" not in stated  # nothing was changed
    assumed = {(row[0], row[1]) for row in cells(shown)}
    dense = "dense 4096, 4096; activation relu; dropout 0, 0.5, 0.5; pooling flatten"
    assert ("alexnet", dense) in assumed
    assert any(arm == "resnet50" and "dense none" in text for arm, text in assumed)
    assert not any(arm == "resnet50" and "filters" in text for arm, text in assumed)


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_declared_setting_of_every_arm_is_among_the_assumptions(record, slug):
    paper = papers.load(slug)
    text = page(report.assumption_table(paper, _run_of(record, paper))).get_text(" ")
    for name in ("seeds", "test share", "stratified"):
        assert f"{name} " in text
    for arm in paper.arms:
        for name in arm.settings:
            assert f"{name.replace('_', ' ')} " in text


def test_a_change_is_told_of_every_arm_that_declares_its_own(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumption_table(paper, _run_of(record, paper, epochs=3))
    stated = page(shown).p.get_text()
    assert "alexnet: epochs 40, here 3 (" in stated
    assert "resnet50: epochs 150, here 3 (" in stated


def test_pixels_that_every_arm_scales_in_its_own_way_are_told_by_arm(record):
    paper = papers.load("kumar_breakhis")
    stated = page(report.assumption_table(paper, _run_of(record, paper))).p.get_text()
    for told in (
        "vgg16: pixel scaling native, here BGR - mean",
        "mobilenetv3: pixel scaling native, here [0, 255]",
        "resnet50v2: pixel scaling native, here [-1, 1]",
    ):
        assert told in stated
