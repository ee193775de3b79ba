"""Tables of paper, run and verdicts: what they show for a small record, cell by cell."""

import dataclasses
import json
from collections.abc import Sequence

import made_up_paper as made_up
import pytest
from bs4 import BeautifulSoup

from lib import papers, report
from lib.evaluation import tolerances
from lib.papers.declare import Layer, Paper, classification_report, confusion_matrix, epoch_log
from lib.results import LayerRow, Model, Results
from lib.settings import resolve

MARK = "Synthetic images"
MARKS = {"": "Of all arms", "mobilenetv2": MARK}


def cells(shown, row=None):
    page = BeautifulSoup(shown.html, "html.parser")
    rows = [[cell.get_text() for cell in line.find_all("td")] for line in page.select("tbody tr")]
    return rows if row is None else next(line for line in rows if line[0] == row)


def pages(shown) -> list[BeautifulSoup]:
    """The tables one after another."""
    return BeautifulSoup(shown.html, "html.parser").select("figure")


def captions(shown) -> list[str]:
    return [one.figcaption.get_text() for one in pages(shown)]


def columns(page: BeautifulSoup) -> list[str]:
    return [one.get_text() for one in page.select("th")]


def rows(page: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in line.select("td")] for line in page.select("tbody tr")]


def arms_shown(shown) -> list[str]:
    return [one.get_text() for one in BeautifulSoup(shown.html, "html.parser").select("h4.arm")]


def test_the_brief_names_paper_authors_and_claim(paper):
    text = BeautifulSoup(report.brief(paper).html, "html.parser").get_text()
    for part in (paper.title, paper.title_english, *paper.authors, "94.8 %"):
        assert part in text


