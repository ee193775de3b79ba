"""What two submissions have in common, and who is not accused."""

from lib.grading.assess import Traces
from lib.grading.likeness import SAME_PREDICTIONS, SAME_RUN, find_likenesses


def told(**traces: Traces) -> list[tuple[tuple[str, ...], str]]:
    return [(likeness.students, likeness.meaning) for likeness in find_likenesses(traces)]


def words(*numbers: int) -> frozenset[int]:
    return frozenset(range(*numbers))


def test_one_run_is_told_once_although_its_predictions_are_the_same_too():
    run = Traces(run="10:00 60 key", predictions="ab")
    assert told(ada=run, eve=run, alan=Traces(run="11:00 60 key")) == [(("ada", "eve"), SAME_RUN)]


def test_the_same_predictions_of_two_runs_are_told():
    first, second = (Traces(run=time, predictions="ab") for time in ("10:00", "11:00"))
    assert told(ada=first, eve=second) == [(("ada", "eve"), SAME_PREDICTIONS)]


def test_half_of_a_text_in_common_is_told():
    # 40 and 40 rows of five words, 30 of 50 in both: 60 %.
    ((students, meaning),) = told(
        ada=Traces(shingles=words(40)), eve=Traces(shingles=words(10, 50))
    )
    assert students == ("ada", "eve")
    assert meaning.startswith("60%")


def test_other_texts_short_ones_and_nothing_at_all_are_not():
    assert told(ada=Traces(shingles=words(40)), eve=Traces(shingles=words(20, 60))) == []
    assert told(ada=Traces(shingles=words(19)), eve=Traces(shingles=words(19))) == []
    assert told(ada=Traces(), eve=Traces()) == []
