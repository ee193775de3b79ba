"""What the machine says of each item of a rubric, counted by hand on made-up runs."""

import made_up_runs as made_up
import pytest

from lib.grading.changes import Answer, Change, Changes
from lib.grading.checks import BY_NAME, Facts, check_item
from lib.grading.items import Item, Verification
from lib.grading.rubric import CHECKS, TEACHER, RubricItem
from lib.grading.submissions import Submission
from lib.runs.folders import ARTEFACTS
from lib.settings import assigned_seeds


def facts(
    tmp_path, *, record=None, items=(), changes=None, names=ARTEFACTS, kind="folder"
) -> Facts:
    record = record or made_up.results()
    submission = Submission("x", tmp_path, kind, dict.fromkeys(names, b""))
    return Facts(
        submission=submission,
        verification=Verification("x", tuple(items), record),
        record=record,
        changes=changes,
    )


def changes(*answers: Answer, hindrance: str = "", parameters=(), prose=()) -> Changes:
    return Changes(
        hindrance=hindrance,
        parameters=tuple(parameters),
        code=(),
        prose=tuple(prose),
        answers=answers,
        declared={},
        injected={},
    )


def number(text: str, value: float | None) -> Answer:
    return Answer(exercise="exercise-1", points=2, asks_for="number", text=text, number=value)


def essay(text: str) -> Answer:
    return Answer(exercise="exercise-3", points=3, asks_for="text", text=text)


def share(check: str, of: Facts, **own) -> float | None:
    return check_item(RubricItem(check=check, points=1, name=check, **own), of).share


def test_every_check_of_a_rubric_is_made():
    assert {*BY_NAME, TEACHER} == {*CHECKS}


def test_a_whole_run_has_all_files_and_cells_in_order(tmp_path):
    assert share("ran whole", facts(tmp_path)) == 1
    assert share("ran whole", facts(tmp_path, names=ARTEFACTS[:-1])) == 0
    for state, expected in (("differs", 0), ("cannot tell", None), ("ok", 1)):
        items = [Item("notebook", state, "x")]
        assert share("ran whole", facts(tmp_path, items=items)) == expected


def test_of_a_page_alone_only_what_differs_is_certain(tmp_path):
    for state, expected in (("differs", 0), ("cannot tell", None), ("ok", None)):
        of_page = facts(tmp_path, items=[Item("page", state, "x")], kind="page")
        assert share("consistent", of_page) == expected


def test_consistent_is_all_or_nothing_and_untold_is_no_difference(tmp_path):
    for state, expected in (("differs", 0), ("cannot tell", 1), ("ok", 1)):
        assert share("consistent", facts(tmp_path, items=[Item("page", state, "x")])) == expected


def test_one_of_two_protocols_is_half(tmp_path):
    assert share("both protocols", facts(tmp_path)) == 1
    single = made_up.results(folds=[made_up.fold()])
    assert share("both protocols", facts(tmp_path, record=single)) == 0.5
    hindered = made_up.grouping(hindrance="one group")
    impossible = made_up.results(folds=[made_up.fold()], grouping=hindered)
    assert share("both protocols", facts(tmp_path, record=impossible)) is None


def test_one_of_two_models_above_the_majority_is_half(tmp_path):
    learnt = [made_up.learning("a"), made_up.learning("b", outcome="one answer")]
    record = made_up.results("a", "b", learning=learnt)
    assert share("beats the majority", facts(tmp_path, record=record)) == 0.5


def test_two_of_three_seeds_are_two_thirds(tmp_path):
    record = made_up.results(folds=[made_up.fold(seed=seed) for seed in (3, 7)])
    assert share("seeds", facts(tmp_path, record=record), at_least=3) == pytest.approx(2 / 3)
    assert share("seeds", facts(tmp_path, record=record), at_least=1) == 1