def test_printed_numbers_are_shown_as_printed(paper):
    shown = report.printed(paper)
    first = ["mobilenetv2", "Accuracy", "test images", "94.839 %", "Fig. 8, below the table"]
    assert cells(shown)[0] == first
    assert cells(shown, "eosinophil") == ["eosinophil", "0.86", "0.92", "0.89", "142"]


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
    (page,) = pages(report.printed(made_up.paper(*arms, claims=claims)))
    assert columns(page) == ["Model", "Quantity", "Measured on", "As printed", "Where"]
    assert rows(page) == [
        ["a", "Accuracy", "training images", "98,1 %", "Abstract"],
        ["a", "Accuracy, epoch 3", "validation images", "0.85", "Table 2"],
        ["b", "Loss", "test images", "0.1", "Table 1"],
        ["b", "Epoch, best epoch", "validation images", "7", "Table 1"],
        ["b", "Confidence, cat", "–", "92 %", "Table 1"],
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
    shown = report.printed(made_up.paper(*arms, claims=claims))
    assert captions(shown) == [
        "Scores by class of net on training images, as printed. Where: Fig. 1.",
        "Scores by class of net on test images, as printed. Where: Fig. 2.",
        "Scores by class of other on test images, as printed. Where: Fig. 3.",
        "Scores by class of net on test images, as printed. Where: §4.",
    ]
    for number in (0, 1, 3):
        assert rows(pages(shown)[number]) == [[name, *row] for name, row in REPORT.items()]
    assert rows(pages(shown)[2])[1] == ["dog", "0.7 %", "0.6 %", "0.65 %", "12"]


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
    shown = report.printed(made_up.paper(made_up.arm(), made_up.arm("other"), claims=claims))
    assert [one.split("Where: ")[1] for one in captions(shown)] == [
        "Fig. 2.",
        "§4; §4, for both; §5.",
        "§6.",
        "§7.",
    ]
    assert rows(pages(shown)[1]) == [
        ["cat", "–", "–", "–", "10"],
        ["dog", "–", "–", "0.66", "12"],
        ["macro avg", "–", "0.7", "–", "–"],
    ]


def test_printed_confusion_matrices_have_rows_true_and_columns_predicted():
    matrix = {"cat": {"cat": "9", "dog": "1"}, "dog": {"cat": "2", "dog": "10"}}
    claims = confusion_matrix(matrix, where="Fig. 3", arm="net")
    (page,) = pages(report.printed(made_up.paper(claims=claims)))
    assert columns(page) == ["True \\ predicted", "cat", "dog"]
    assert rows(page) == [["cat", "9", "1"], ["dog", "2", "10"]]
    caption = "Confusion matrix of net on test images, as printed. Where: Fig. 3."
    assert page.figcaption.get_text() == caption


def test_a_matrix_with_its_diagonal_in_another_place_is_one_matrix_and_gaps_are_dashes():
    diagonal = {"cat": {"cat": "9"}, "dog": {"dog": "10"}}
    rest = {"cat": {"dog": "1"}}
    claims = [
        *confusion_matrix(diagonal, where="§4, Fig. 3", arm="net", part="train"),
        *confusion_matrix(rest, where="Fig. 3", arm="net", part="train"),
        *confusion_matrix(diagonal, where="Fig. 9", arm="net", part="train"),
        *confusion_matrix(diagonal, where="Fig. 3", arm="net"),
    ]
    shown = report.printed(made_up.paper(claims=claims))
    assert [one.split("Where: ")[1] for one in captions(shown)] == [
        "§4, Fig. 3; Fig. 3.",
        "Fig. 9.",
        "Fig. 3.",
    ]
    assert rows(pages(shown)[0]) == [["cat", "9", "1"], ["dog", "–", "10"]]
    assert rows(pages(shown)[2]) == [["cat", "9", "–"], ["dog", "–", "10"]]


def test_a_paper_that_prints_no_number_says_so():
    shown = report.printed(made_up.paper())
    assert pages(shown) == []
    assert "prints no overall result" in shown.html


def test_printed_names_cannot_break_the_page():
    classes = ("<b>", "a & b")
    claims = [
        *confusion_matrix({"<b>": {"a & b": "1"}}, where="<i>", arm="net"),
        made_up.claim("recall", "1", of="<b>", where="<i>"),
    ]
    shown = report.printed(made_up.paper(classes=classes, claims=claims))
    scored, matrix = pages(shown)
    assert rows(scored)[0][0] == "<b>"
    assert columns(matrix)[1:] == ["<b>", "a & b"]
    assert shown.html.count("<i>") + shown.html.count("<b>") == 0


def test_layers_are_compared_with_the_papers(paper, record):
    found = [LayerRow(name="dense_1", output="(None, 5)", parameters=645)]
    model = Model(
        arm="mobilenetv2",
        variant_of="",
        layers=found,
        parameters={"total": 2422597, "non-trainable": 2257984},
        weights=record.models[0].weights,
    )
    shown = report.layers(paper, [model], MARKS)
    assert cells(shown, "dense_1") == ["dense_1", "(None, 5)", "(None, 5)", "643", "645", "no"]
    assert cells(shown, "non-trainable parameters")[3:] == ["2257984", "2257984", "yes"]
    assert "Backbone: random weights (none)." in shown.html
    assert "beside Fig. 5." in shown.html


def test_layers_are_those_of_the_papers_arms_each_with_its_mark_and_weights():
    printed = (Layer(name="dense", output="(None, 2)", parameters="1,026"),)
    arms = made_up.arm("a", layers=printed, layers_where="Fig. 5"), made_up.arm("b")
    claims = [made_up.claim("parameters", "9.999", of="total", unit="count", part="", arm="b")]
    found = [LayerRow(name="dense", output="(None, 2)", parameters=1026)]
    models = [
        made_up.model("b", used="torchvision", layers=found, parameters={"total": 9999}),
        made_up.model("b-native", variant_of="b", layers=found),
        made_up.model("a", layers=found),
    ]
    marks = {"": "all", "a": "", "b": "other weights", "b-native": "other weights"}
    shown = report.layers(made_up.paper(*arms, claims=claims), models, marks)
    assert arms_shown(shown) == ["a", "b"]
    first, second = pages(shown)
    assert rows(first)[0] == ["dense", "(None, 2)", "(None, 2)", "1,026", "1026", "yes"]
    assert first.figcaption.get_text() == (
        "The model, layer by layer, beside Fig. 5. Backbone: Keras' ImageNet weights (a file)."
    )
    # Where the paper prints no table, nothing stands beside ours.
    assert columns(second) == ["Layer", "Output", "Parameters"]
    assert rows(second) == [["dense", "(None, 2)", "1026"], ["total parameters", "–", "9999"]]
    assert second.figcaption.get_text() == (
        "other weights. The model, layer by layer; the paper prints no such table. "
        "Backbone: torchvision's ImageNet weights (a file)."
    )


def test_the_classification_report_shows_mean_and_interval(record, paper):
    shown = report.classification(record.collect().scores, paper, MARKS)
    row = cells(shown, "monocyte")
    assert row[1].startswith("1.000 [0.")
    assert row[1].endswith(", 1.000]")
    assert row[4] == "3 [3, 3]"
    assert cells(shown, "accuracy")[1:3] == ["–", "–"]
    (caption,) = captions(shown)
    assert caption.startswith(
        f"{MARK}. Classification report on the test images: mean over 2 seeds,"
    )


def _classified(arm: str, part: str, value: float, **changes):
    """The scores of a classification report, all of one value, on so many images as its hundreds."""
    names = ("cat", "dog", "macro avg")
    scores = [
        made_up.score(value, value, arm=arm, part=part, metric=metric, of=of, **changes)
        for metric in ("precision", "recall", "f1")
        for of in names
    ]
    images = 100 * value
    supports = [
        made_up.score(images, arm=arm, part=part, metric="support", of=of, low=images, high=images)
        for of in ("", *names)
    ]
    accuracy = made_up.score(value, value, arm=arm, part=part, low=0.5, high=0.9, **changes)
    return [*scores, *supports, accuracy]


def test_each_of_the_papers_arms_has_a_report_for_each_part_it_is_evaluated_on():
    """On training images only where the paper prints scores of them, and never for a variant."""
    claims = [made_up.claim("accuracy", "0.9", arm="b", part="train")]
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"), claims=claims)
    found = [
        *_classified("b", "test", 0.6),
        *_classified("b", "train", 0.8),
        *_classified("a", "test", 0.7),
        *_classified("a-native", "test", 0.5),
    ]
    marks = {"": "all", "a": "", "b": "other weights", "a-native": ""}
    shown = report.classification(found, paper, marks)
    assert arms_shown(shown) == ["a", "b"]
    start = [one.split(":")[0] for one in captions(shown)]
    assert start == [
        "Classification report on the test images",
        "other weights. Classification report on the test images",
        "other weights. Classification report on the training images",
    ]
    values = [{row[2].split()[0] for row in rows(page)} - {"–"} for page in pages(shown)]
    assert values == [{"0.700"}, {"0.600"}, {"0.800"}]
    accuracies = [rows(page)[-1] for page in pages(shown)]
    assert [row[3:] for row in accuracies] == [
        ["0.700 [0.500, 0.900]", "70 [70, 70]"],
        ["0.600 [0.500, 0.900]", "60 [60, 60]"],
        ["0.800 [0.500, 0.900]", "80 [80, 80]"],
    ]


def test_the_report_on_training_images_is_computed_from_their_predictions(with_training, paper):
    claims = (*paper.claims, made_up.claim("accuracy", "0.99", arm="mobilenetv2", part="train"))
    paper = dataclasses.replace(paper, claims=claims)
    shown = report.classification(with_training.collect().scores, paper, MARKS)
    tested, trained = pages(shown)
    assert rows(tested)[-1][3].startswith("1.000 [")
    assert rows(trained)[-1][3].startswith("0.967 [")  # of 15/15 and 14/15


def test_reports_and_seeds_are_those_of_the_papers_arms_not_of_their_variants(with_variant, paper):
    scores = with_variant.collect().scores
    shown = report.classification(scores, paper, MARKS)
    # All right with the arm; of 3 basophils 2 with the variant's seed 0 and none with its seed 1.
    assert {row[2].split()[0] for row in cells(shown)} == {"1.000", "–"}
    assert cells(report.seeds(scores, paper, [0, 1], MARKS), "mean") == ["mean", "1.0000"]


def test_scores_are_those_of_the_papers_protocol_or_else_of_the_other(with_variant, paper):
    """`protocols=["grouped"]` is a run of its own, and nothing but its captions may tell it apart."""
    published = with_variant.collect()
    grouped = [one.model_copy(update={"protocol": "grouped"}) for one in published.scores]
    worse = [one.model_copy(update={"mean": one.mean / 2}) for one in grouped]
    for show in (
        lambda scores: report.classification(scores, paper, MARKS),
        lambda scores: report.seeds(scores, paper, [0, 1], MARKS),
    ):
        alone, both = show(published.scores), show([*worse, *published.scores])
        assert cells(both) == cells(alone)
        assert captions(both) == captions(alone)
        assert "rotocol" not in captions(alone)[0]
        other = show(grouped)
        assert cells(other) == cells(alone)
        assert captions(other) == [f"{one} Protocol: grouped." for one in captions(alone)]


def test_a_run_of_the_grouped_protocol_alone_fills_every_table_and_figure(with_variant, paper):
    with_variant.predictions["protocol"] = with_variant.history["protocol"] = "grouped"
    with_variant.folds = [
        dataclasses.replace(one, protocol="grouped") for one in with_variant.folds
    ]
    results, history = with_variant.collect(), with_variant.history
    for shown in (
        report.curves(history, paper, MARKS),
        report.validation_curves(history, paper, MARK),
        report.classification(results.scores, paper, MARKS),
        report.confusion(results.confusions, paper, MARKS),
        report.accuracy_by_seed(results.scores, paper, [0, 1], MARKS),
        report.seeds(results.scores, paper, [0, 1], MARKS),
        report.training_against_test(results.scores, paper, MARK),
        report.variants(paper, results, MARK),
        report.best_epochs(results.scores, MARK),
    ):
        found = BeautifulSoup(shown.html, "html.parser").find_all("figcaption")
        assert found
        assert all(one.get_text().endswith(" Protocol: grouped.") for one in found)
    assert {row[0] for row in cells(report.folds(results.folds, "cell", MARK))} == {"grouped"}
    # The paper's scores were measured under its own protocol, so none of them is compared.
    compared = [one for one in results.claims if one.reproduced is not None]
    assert {one.metric for one in compared} <= {"parameters", "memory"}


def test_the_best_epoch_is_no_row_of_the_classification_report(with_variant, paper):
    scores = with_variant.collect().scores
    shown = report.classification(scores, paper, MARKS)
    assert [row[0] for row in cells(shown)][-3:] == ["macro avg", "weighted avg", "accuracy"]
    assert len(cells(shown)) == 5 + 3


def test_seeds_show_each_run_and_the_spread(record, paper):
    shown = report.seeds(record.collect().scores, paper, [0, 1], MARKS)
    assert cells(shown)[:4] == [
        ["seed 0", "1.0000"],
        ["seed 1", "1.0000"],
        ["mean", "1.0000"],
        ["standard deviation", "0.0000"],
    ]


def test_seeds_have_a_column_an_arm_in_the_papers_order():
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    scores = [
        made_up.score(0.94, 0.8, arm="a", low=0.7, high=0.95),
        made_up.score(0.5, 0.7, arm="b", low=0.4, high=0.8),
        made_up.score(0.1, 0.1, arm="a-native"),
    ]
    shown = report.seeds(scores, paper, [3, 5], {"": MARK, "a": "", "b": ""})
    (page,) = pages(shown)
    assert columns(page) == ["Seed", "b", "a"]
    assert rows(page) == [
        ["seed 3", "0.5000", "0.9400"],
        ["seed 5", "0.7000", "0.8000"],
        ["mean", "0.6000", "0.8700"],
        # |x - y| / sqrt(2): 0.2 and 0.14 apart.
        ["standard deviation", "0.1414", "0.0990"],
        ["interval of one run", "0.4000 – 0.8000", "0.7000 – 0.9500"],
    ]
    caption = f"{MARK}. Test accuracy by seed. Interval: Wilson 95 %."
    assert page.figcaption.get_text() == caption


def test_one_seed_has_a_mean_but_no_spread():
    shown = report.seeds([made_up.score(0.75)], made_up.paper(), [4], {"": "", "net": ""})
    assert cells(shown)[:3] == [
        ["seed 4", "0.7500"],
        ["mean", "0.7500"],
        ["standard deviation", "one seed has none"],
    ]


def test_one_seed_is_no_plural_in_the_classification_report():
    scores = [
        made_up.score(0.5, metric=metric, of=of)
        for metric in ("precision", "recall", "f1", "support")
        for of in ("cat", "dog")
    ]
    found = [*scores, made_up.score(0.5), made_up.score(4, metric="support")]
    shown = report.classification(found, made_up.paper(), {"net": ""})
    assert "test images: mean over 1 seed, and in brackets" in captions(shown)[0]


def _results(*claims) -> Results:
    """A record as far as its claims go."""
    return Results.model_construct(claims=list(claims), verdict_rule="The rule.")


def claim(**changes):
    """Accuracy printed as 94.839 % in Fig. 8 and reproduced as 0.9477, with a verdict left open."""
    values = {"unit": "percent", "printed": "94.839", "where": "Fig. 8", "tolerance": 0.02}
    values |= {"reproduced": 0.9477, "low": 0.9194, "high": 0.9684, "verdict": "inconclusive"}
    return made_up.result(**values | {"difference": (-0.0338, 0.0312)} | changes)


COUNT = {"unit": "count", "tolerance": 0}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            ["Accuracy", "94.839 %", "94.8 % (91.9 – 96.8)", "-0.1 (-3.4 to +3.1)", "± 2"],
        ),
        (
            {"unit": "fraction", "printed": "0.95", "tolerance": 0.0349123},
            ["Accuracy", "0.95", "0.948 (0.919 – 0.968)", "-0.002 (-0.034 to +0.031)", "± 0.0349"],
        ),
        (
            COUNT
            | {"metric": "support", "of": "basophil", "printed": "71", "difference": (40, 101.6)}
            | {"reproduced": 141.8, "low": 132, "high": 158},
            ["Support basophil", "71", "141.8 (132 – 158)", "+70.8 (+40 to +101.6)", "± 0"],
        ),
        (
            COUNT
            | {"metric": "parameters", "of": "dense", "printed": "163968", "difference": (0, 0)}
            | {"reproduced": 163968, "low": 163968, "high": 163968},
            ["Parameters dense", "163968", "163968", "0", "± 0"],
        ),
        (
            {"reproduced": 0.94838, "low": 0.9, "high": 0.99, "difference": (-0.0002, 0.0001)},
            ["Accuracy", "94.839 %", "94.8 % (90.0 – 99.0)", "0.0 (0.0 to 0.0)", "± 2"],
        ),
        (
            {"difference": None, "verdict": "not comparable"},
            ["Accuracy", "94.839 %", "94.8 % (91.9 – 96.8)", "-0.1", "± 2"],
        ),
        (
            dict.fromkeys(("reproduced", "low", "high", "difference")),
            ["Accuracy", "94.839 %", "–", "–", "± 2"],
        ),
    ],
)
def test_a_claim_is_shown_in_the_unit_it_was_printed_in(changes, expected):
    one = claim(**changes)
    assert cells(report.verdicts(_results(one), MARK)) == [[*expected, one.verdict, "–", "Fig. 8"]]


