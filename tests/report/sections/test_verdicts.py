"""Tables of paper versus reproduced, cell by cell."""

import re

import made_up_paper as made_up
import pytest
from report_html import captions, cells, columns, figures_of, page

from lib import papers, report
from lib.evaluation import tolerances
from lib.results import LastEpochs, Results

MARK = "Substitute images"


def _results(*claims, last_epochs=()) -> Results:
    """A record as far as its claims go."""
    return Results.model_construct(
        claims=list(claims),
        last_epochs=list(last_epochs),
        verdict_rule="The rule.",
        data=made_up.data(),
        models=[made_up.model()],
    )


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
            ["Accuracy", "94.839 %", "94.8 % [91.9, 96.8]", "-0.1 [-3.4, +3.1]", "± 2"],
        ),
        (
            {"unit": "fraction", "printed": "0.95", "tolerance": 0.0349123},
            ["Accuracy", "0.95", "0.948 [0.919, 0.968]", "-0.002 [-0.034, +0.031]", "± 0.0349"],
        ),
        (
            COUNT
            | {"metric": "support", "of": "basophil", "printed": "71", "difference": (40, 101.6)}
            | {"reproduced": 141.8, "low": 132, "high": 158},
            ["Support basophil", "71", "141.8 [132, 158]", "+70.8 [+40, +101.6]", "± 0"],
        ),
        (
            COUNT
            | {"metric": "parameters", "of": "dense", "printed": "163968", "difference": (0, 0)}
            | {"reproduced": 163968, "low": 163968, "high": 163968},
            ["Parameters dense", "163968", "163968", "0"],  # exact: no tolerance
        ),
        (
            {"reproduced": 0.94838, "low": 0.9, "high": 0.99, "difference": (-0.0002, 0.0001)},
            ["Accuracy", "94.839 %", "94.8 % [90.0, 99.0]", "0.0", "± 2"],
        ),
        (
            {"difference": None},
            ["Accuracy", "94.839 %", "94.8 % [91.9, 96.8]", "-0.1", "± 2"],
        ),
        (
            COUNT
            | {"metric": "support", "of": "cat", "printed": "10", "difference": (0, 0)}
            | {"reproduced": 10, "low": 10, "high": 10},
            ["Support cat", "10", "10", "0", "± 0"],
        ),
    ],
)
def test_a_claim_is_shown_in_the_unit_it_was_printed_in(changes, expected):
    result = claim(**changes)
    assert cells(report.verdict_table(_results(result))) == [[*expected, result.verdict, "Fig. 8"]]


def test_what_is_not_comparable_is_folded_away_with_its_number_and_without_a_tolerance():
    other = {"verdict": "not comparable", "reason": "drawn", "difference": None}
    missing = dict.fromkeys(("reproduced", "low", "high"))
    shown = report.verdict_table(
        _results(claim(), claim(printed="95", **other), claim(printed="96", **other | missing))
    )
    (folded,) = page(shown).select("details")
    assert folded.summary.get_text() == "2 numbers not comparable, beside ours"
    assert columns(folded) == ["Measured on", "Printed (ours)", "Where"]
    assert [row[1:] for row in cells(folded)] == [["Accuracy: 95 % (94.8 %), 96 %", "Fig. 8"]]


def test_what_stands_in_a_printed_report_is_counted_and_not_shown_again():
    other = {"verdict": "not comparable", "reason": "drawn", "difference": None}
    report_numbers = [
        claim(metric="recall", of="cat", **other),
        claim(metric="f1", of="cat", **other),
    ]
    shown = page(report.verdict_table(_results(*report_numbers, claim(printed="95", **other))))
    assert shown.p.get_text().startswith("2 numbers of class reports and confusion matrices")
    assert shown.summary.get_text() == "1 other number not comparable, beside ours"


def test_brackets_are_explained_where_there_are_some():
    parameters = claim(metric="parameters", verdict="reproduced")
    assert "Brackets" not in captions(report.verdict_table(_results(parameters)))[0]
    assert "Brackets" in captions(report.verdict_table(_results(parameters, claim())))[0]


def test_without_a_number_that_is_not_comparable_nothing_is_folded():
    assert page(report.verdict_table(_results(claim()))).details is None


