"""Exercises that ask for a number: what is expected follows from the paper or from the run."""

import pytest

from lib import papers
from lib.grading import exercises
from lib.grading.exercises import BY_NBGRADER, check_number, expected_number


@pytest.fixture
def results(record):
    return record.collect()


def test_every_paper_has_a_number_of_its_own():
    assert set(exercises.FROM_THE_PAPER) == {*papers.slugs()}


def test_an_accuracy_that_is_printed_follows_from_the_expected_number():
    count, _ = exercises.FROM_THE_PAPER["kuncoro_white_blood_cells"]
    assert f"{count / 620:.5f}" == "0.94839"
    count, _ = exercises.FROM_THE_PAPER["kumar_breakhis"]
    assert f"{count / 642:.6f}" == "0.875389"
    count, _ = exercises.FROM_THE_PAPER["violina_blood_cancer"]
    assert 1 - count / 2000 == 0.9985


def test_the_wrong_answers_are_those_of_the_first_model_protocol_and_seed(record, results):
    rows = record.predictions[record.predictions["part"] == "test"]
    first = rows.iloc[0]
    same = rows[
        (rows[["arm", "protocol", "seed"]] == first[["arm", "protocol", "seed"]]).all(axis=1)
    ]
    wrong = int((same["true"] != same["predicted"]).sum())
    assert expected_number("exercise-2", results) == (wrong, 0)
    assert exercises.is_right("exercise-2", wrong, results)
    assert not exercises.is_right("exercise-2", wrong + 1, results)


def test_an_exercise_that_asks_for_text_has_no_number(results):
    assert expected_number("exercise-3", results) is None


def test_a_person_is_never_told_whether_a_number_is_right(results, monkeypatch):
    monkeypatch.delenv(BY_NBGRADER, raising=False)
    value, _ = expected_number("exercise-2", results)
    assert check_number("exercise-2", None, results) is None  # an empty answer shows nothing
    right, wrong = (check_number("exercise-2", number, results) for number in (value, value + 1))
    assert right.html.replace(str(value), "N") == wrong.html.replace(str(value + 1), "N")


def test_nbgrader_gets_the_points(results, monkeypatch, capsys):
    monkeypatch.setenv(BY_NBGRADER, "autograde")
    value, _ = expected_number("exercise-2", results)
    numbers = (None, value, value + 1)
    assert [check_number("exercise-2", number, results) for number in numbers] == [0, 2, 0]
    assert capsys.readouterr().err == ""  # a line there would zero the cell


@pytest.mark.parametrize("number", ["588", True, [1]])
def test_what_is_no_number_is_an_error(results, number):
    with pytest.raises(TypeError, match="should be a number"):
        check_number("exercise-1", number, results)