@pytest.mark.parametrize(
    ("halved", "verdict", "doubled", "told"),
    [
        ("inconclusive", "reproduced", "reproduced", "halved → inconclusive"),
        ("not reproduced", "not reproduced", "inconclusive", "doubled → inconclusive"),
        (
            *("not reproduced", "inconclusive", "reproduced"),
            "halved → not reproduceddoubled → reproduced",  # on two lines
        ),
        ("inconclusive", "inconclusive", "inconclusive", "–"),
    ],
)
def test_how_the_tolerance_moves_a_verdict_is_told_only_where_it_does(
    halved, verdict, doubled, told
):
    one = claim(halved=halved, verdict=verdict, doubled=doubled)
    (page,) = pages(report.verdicts(_results(one), MARK))
    assert columns(page)[5:7] == ["Verdict", "With another tolerance"]
    assert rows(page)[0][5:7] == [verdict, told]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        # 8,388,608 parameters of four bytes are 32 MB of 1024² bytes; 256 bytes are a quarter KB.
        (
            {"unit": "MB", "printed": "32.5", "reproduced": 33554432, "tolerance": 104857.6},
            ["Memory total", "32.5 MB", "32.00 MB", "-0.50", "± 0.1"],
        ),
        (
            {"unit": "KB", "printed": "0.25", "reproduced": 256, "tolerance": 0},
            ["Memory total", "0.25 KB", "0.25 KB", "0.00", "± 0"],
        ),
    ],
)
def test_memory_is_told_in_the_printed_unit_and_is_exact(changes, shown):
    memory = {"metric": "memory", "of": "total", "part": ""}
    ours = {"low": changes["reproduced"], "high": changes["reproduced"]}
    one = claim(**memory | ours | changes)
    assert cells(report.verdicts(_results(one), MARK))[0][:5] == shown


