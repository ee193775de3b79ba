"""What two submissions have in common, and who is not accused."""

from lib.grading.assess import Traces, answers_hash
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


HEADER = "arm,protocol,seed,fold,part,twin,path,group,true,predicted,cat,dog\n"
ROWS = [
    "net,published,0,0,test,,a.png,,cat,dog,0.1,0.9\n",
    "net,published,0,0,test,,b.png,,cat,cat,1,0\n",
]


def test_answers_are_the_same_whatever_their_order_and_last_digits():
    def hashed(*rows: str) -> str:
        return answers_hash((HEADER + "".join(rows)).encode())

    made = hashed(*ROWS)
    assert made == hashed(*reversed(ROWS)) == hashed(ROWS[0].replace("0.9", "0.9001"), ROWS[1])
    assert made != hashed(ROWS[0], ROWS[1].replace("cat,cat", "cat,dog"))
    assert answers_hash(b"") == answers_hash(b"a,b\n1,2\n") == answers_hash(b"\xff") == ""
    assert answers_hash((HEADER + "net,published\n").encode()) == ""


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
