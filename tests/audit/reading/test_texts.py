"""What programs print, read as one text: nothing is lost in silence."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import classification_report, confusion_matrix

from lib.audit.reading import Unreadable, percent_columns, read

TRUE = [0] * 5 + [1] * 4 + [2] * 3
GUESSED = [0, 0, 0, 1, 2, 1, 1, 1, 0, 2, 2, 0]


def numbers(reading, metric, of=""):
    return [
        entry.number.digits for entry in reading.entries if (entry.metric, entry.of) == (metric, of)
    ]


def test_scikit_learns_report_is_read_number_by_number():
    reading = read(classification_report(TRUE, GUESSED, target_names=["class one", "b", "grade 3"]))
    assert reading.classes == ("class one", "b", "grade 3")
    assert reading.labels == "all"
    assert numbers(reading, "precision", "grade 3") == ["0.67"]
    assert numbers(reading, "support", "class one") == ["5"]
    assert numbers(reading, "accuracy") == ["0.67"]
    assert numbers(reading, "support") == ["12"]
    assert numbers(reading, "f1", "weighted avg") == ["0.67"]
    assert len(reading.entries) == 3 * 4 + 2 + 2 * 4
    assert reading.notes == ()


@pytest.mark.parametrize("decimals", [1, 2, 4, 6])
def test_every_number_of_decimals_is_kept(decimals):
    reading = read(classification_report(TRUE, GUESSED, digits=decimals))
    (recall,) = numbers(reading, "recall", "0")
    assert recall == f"{3 / 5:.{decimals}f}"


def test_old_reports_end_in_a_weighted_average():
    text = classification_report(TRUE, GUESSED)
    rows = [line for line in text.splitlines() if "accuracy" not in line and "macro" not in line]
    reading = read("\n".join(rows).replace("weighted avg", " avg / total"))
    assert numbers(reading, "f1", "weighted avg") == ["0.67"]
    assert numbers(reading, "accuracy") == []


def test_a_report_of_some_labels_says_so():
    reading = read(classification_report(TRUE, GUESSED, labels=[0, 1]))
    assert reading.labels == "some"
    assert len(numbers(reading, "precision", "micro avg")) == 1


def test_a_report_of_several_labels_an_image_says_so():
    several = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert read(classification_report(several, several[::-1], zero_division=0)).labels == "many"


@pytest.mark.parametrize("show", [str, repr, lambda matrix: str(matrix.tolist())])
def test_a_matrix_as_numpy_or_a_list_prints_it(show):
    reading = read(show(confusion_matrix(TRUE, GUESSED)))
    assert numbers(reading, "cell", "class 1 → class 3") == ["1"]
    assert len(reading.entries) == 9
    assert "rows" in reading.notes[0]


def test_a_matrix_beside_a_report_has_its_classes_and_single_scores_count_too():
    names = ["a b", "c", "d"]
    text = (
        f"Results\n{confusion_matrix(TRUE, GUESSED)}\n{classification_report(TRUE, GUESSED, target_names=names)}"
        "\nTest accuracy: 66.7 %\nMCC = 0.49\n"
    )
    reading = read(text)
    assert reading.classes == ("a b", "c", "d")
    assert numbers(reading, "cell", "a b → c") == ["1"]
    assert numbers(reading, "accuracy") == ["0.67", "66.7"]
    assert numbers(reading, "mcc") == ["0.49"]
    assert percent_columns(reading.entries) == {
        "scores": False,
        "Test accuracy": True,
        "MCC": False,
    }


def test_lines_with_numbers_that_were_not_read_are_named():
    text = f"Epoch 3 of 7 took 4 s\nWe are happy.\n{classification_report(TRUE, GUESSED)}"
    assert read(text).notes == ("Not read: line 1.",)


def test_a_row_with_a_number_too_few_is_refused_with_its_line():
    text = classification_report(TRUE, GUESSED).replace("       5\n", "\n")
    with pytest.raises(Unreadable, match="line 3: a row should have a name and 4 numbers"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "should hold a table; received nothing"),
        ("   \n\t\n", "received nothing"),
        ("Lorem ipsum dolor\nsit amet", "line 1: a text should be a classification report"),
        ("0.95 0.05\n0.10 0.90", "line 1: a number of images should be a whole number"),
        ("[[0.95 0.05]\n [0.1  0.9 ]]", "line 1: a number of images should be a whole number"),
        ("x" * 300_000, "at most 200,000 characters"),
        (
            "             precision    recall  f1-score   support\n a 0.75 0.60 0.67 73.3\n b 0.7 0.8 0.7 5",
            "73.3",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(text, said):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert said in str(refused.value)


def test_what_a_terminal_adds_is_no_part_of_a_number():
    text = (
        classification_report(TRUE, GUESSED)
        .replace("0.60", "\x1b[1m0.60\x1b[0m")
        .replace("\n", "\r\n")
    )
    assert numbers(read(f"\ufeff{text}"), "recall", "0") == ["0.60"]


def test_a_data_frame_repeats_the_accuracy_in_the_column_of_images():
    report = classification_report(TRUE, GUESSED, output_dict=True)
    reading = read(pd.DataFrame(report).T.to_string())
    assert numbers(reading, "support", "0") == ["5"]
    assert len(numbers(reading, "accuracy")) == 1
    assert numbers(reading, "support") == []