@pytest.mark.parametrize(  # the run has 0.90 [0.88, 0.92]
    ("text", "expected"),
    [
        ("The accuracy is 0.900 [0.880, 0.920].", 1),
        ("between 88 % and 92 %", 1),
        ("von 88,0 bis 92,0 Prozent", 1),
        ("0.90 alone", 0.5),
        ("90.0 %", 0.5),
        ("92 to 88", 0),
        ("0.9 of them", 0),
        ("the 95 % interval", 0),
        ("version 1.88.92", 0),
        ("", 0),
    ],
)
def test_the_interval_is_found_however_it_is_written(tmp_path, text, expected):
    assert share("interval quoted", facts(tmp_path, changes=changes(essay(text)))) == expected
    added = Change(what="mine", kind="added", before="", after=text)
    assert share("interval quoted", facts(tmp_path, changes=changes(prose=[added]))) == expected


def test_the_interval_may_be_asked_for_in_one_answer(tmp_path):
    of = facts(tmp_path, changes=changes(essay("88 to 92 %")))
    assert share("interval quoted", of, exercise="exercise-3") == 1
    assert share("interval quoted", of, exercise="exercise-4") == 0


@pytest.mark.parametrize(
    ("given", "expected"), [(0.3, 1), (0.1, 1), (0.301, 0), (-0.2, 0), (0.2, 1)]
)
def test_a_number_counts_within_its_tolerance(tmp_path, given, expected):
    of = facts(tmp_path, changes=changes(number("number = …", given)))
    asked = {"exercise": "exercise-1", "value": 0.2, "tolerance": 0.1}
    assert share("exercise", of, **asked) == expected


def test_a_number_may_stand_in_the_students_own_results(tmp_path):
    of = facts(tmp_path, changes=changes(number("number = 200", 200)))
    assert share("exercise", of, exercise="exercise-1", field="data.images") == 1
    assert share("exercise", of, exercise="exercise-1", field="scores.0.mean") == 0
    for nothing in ("data.name", "data.nothing", "scores.99.mean", "scores.x"):
        assert share("exercise", of, exercise="exercise-1", field=nothing) is None


def test_an_empty_answer_gets_nothing_and_a_strange_one_is_left_to_the_teacher(tmp_path):
    asked = {"exercise": "exercise-1", "value": 1}
    assert share("exercise", facts(tmp_path, changes=changes(number("", None))), **asked) == 0
    strange = facts(tmp_path, changes=changes(number("number = f()", None)))
    assert share("exercise", strange, **asked) is None
    assert share("exercise", facts(tmp_path), **asked) is None


def test_a_parameter_counts_once_it_is_changed(tmp_path):
    change = Change(what="epochs", kind="changed", before="None", after="3")
    of = facts(tmp_path, changes=changes(parameters=[change]))
    assert share("parameter changed", of, parameter="epochs") == 1
    assert share("parameter changed", of, parameter="seeds") == 0
    other = facts(tmp_path, changes=changes(hindrance="another version"))
    assert share("parameter changed", other, parameter="epochs") is None


def test_a_changed_parameter_counts_for_nothing_where_the_run_had_another(tmp_path):
    change = Change(what="epochs", kind="changed", before="None", after="3")
    items = [Item("parameters", "differs", "x")]
    of = facts(tmp_path, changes=changes(parameters=[change]), items=items)
    assert share("parameter changed", of, parameter="epochs") is None


def test_assigned_seeds_are_those_that_follow_from_author_and_assignment(tmp_path):
    made = made_up.results()

    def given(author: str, seeds: tuple[int, ...]) -> float | None:
        told = made.provenance.model_copy(update={"author": author, "assignment": "lab 1"})
        settings = made.settings | {"seeds": list(seeds)}
        record = made.model_copy(update={"provenance": told, "settings": settings})
        return share("seeds assigned", facts(tmp_path, record=record))

    assert given("Ada", assigned_seeds("Ada", "lab 1", 3)) == 1
    assert given("Ada", assigned_seeds("Ada", "lab 2", 3)) == 0
    assert given("Ada", (0, 1, 2)) == given("", (0, 1, 2)) == 0


def test_what_is_the_teachers_is_left_open(tmp_path):
    assert share(TEACHER, facts(tmp_path)) is None


def test_a_record_that_breaks_a_check_leaves_it_open(tmp_path):
    empty = made_up.results(scores=[], learning=[])
    assert share("beats the majority", facts(tmp_path, record=empty)) is None