@pytest.mark.parametrize(
    ("reproduced", "difference"),
    [(14714688, "-123642856"), (138369544, "+12000"), (138357544, "0"), (138357544.5, "+0.5")],
)
def test_differences_of_large_counts_are_written_out(reproduced, difference):
    values = {"metric": "parameters", "of": "total", "unit": "count", "printed": "138.357.544"}
    one = claim(**values, reproduced=reproduced, low=reproduced, high=reproduced)
    assert cells(report.verdicts(_results(one), MARK))[0][3] == difference


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, "Accuracy"),
        ({"part": "train"}, "Accuracy, training images"),
        ({"part": "validation", "epoch": 40}, "Accuracy, validation images, epoch 40"),
        ({"part": "train", "metric": "loss", "epoch": 1}, "Loss, training images, epoch 1"),
        ({"metric": "recall", "of": "cat", "part": "train"}, "Recall cat, training images"),
        (
            {"metric": "cell", "of": "cat → dog", "unit": "count", "printed": "3"},
            "Images cat → dog",
        ),
        (
            {"metric": "epoch", "of": "best epoch", "part": "validation", "unit": "count"}
            | {"printed": "17"},
            "Epoch best epoch, validation images",
        ),
        ({"metric": "confidence", "of": "cat", "part": ""}, "Confidence cat"),
    ],
)
def test_a_number_is_named_with_class_images_and_epoch_in_words(changes, what):
    assert cells(report.verdicts(_results(claim(**changes)), MARK))[0][0] == what


