"""A printed confusion matrix against what stands beside it."""

from made_up_paper import claim
from made_up_reports import report_paper, rows

from lib.audit.checks.matrix import check_matrices
from lib.papers.declare import classification_report, confusion_matrix

MATRIX = ((30, 3, 2), (4, 25, 1), (0, 2, 33))
TURNED = tuple(zip(*MATRIX, strict=True))


def _cells(matrix=MATRIX, names="abc", **changes):
    table = {
        true: dict(zip(names, map(str, row), strict=True))
        for true, row in zip(names, matrix, strict=True)
    }
    return confusion_matrix(table, **{"where": "Fig. 2", "arm": "net"} | changes)


def _count(metric: str, printed: str, of: str = "", **changes):
    return claim(metric, printed, of=of, unit="count", **changes)


def _check(*claims, printed=None, **changes):
    paper = report_paper(printed or rows(MATRIX), claims=claims, **changes)
    return {finding.topic: finding for finding in check_matrices(paper)}


def test_sums_beside_the_matrix_agree_or_do_not():
    agree = [_count("correct", "88"), _count("support", "100")]
    assert _check(*_cells(), *agree)["Sums of the confusion matrix"].outcome == "consistent"
    wrong = _check(*_cells(), _count("correct", "89"))["Sums of the confusion matrix"]
    assert wrong.outcome == "impossible"
    assert wrong.arithmetic == "the cells add up to 100, the diagonal to 88"
    assert wrong.sentence.startswith("89 cannot be")
    wrong = _check(*_cells(), _count("support", "101"))["Sums of the confusion matrix"]
    assert wrong.outcome == "impossible"
    both = _check(*_cells(), _count("support", "101"), _count("support", "100", where="§2"))
    assert both["Sums of the confusion matrix"].outcome == "consistent"


def _misses(*numbers: str):
    return [_count("misclassified", number, of) for of, number in zip("abc", numbers, strict=True)]


WORDS = "Misclassified images, in words and in the matrix"


def test_misclassified_images_are_those_beside_the_diagonal():
    assert WORDS not in _check(*_cells())
    assert _check(*_cells(), *_misses("5", "5", "2"))[WORDS].outcome == "consistent"
    wrong = _check(*_cells(), *_misses("5", "6", "2"))[WORDS]
    assert wrong.outcome == "impossible"
    assert "b: 6 in words, 5 in the matrix" in wrong.arithmetic
    assert wrong.misprint == "6 → 5 (Table 1)"
    assert _check(*_cells(), *_misses("6", "6", "2"))[WORDS].misprint == ""


def test_misclassified_images_may_be_those_of_the_columns():
    assert _check(*_cells(), *_misses("4", "5", "3"))[WORDS].outcome == "consistent"


AGAINST = "Confusion matrix against Table 1"


def test_a_matrix_gives_the_report_of_its_rows():
    found = _check(*_cells())[AGAINST]
    assert found.outcome == "consistent"
    assert "true classes in its rows" in found.sentence


def test_a_matrix_may_be_printed_the_other_way_round():
    found = _check(*_cells(TURNED))[AGAINST]
    assert found.outcome == "consistent"
    assert "true classes in its columns" in found.sentence


def test_a_matrix_with_a_wrong_cell_does_not_fit_and_is_mended():
    wrong = ((30, 3, 2), (9, 25, 1), (0, 2, 33))
    found = _check(*_cells(wrong))[AGAINST]
    assert found.outcome == "impossible"
    assert "the rows add up to 35, 35 and 35; printed supports 35, 30 and 35" in found.arithmetic
    assert found.arithmetic.endswith("would fit with b called a 4 instead of 9")
    assert "support of b" in found.sentence


def test_two_wrong_rows_are_mended_together():
    wrong = ((30, 3, 3), (4, 25, 1), (5, 2, 33))
    found = _check(*_cells(wrong))[AGAINST]
    assert "a called c 2 instead of 3 and c called a 0 instead of 5" in found.arithmetic


def test_a_cell_in_the_wrong_column_cannot_be_mended_by_sums():
    found = _check(*_cells(((20, 13, 2), (4, 25, 1), (0, 2, 33))))[AGAINST]
    assert found.outcome == "impossible"
    assert "would fit" not in found.arithmetic


def test_a_matrix_of_other_images_is_not_held_against_a_report():
    found = _check(*_cells(part="train"))
    assert AGAINST not in found


def test_the_report_that_a_matrix_belongs_to_is_named():
    other = classification_report(
        {name: (*row[:3], str(2 * int(row[3]))) for name, row in rows(MATRIX).items()},
        where="Table 2",
        arm="net",
        part="train",
    )
    found = _check(*_cells(), *other)["2 reports for one network"]
    assert found.outcome == "undetermined"
    assert found.sentence.endswith("the matrix belongs to Table 1.")
    assert "2 reports for one network" not in _check(*_cells())