@pytest.mark.parametrize(
    ("halved", "verdict", "doubled", "moved"),
    [
        ("inconclusive", "reproduced", "reproduced", "halved → inconclusive"),
        ("not reproduced", "not reproduced", "inconclusive", "doubled → inconclusive"),
        (
            *("not reproduced", "inconclusive", "reproduced"),
            "halved → not reproduceddoubled → reproduced",  # on two lines
        ),
    ],
)
def test_how_the_tolerance_moves_a_verdict_is_told_only_where_it_does(
    halved, verdict, doubled, moved
):
    result = claim(halved=halved, verdict=verdict, doubled=doubled)
    (page,) = figures_of(report.verdict_table(_results(result)))
    assert columns(page)[5:7] == ["Verdict", "With another tolerance"]
    assert cells(page)[0][5:7] == [verdict, moved]


def test_where_no_tolerance_moves_a_verdict_there_is_no_such_column():
    assert "With another tolerance" not in columns(report.verdict_table(_results(claim())))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        # 8,388,608 parameters of four bytes are 32 MB of 1024² bytes; 256 bytes are a quarter KB.
        (
            {"unit": "MB", "printed": "32.5", "reproduced": 33554432, "tolerance": 104857.6},
            ["Memory total", "32.5 MB", "32.00 MB", "-0.50"],
        ),
        (
            {"unit": "KB", "printed": "0.25", "reproduced": 256, "tolerance": 0},
            ["Memory total", "0.25 KB", "0.25 KB", "0.00"],
        ),
    ],
)
def test_memory_is_told_in_the_printed_unit_and_is_exact(changes, shown):
    memory = {"metric": "memory", "of": "total", "part": ""}
    ours = {"low": changes["reproduced"], "high": changes["reproduced"]}
    result = claim(**memory | ours | changes)
    assert cells(report.verdict_table(_results(result)))[0][:4] == shown


@pytest.mark.parametrize(
    ("reproduced", "difference"),
    [(14714688, "-123642856"), (138369544, "+12000"), (138357544, "0"), (138357544.5, "+0.5")],
)
def test_differences_of_large_counts_are_written_out(reproduced, difference):
    values = {"metric": "parameters", "of": "total", "unit": "count", "printed": "138.357.544"}
    result = claim(**values, reproduced=reproduced, low=reproduced, high=reproduced)
    assert cells(report.verdict_table(_results(result)))[0][3] == difference


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
    assert cells(report.verdict_table(_results(claim(**changes))))[0][0] == what


def test_the_model_stands_in_a_column_only_where_there_are_several():
    result, other = claim(), claim(arm="other", printed="90", reproduced=0.9)
    (page,) = figures_of(report.verdict_table(_results(result, other)))
    assert columns(page)[:3] == ["Model", "Number", "Printed"]
    assert [row[:4] for row in cells(page)] == [
        ["net", "Accuracy", "94.839 %", "94.8 % [91.9, 96.8]"],
        ["other", "Accuracy", "90 %", "90.0 % [91.9, 96.8]"],
    ]
    # The same cells are numbers with the model and without.
    numbers = [cell.get_text() for cell in page.select("tbody tr")[0].select("td.number")]
    (page,) = figures_of(report.verdict_table(_results(result, result)))
    assert columns(page)[:2] == ["Number", "Printed"]
    assert numbers == [cell.get_text() for cell in page.select("tbody tr")[0].select("td.number")]
    assert numbers == ["94.839 %", "94.8 % [91.9, 96.8]", "-0.1 [-3.4, +3.1]", "± 2"]


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
    (page,) = figures_of(report.epoch_table(_results(*log)))
    assert columns(page) == [
        "Epoch",
        *(f"Accuracy, train: {whose}" for whose in ("paper", "ours")),
        *(f"Loss, train: {whose}" for whose in ("paper", "ours")),
        *(f"Accuracy, validation: {whose}" for whose in ("paper", "ours")),
        "Verdicts",
    ]
    accuracy, loss = ["94.839 %", "94.8 % [91.9, 96.8]"], ["0.21", "0.250 [0.200, 0.300]"]
    verdicts = ["1 × reproduced 1 × inconclusive", "2 × reproduced 1 × not comparable"]
    assert cells(page) == [
        ["1", *accuracy, *loss, "–", "–", verdicts[0]],
        ["2", *accuracy, "0.11", "–", *accuracy, verdicts[1]],
    ]
    badges = [tag.get_text() for tag in page.select("span.verdict")]
    assert badges == ["reproduced", "inconclusive", "reproduced", "not comparable"]
    assert page.caption.get_text() == (
        f"{MARK}. net, epoch by epoch: Table 2, beside our mean over seeds [lowest, highest seed]."
    )