def test_the_model_stands_in_a_column_only_where_there_are_several():
    one, other = claim(), claim(arm="other", printed="90", reproduced=0.9)
    (page,) = pages(report.verdicts(_results(one, other), MARK))
    assert columns(page)[:3] == ["Model", "Number", "Printed"]
    assert [row[:4] for row in rows(page)] == [
        ["net", "Accuracy", "94.839 %", "94.8 % (91.9 – 96.8)"],
        ["other", "Accuracy", "90 %", "90.0 % (91.9 – 96.8)"],
    ]
    # The same cells are numbers with the model and without.
    numbers = [cell.get_text() for cell in page.select("tbody tr")[0].select("td.number")]
    (page,) = pages(report.verdicts(_results(one, one), MARK))
    assert columns(page)[:2] == ["Number", "Printed"]
    assert numbers == [cell.get_text() for cell in page.select("tbody tr")[0].select("td.number")]
    assert numbers == ["94.839 %", "94.8 % (91.9 – 96.8)", "-0.1 (-3.4 to +3.1)", "± 2"]


def _logged(epoch: int, metric: str = "accuracy", part: str = "train", **changes):
    return claim(**{"epoch": epoch, "metric": metric, "part": part, "where": "Table 2"} | changes)


def test_a_log_of_epochs_has_a_row_an_epoch_with_the_papers_number_beside_ours():
    log = [
        _logged(1, verdict="reproduced"),
        _logged(2, verdict="reproduced"),
        _logged(1, "loss", unit="loss", printed="0.21", reproduced=0.25, low=0.2, high=0.3),
        # This run stopped after its first epoch.
        _logged(2, "loss", unit="loss", printed="0.11", verdict="not comparable").model_copy(
            update={"reproduced": None, "low": None, "high": None}
        ),
        _logged(2, part="validation", verdict="reproduced"),
    ]
    (page,) = pages(report.epoch_table(_results(*log), MARK))
    assert columns(page) == [
        "Epoch",
        *(f"Accuracy, train: {whose}" for whose in ("paper", "ours")),
        *(f"Loss, train: {whose}" for whose in ("paper", "ours")),
        *(f"Accuracy, validation: {whose}" for whose in ("paper", "ours")),
        "Verdicts",
    ]
    accuracy, loss = ["94.839 %", "94.8 % (91.9 – 96.8)"], ["0.21", "0.250 (0.200 – 0.300)"]
    told = ["1 × reproduced 1 × inconclusive", "2 × reproduced 1 × not comparable"]
    assert rows(page) == [
        ["1", *accuracy, *loss, "–", "–", told[0]],
        ["2", *accuracy, "0.11", "–", *accuracy, told[1]],
    ]
    badges = [one.get_text() for one in page.select("span.verdict")]
    assert badges == ["reproduced", "inconclusive", "reproduced", "not comparable"]
    assert page.figcaption.get_text() == (
        f"{MARK}. net, epoch by epoch: Table 2 beside ours (mean over seeds, lowest to highest seed)."
    )


