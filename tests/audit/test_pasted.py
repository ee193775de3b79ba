"""Any table from its text: what is said of it, in which words, and what the options change."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from lib import ROOT
from lib.audit import Unreadable, table
from lib.audit.pasted import MOST_BYTES

# The example of mlscorecheck's README: 100 positive and 200 negative images.
LINE = "Model,Accuracy,Sensitivity,Specificity\nours,0.9567,0.8545,0.9734\n"
REPORT = """
              precision    recall  f1-score   support
         cat       0.67      0.75      0.71         8
         dog       0.82      0.75      0.78        12

    accuracy                           0.75        20
"""


def outcomes(audit, check):
    return [finding.outcome for finding in audit.findings if finding.check == check]


def test_mlscorechecks_example_is_impossible_of_two_classes_and_open_where_that_is_not_known():
    known = table(LINE, classes={"ill": 100, "well": 200})
    assert known.is_impossible
    assert outcomes(known, "two classes") == ["impossible"]
    assert table(LINE, n=300, classes=2).is_impossible
    assert not table(LINE, n=300).is_impossible
    assert not table(LINE).is_impossible


def test_what_follows_from_a_report_is_counted():
    audit = table(REPORT)
    assert not audit.is_impossible
    (counts,) = (told.values for told in audit.follows if told.topic == "hits and called")
    assert counts == {
        "cat": {"hits": 6, "called": 9, "support": 8},
        "dog": {"hits": 9, "called": 11, "support": 12},
    }


def test_a_changed_digit_is_impossible_and_the_letter_says_why():
    audit = table(REPORT.replace("0.71", "0.91"))
    assert audit.is_impossible
    assert "1 contradiction" in audit.letter
    assert "0.91 → 0.71" in audit.letter
    assert audit.letter.rstrip().endswith("?")


def test_the_letter_of_what_passes_claims_nothing():
    letter = table(REPORT).letter
    assert "no contradiction" in letter
    assert "may still be wrong" in letter


def test_folds_and_means_are_no_single_evaluation():
    line = "Model,Accuracy\nours,0.9233\n"
    assert table(line, n=200).is_impossible
    assert table(line, n=200, folds=5).is_impossible  # five times 40 images: multiples of 0.005
    assert not table(line, n=200, mean=True).is_impossible
    assert not table("Model,Accuracy\nours,0.9233 ± 0.0100\n", n=200).is_impossible


def test_cut_digits_are_believed_where_they_are_said():
    line = "Model,Accuracy\nours,0.666\n"
    assert outcomes(table(line, n=3), "accuracy") == ["undetermined"]
    assert outcomes(table(line, n=3, digits="cut"), "accuracy") == ["consistent"]
    assert outcomes(table(line, n=3, digits="rounded"), "accuracy") == ["impossible"]


def test_a_number_outside_its_range_is_impossible():
    audit = table("Model,Accuracy,MCC\nA,104.2 %,0.5\n")
    assert audit.is_impossible


def test_pairs_of_models_are_one_sentence_and_no_finding():
    audit = table("Model,Accuracy\na,0.90\nb,0.91\nc,0.50\n", n=100)
    assert not [finding for finding in audit.findings if "against" in finding.topic]
    (told,) = (told for told in audit.follows if told.topic == "differences")
    assert told.values == {"pairs": 3, "different": ["a against c", "b against c"]}


def test_models_of_one_name_are_two():
    audit = table("Model,Accuracy\nA,0.90\nA,0.80\n", n=100)
    assert {claim.arm for claim in audit.claims} == {"A", "A (row 2)"}
    assert not audit.is_impossible


def test_two_reports_in_one_text_are_of_two_models():
    other = REPORT.replace("0.75        20", "0.80        20").replace("0.75", "0.80")
    audit = table(REPORT + other)
    assert {claim.arm for claim in audit.claims} == {"the model", "report 2"}
    with pytest.raises(Unreadable, match="should have the same classes"):
        table(REPORT + REPORT.replace("dog", "fox"))


def test_bounds_and_units_are_told():
    notes = " ".join(table("Model,Accuracy,F1\nA,95.2,>90\n").notes)
    assert "not checked: > 90" in notes
    assert "Read in per cent" in notes


def test_a_precision_of_one_beside_a_recall_of_zero_may_be_zero_division():
    text = REPORT.replace("0.67      0.75      0.71", "1.00      0.00      0.00")
    assert {claim.kind.zero_division for claim in table(text).claims} == {1}
    assert {claim.kind.zero_division for claim in table(REPORT).claims} == {0}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "`n` should be a number of images from 1; received 0"),
        ({"folds": 1}, "`folds` should be 2 or more; received 1"),
        ({"folds": 5, "n": 3}, "`n` should be 5 or more"),
        ({"digits": "floor"}, "`digits` should be"),
        ({"n": 10**13}, "`n` should be at most 1,000,000,000,000"),
        ({"classes": 1}, "`classes` should be 2 or more"),
        ({"classes": 10**9}, "`classes` should be at most 10,000; received 1,000,000,000"),
        ({"classes": 3}, "`classes` should be 2, as many as there are rows; received 3"),
        ({"classes": {"a": 1, "b": 2}, "n": 20}, "should add up to `n`, 20"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, said):
    with pytest.raises(ValueError, match="should") as refused:
        table(REPORT, **options)
    assert said in str(refused.value)


def test_a_file_is_read_and_one_that_cannot_be_is_refused(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(REPORT)
    assert replace(table(path), name="the text") == table(REPORT)
    path.write_bytes(b"Model,Accuracy\nA,0.9\xff\n")
    with pytest.raises(Unreadable, match="line 2: a file should be text in UTF-8"):
        table(path)
    path.write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(Unreadable, match="at most a megabyte"):
        table(path)
    with pytest.raises(Unreadable, match="should be readable"):
        table(tmp_path / "none.txt")


def test_the_record_is_json():
    record = json.loads(json.dumps(table(REPORT).record))
    assert record["classes"] == ["cat", "dog"]
    assert len(record["numbers"]) == 10
    assert record["impossible"] is False


def test_nothing_heavy_is_loaded():
    code = f"import sys; from lib.audit import table; table({LINE!r}, classes=2, n=300); print(*sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert not {"keras", "pandas", "matplotlib", "sklearn", "PIL"} & set(process.stdout.split())


def test_totals_beside_a_matrix_have_to_be_those_of_its_rows():
    text = "| | cat | dog | total |\n|-|-|-|-|\n| cat | 50 | 3 | 53 |\n| dog | 2 | 45 | 47 |\n"
    assert not table(text).is_impossible
    audit = table(text.replace("47", "48"))
    assert audit.is_impossible
    assert "48 → 47" in audit.letter


@pytest.mark.parametrize("wrong", [False, True])
def test_a_report_of_a_thousand_classes_is_solved_in_seconds(wrong):
    """More classes than Python has levels of recursion; every eighth of ten images is missed."""
    names = [f"class{number}" for number in range(1000)]
    lines = [f"{name} 0.80 0.80 {'0.81' if wrong else '0.80'} 10" for name in names]
    text = "\n".join(["class precision recall f1 support", *lines, "accuracy 0.80 10000"])
    start = time.process_time()
    audit = table(text)
    assert time.process_time() - start < 20
    assert outcomes(audit, "report") == ["impossible" if wrong else "consistent"]


def test_a_matrix_of_sixty_classes_is_read_in_seconds():
    names = [f"class{number}" for number in range(60)]
    rows = [[*["0"] * place, "9", *["0"] * (59 - place)] for place in range(60)]
    lines = [",".join([name, *row]) for name, row in zip(names, rows, strict=True)]
    start = time.process_time()
    audit = table("\n".join([",".join(["", *names]), *lines]))
    assert time.process_time() - start < 10
    assert audit.classes == tuple(names)
    assert not audit.is_impossible


def test_of_a_hundred_models_not_every_pair_is_held_against_each_other():
    lines = [f"model {number},0.{number:03}" for number in range(100, 200)]
    start = time.process_time()
    audit = table("\n".join(["Model,Accuracy", *lines]), n=1000)
    assert time.process_time() - start < 10
    assert outcomes(audit, "baselines") == ["not checkable"]


def test_where_nothing_can_be_asked_that_is_said():
    audit = table("Model,Accuracy\nA,0.9\n")
    assert audit.findings == ()
    assert "No check applies" in audit.notes[-1]