def test_a_log_that_is_not_comparable_is_folded_away_without_a_column_of_verdicts():
    log = [_logged(epoch, verdict="not comparable") for epoch in (1, 2)]
    folded = page(report.epoch_table(_results(*log))).details
    assert columns(folded)[-1] == "Accuracy, train: ours"
    judged = report.epoch_table(_results(log[0], _logged(2, verdict="reproduced")))
    assert page(judged).details is None


def test_epochs_stand_in_order_whatever_the_order_of_the_numbers():
    shown = report.epoch_table(_results(*(_logged(epoch) for epoch in (10, 2, 1))))
    assert [row[0] for row in cells(shown)] == ["1", "2", "10"]


def test_every_arm_with_a_log_has_a_table_and_a_single_epoch_is_none():
    results = _results(
        *(_logged(epoch, arm="b") for epoch in (1, 2)),
        _logged(40, arm="a"),
        _logged(40, "loss", arm="a"),
        *(_logged(epoch, arm="c") for epoch in (1, 2, 3)),
    )
    shown = report.epoch_table(results)
    assert [text.split(", epoch")[0] for text in captions(shown)] == [f"{MARK}. b", f"{MARK}. c"]
    assert [len(cells(page)) for page in figures_of(shown)] == [2, 3]
    names = [row[:2] for row in cells(report.verdict_table(results))]
    assert names == [
        ["Accuracy, training images, epoch 40", "94.839 %"],
        ["Loss, training images, epoch 40", "94.839 %"],
    ]


def test_every_number_stands_in_one_of_the_two_tables_and_none_in_both():
    """The last row of a log is often printed again in the text: with other digits, or wrongly."""
    log = [_logged(epoch, printed=f"{90 + epoch}") for epoch in (1, 2)]
    again = [_logged(2, printed="93", where="Abstract"), _logged(2, printed="92.1", where="§4")]
    results = _results(*log, claim(printed="95"), *again)
    assert [row[1] for row in cells(report.epoch_table(results))] == ["91 %", "92 %"]
    assert [row[1] for row in cells(report.verdict_table(results))] == ["95 %", "93 %", "92.1 %"]


def test_without_a_log_there_is_no_table_of_epochs():
    assert report.epoch_table(_results(claim(), claim(epoch=3))).html == ""


def test_the_logs_of_a_paper_are_the_epochs_of_its_verdicts(record):
    """Of the first paper: accuracy and loss of two parts after each of 15 epochs, in one table."""
    results = record.collect()
    shown = report.epoch_table(results)
    assert [row[0] for row in cells(shown)] == [str(epoch) for epoch in range(1, 16)]
    printed = [cell for row in cells(shown) for cell in row[1:8:2]]
    logged = [claim.printed for claim in results.claims if claim.epoch is not None]
    assert sorted(printed) == sorted(logged)
    assert len(logged) == 60


FIT = LastEpochs(
    arm="net",
    protocol="published",
    seed=0,
    fold=0,
    images=40,
    epochs=[4, 5, 6],
    train=[0.97, 0.99, 0.98],
    validation=[0.81, 0.875, 0.79],
)
MOVES = "79.0 to 87.5 % in epochs 4 to 6"
MOVES_IN_TRAINING = "97.0 to 99.0 % in epochs 4 to 6"


@pytest.mark.parametrize(
    ("changes", "spread"),
    [
        ({}, MOVES),  # after training: the last epoch
        ({"unit": "fraction", "printed": "0.95"}, "0.790 to 0.875 in epochs 4 to 6"),
        ({"part": "validation", "epoch": 6}, MOVES),
        ({"part": "validation", "of": "best epoch"}, MOVES),
        ({"part": "train", "epoch": 6}, MOVES_IN_TRAINING),
        ({"part": "train"}, ""),  # measured anew after training
        ({"part": "validation", "epoch": 1}, ""),  # the last epochs say nothing of the first
        ({"metric": "f1", "of": "cat"}, ""),
        ({"metric": "loss", "unit": "loss", "part": "validation"}, ""),
        ({"arm": "other"}, ""),
    ],
)
def test_beside_the_accuracy_of_a_single_epoch_stands_what_the_last_ones_move_between(
    changes, spread
):
    shown = report.verdict_table(_results(claim(**changes), last_epochs=[FIT]))
    ((_, _, ours, *_),) = cells(shown)
    assert ours.endswith(spread or "]")
    assert ("in epochs" in ours) == bool(spread)
    assert ("of one fit" in captions(shown)[0]) == bool(spread)