def test_epochs_stand_in_order_whatever_the_order_of_the_numbers():
    shown = report.epoch_table(_results(*(_logged(epoch) for epoch in (10, 2, 1))), MARK)
    assert [row[0] for row in cells(shown)] == ["1", "2", "10"]


def test_every_arm_with_a_log_has_a_table_and_a_single_epoch_is_none():
    found = _results(
        *(_logged(epoch, arm="b") for epoch in (1, 2)),
        _logged(40, arm="a"),
        _logged(40, "loss", arm="a"),
        *(_logged(epoch, arm="c") for epoch in (1, 2, 3)),
    )
    shown = report.epoch_table(found, MARK)
    assert [one.split(",")[0] for one in captions(shown)] == [f"{MARK}. b", f"{MARK}. c"]
    assert [len(rows(page)) for page in pages(shown)] == [2, 3]
    names = [row[:2] for row in cells(report.verdicts(found, MARK))]
    assert names == [
        ["Accuracy, training images, epoch 40", "94.839 %"],
        ["Loss, training images, epoch 40", "94.839 %"],
    ]


def test_every_number_stands_in_one_of_the_two_tables_and_none_in_both():
    """The last row of a log is often printed again in the text: with other digits, or wrongly."""
    log = [_logged(epoch, printed=f"{90 + epoch}") for epoch in (1, 2)]
    again = [_logged(2, printed="93", where="Abstract"), _logged(2, printed="92.1", where="§4")]
    found = _results(*log, claim(printed="95"), *again)
    assert [row[1] for row in cells(report.epoch_table(found, MARK))] == ["91 %", "92 %"]
    assert [row[1] for row in cells(report.verdicts(found, MARK))] == ["95 %", "93 %", "92.1 %"]


def test_without_a_log_there_is_no_table_of_epochs():
    assert report.epoch_table(_results(claim(), claim(epoch=3)), MARK).html == ""


def test_the_logs_of_a_paper_are_the_epochs_of_its_verdicts(record):
    """Of the first paper: accuracy and loss of two parts after each of 15 epochs, in one table."""
    results = record.collect()
    shown = report.epoch_table(results, MARK)
    assert [row[0] for row in cells(shown)] == [str(epoch) for epoch in range(1, 16)]
    printed = [cell for row in cells(shown) for cell in row[1:8:2]]
    logged = [one.printed for one in results.claims if one.epoch is not None]
    assert sorted(printed) == sorted(logged)
    assert len(logged) == 60
    assert len(cells(report.verdicts(results, MARK))) == len(results.claims) - 60


def _made_up_verdicts() -> Results:
    return _results(
        claim(halved="inconclusive", verdict="reproduced", doubled="reproduced", reason="near"),
        claim(printed="95", tolerance=0.03, verdict="inconclusive", reason="wide"),
        claim(metric="recall", of="cat", doubled="reproduced", reason="wide"),
        claim(metric="parameters", tolerance=0, tolerance_from="none", verdict="not comparable"),
    )


def test_the_summary_counts_verdicts_by_reason_and_prints_the_rule():
    (page, *_) = pages(report.verdict_summary(_made_up_verdicts(), MARK))
    assert rows(page) == [
        ["inconclusive", "wide", "2"],
        ["reproduced", "near", "1"],
        ["not comparable", "why", "1"],
    ]
    caption = f"{MARK}. What became of the 4 printed numbers. The rule."
    assert page.figcaption.get_text() == caption


def test_the_summary_counts_what_other_tolerances_would_make_of_the_verdicts():
    (_, page, _) = pages(report.verdict_summary(_made_up_verdicts(), MARK))
    assert columns(page) == [
        "Tolerances",
        *("Reproduced", "Not reproduced", "Inconclusive", "Not comparable"),
    ]
    assert rows(page) == [
        ["halved", "0", "0", "3", "1"],
        ["as declared", "1", "0", "2", "1"],
        ["doubled", "2", "0", "1", "1"],
    ]


def test_the_summary_lists_every_source_of_tolerances_once():
    (*_, page) = pages(report.verdict_summary(_made_up_verdicts(), MARK))
    assert columns(page) == ["Source", "Tolerance", "Of", "Numbers"]
    assert rows(page) == [
        ["thin air", "± 0.02 to 0.03", "Accuracy, Recall", "3"],
        ["none", "± 0", "Parameters", "1"],
    ]


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_claim_of_a_paper_is_shown_once_in_one_of_the_two_tables(slug):
    """Told apart by numbers made up for them: the first claim gets 1, the second 2, and so on."""
    tolerance_of = tolerances.of_paper(papers.load(slug))
    claims = [
        made_up.result(
            **{name: getattr(claim, name) for name in ("arm", "metric", "of", "part", "epoch")},
            where=claim.where,
            tolerance=tolerance.margin,
            tolerance_from=tolerance.source,
            unit="count",
            printed=str(number),
        )
        for number, (claim, tolerance) in enumerate(tolerance_of.items(), 1)
    ]
    found = _results(*claims)
    (page,) = pages(report.verdicts(found, MARK))
    shown = [row[columns(page).index("Printed")] for row in rows(page)]
    shown += [cell for row in cells(report.epoch_table(found, MARK)) for cell in row[1:-1:2]]
    assert sorted(shown, key=int) == [str(number) for number in range(1, len(claims) + 1)]
    summary = pages(report.verdict_summary(found, MARK))
    counts = [int(row[-1]) for number in (0, 2) for row in rows(summary[number])]
    assert sum(counts) == 2 * len(claims)