def test_the_caption_of_a_log_tells_what_the_last_epochs_move_between():
    log = [_logged(epoch, part="validation") for epoch in (1, 2)]
    text = captions(report.epoch_table(_results(*log, last_epochs=[FIT])))[0]
    assert "The validation accuracy of one fit: 0.790 to 0.875 in epochs 4 to 6" in text


def _made_up_verdicts() -> Results:
    return _results(
        claim(halved="inconclusive", verdict="reproduced", doubled="reproduced", reason="near"),
        claim(printed="95", tolerance=0.03, verdict="inconclusive", reason="wide"),
        claim(metric="recall", of="cat", doubled="reproduced", reason="wide"),
        claim(metric="parameters", tolerance=0, tolerance_from="none", verdict="not comparable"),
    )


def test_the_summary_counts_verdicts_by_reason_and_folds_the_rule_away():
    shown = page(report.verdict_summary(made_up.paper(), _made_up_verdicts()))
    assert shown.p.get_text() == (
        f"{MARK}. Of 4 printed numbers, 1 is reproduced (near), 2 are inconclusive (wide) and 1 is not "
        "comparable (why)."
    )
    assert "The rule." in shown.details.get_text()
    assert "The rule." not in "".join(
        text.get_text() for text in shown.find_all(recursive=False)[:2]
    )


def test_without_a_claim_nothing_is_counted():
    shown = page(report.verdict_summary(made_up.paper(), _results()))
    assert "no printed number" in shown.get_text()
    assert shown.details is None
    assert report.verdict_table(_results()).html == ""


def test_several_reasons_of_one_verdict_are_told_with_their_numbers():
    claims = (claim(reason=reason) for reason in ("wide", "wide", "one seed"))
    shown = page(report.verdict_summary(made_up.paper(), _results(*claims)))
    assert "3 are inconclusive (2: wide; 1: one seed)" in shown.p.get_text()


def test_that_parameters_are_judged_whatever_the_images_is_said_where_they_are():
    parameters = claim(metric="parameters", verdict="reproduced")
    told = page(report.verdict_summary(made_up.paper(), _results(parameters))).p.get_text()
    assert "parameters need no images" in told
    for other in (claim(), claim(metric="parameters", verdict="not comparable")):
        assert "need no images" not in report.verdict_summary(made_up.paper(), _results(other)).html


def test_the_summary_counts_the_verdicts_that_other_tolerances_change():
    _, text, *_ = page(report.verdict_summary(made_up.paper(), _made_up_verdicts())).find_all("p")
    assert text.get_text().startswith(
        "Halving the tolerances changes 1 verdict; doubling them changes 1."
    )
    _, text, *_ = page(report.verdict_summary(made_up.paper(), _results(claim()))).find_all("p")
    assert text.get_text() == "Halving or doubling the tolerances changes no verdict."


def test_the_summary_lists_every_source_of_tolerances_once():
    *_, sources = page(report.verdict_summary(made_up.paper(), _made_up_verdicts())).select(
        "details p"
    )
    assert sources.get_text().endswith(
        "fractions, losses in nats): thin air (± 0.02 to 0.03, 3 numbers)."
    )


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_claim_of_a_paper_is_shown_once_in_one_of_the_two_tables(slug):
    """Told apart by numbers made up for them: the first claim gets 1, the second 2, and so on."""
    tolerance_of = tolerances.claim_tolerances(papers.load(slug))
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
    results = _results(*claims)
    (table,) = figures_of(report.verdict_table(results))
    shown = [row[columns(table).index("Printed")] for row in cells(table)]
    shown += [cell for row in cells(report.epoch_table(results)) for cell in row[1:-1:2]]
    assert sorted(shown, key=int) == [str(number) for number in range(1, len(claims) + 1)]
    counts = re.findall(
        r"(\d+) numbers?\)",
        page(report.verdict_summary(made_up.paper(), results)).details.get_text(),
    )
    assert sum(map(int, counts)) == len(claims)