def test_assumptions_separate_stated_assumed_and_changed(record, paper):
    results = record.collect()
    shown = report.assumptions(paper, results)
    epochs = cells(shown, "epochs")
    assert epochs[:4] == ["epochs", "15", "15", "stated"]
    assert epochs[4] == paper.arms[0].recipe.epochs.where
    assert cells(shown, "batch size")[3] == "assumed"
    assert cells(shown, "seeds")[1:4] == ["0, 1, 2, 3, 4", "0, 1", "assumed, changed for this run"]
    assert cells(shown, "trainable")[1] == "no"
    assert cells(shown, "augmentation")[1:4] == ["none", "none", "assumed"]
    assert cells(shown, "dropout")[1] == "0, 0"


@pytest.mark.parametrize("unsaid", [("rotation <b> & more",), ()])
def test_what_is_also_unsaid_is_listed_as_text_and_only_where_there_is_any(record, paper, unsaid):
    bare = dataclasses.replace(paper, unsaid=unsaid)
    page = BeautifulSoup(report.assumptions(bare, record.collect()).html, "html.parser")
    assert [one.get_text() for one in page.select("li")] == list(unsaid)
    assert ("Also unsaid" in page.get_text()) == bool(unsaid)


def _run_of(record, paper: Paper, **changes) -> Results:
    """A record of another paper, as far as its settings go."""
    settings = resolve(paper, "paper", **changes)
    plain = json.loads(json.dumps(dataclasses.asdict(settings)))
    update = {"settings": plain, "changed": list(settings.changed)}
    return record.collect().model_copy(update=update)


def _settings_shown(shown) -> Sequence[str]:
    return [row[0] for row in cells(shown)]


def test_assumptions_of_several_arms_stand_once_where_they_agree_and_by_arm_where_not(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumptions(paper, _run_of(record, paper))
    assert cells(shown, "alexnet: epochs")[1:4] == ["40", "40", "stated"]
    assert cells(shown, "resnet50: epochs")[1:4] == ["150", "150", "stated"]
    assert cells(shown, "image size")[1:4] == ["227", "227", "stated"]
    assert cells(shown, "alexnet: dense")[1] == "4096, 4096"
    assert cells(shown, "resnet50: dense")[1] == "none"
    names = _settings_shown(shown)
    assert "alexnet: filters" in names
    assert "resnet50: filters" not in names
    assert not {"epochs", "dense", "filters", "alexnet: image size"} & set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_declared_setting_of_every_arm_is_among_the_assumptions(record, slug):
    paper = papers.load(slug)
    names = set(_settings_shown(report.assumptions(paper, _run_of(record, paper))))
    assert {"seeds", "test share", "stratified"} <= names
    for arm in paper.arms:
        for name in (one.replace("_", " ") for one in arm.settings):
            assert {name, f"{arm.name}: {name}"} & names


def test_a_change_is_told_of_every_arm_that_declares_its_own(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumptions(paper, _run_of(record, paper, epochs=3))
    changed = "stated, changed for this run"
    assert cells(shown, "alexnet: epochs")[1:4] == ["40", "3", changed]
    assert cells(shown, "resnet50: epochs")[1:4] == ["150", "3", changed]
    assert cells(shown, "batch size")[3] == "assumed"


def test_pixels_that_every_arm_scales_in_its_own_way_are_told_by_arm(record):
    paper = papers.load("kumar_breakhis")
    rows = cells(report.assumptions(paper, _run_of(record, paper)))
    told = {row[0]: row[1:3] for row in rows if row[0].endswith("pixel scaling")}
    assert told == {
        "vgg16: pixel scaling": ["native", "BGR - mean"],
        "mobilenetv3: pixel scaling": ["native", "[0, 255]"],
        "resnet50v2: pixel scaling": ["native", "[-1, 1]"],
    }


def test_provenance_names_all_that_made_the_numbers(record):
    results = record.collect()
    text = report.provenance(results).html
    for part in (
        "CPU: test",
        "0, 1",
        results.data.sha256,
        results.files["predictions.csv"],
        "run by hand",
    ):
        assert part in text
