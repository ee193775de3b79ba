"""Tables with a header: Markdown, LaTeX, CSV and columns apart by spaces."""

import pytest

from lib.audit.reading import Unreadable, percent_columns, read

MARKDOWN = """
| Model | Acc (%) | Prec. | Recall | F1-Score | Params (M) |
|:--|--:|--:|--:|--:|--:|
| **ResNet-50** [12] | **95.2** | 0.94 ± 0.01 | 0.93 | 0.94 | 25 |
| VGG | 91.0 | .90 | >0.9 | - | 138 |
"""
LATEX = r"""\begin{tabular}{lcc}
\toprule
Method & Accuracy & F1 \\
\midrule
VGG-16~\cite{simonyan} & 91.2 $\pm$ 0.3 & 90.1\% \\
Ours & \textbf{95.2} & \underline{94.0} \\ \hline
\end{tabular}"""


def rows(reading):
    return [(entry.arm, entry.metric, entry.of, entry.number.digits) for entry in reading.entries]


def test_markdown_with_bold_numbers_missing_ones_and_a_column_that_is_none():
    reading = read(MARKDOWN)
    assert rows(reading) == [
        ("ResNet-50 [12]", "accuracy", "", "95.2"),
        ("ResNet-50 [12]", "precision", "", "0.94"),
        ("ResNet-50 [12]", "recall", "", "0.93"),
        ("ResNet-50 [12]", "f1", "", "0.94"),
        ("VGG", "accuracy", "", "91.0"),
        ("VGG", "precision", "", ".90"),
        ("VGG", "recall", "", "0.9"),
    ]
    assert [*percent_columns(reading.entries).values()] == [True, False, False, False]
    assert "Params (M)" in reading.notes[0]
    assert [entry.line for entry in reading.entries][-1] == 5


def test_latex_rows_end_in_backslashes():
    reading = read(LATEX)
    assert rows(reading) == [
        ("VGG-16", "accuracy", "", "91.2"),
        ("VGG-16", "f1", "", "90.1"),
        ("Ours", "accuracy", "", "95.2"),
        ("Ours", "f1", "", "94.0"),
    ]
    assert reading.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "model,accuracy,AUC\nA,0.91,0.95\n",
        "model;accuracy;AUC\nA;0,91;0,95\n",
        "model\taccuracy\tAUC\nA\t0.91\t0.95\n",
        "model   accuracy   AUC\nA       0.91       0.95\n",
        "model accuracy AUC\nA 0.91 0.95\n",
        "Metric,A\naccuracy,0.91\nAUC,0.95\n",
        "│ model │ accuracy │ AUC │\n├───────┼──────────┼─────┤\n│ A     │ 0.91     │ 0.95│\n",
    ],
)
def test_however_its_cells_are_parted(text):
    assert rows(read(text)) == [("A", "accuracy", "", "0.91"), ("A", "auc", "", "0.95")]


def test_averages_parts_and_images_stand_in_headers():
    text = 'Method,Train acc,Test acc,Macro F1,F1 (weighted),Sens.,Spec.,PPV,n\nA,99,91,90,89,88,92,87,"1,234"\n'
    reading = read(text)
    assert [(entry.metric, entry.of, entry.part) for entry in reading.entries] == [
        ("accuracy", "", "train"),
        ("accuracy", "", "test"),
        ("f1", "macro avg", "test"),
        ("f1", "weighted avg", "test"),
        ("sensitivity", "", "test"),
        ("specificity", "", "test"),
        ("precision", "", "test"),
    ]
    assert {entry.n for entry in reading.entries} == {1234}


def test_names_of_data_sets_are_part_of_the_name_and_merged_cells_hold_for_the_rows_below():
    text = "| Model | Dataset | Accuracy |\n|-|-|-|\n| A | one | 0.9 |\n|  | two | 0.8 |\n"
    assert [entry.arm for entry in read(text).entries] == ["A, one", "A, two"]


def test_a_heading_above_tells_columns_of_one_name_apart():
    head = r"& \multicolumn{2}{c}{Fundus} & \multicolumn{2}{c}{OCT} \\"
    text = f"{head}\nModel & Acc & F1 & Acc & F1 \\\\\nA & 0.9 & 0.8 & 0.7 & 0.6 \\\\"
    assert [entry.arm for entry in read(text).entries] == ["A, Fundus"] * 2 + ["A, OCT"] * 2
    with pytest.raises(
        Unreadable, match="columns should have different names; received “acc” twice"
    ):
        read(text.partition("\n")[2])


def test_a_report_as_a_table_has_classes_and_averages():
    rows_of_classes = "a,0.75,0.75,0.75,4\nb,0.83,0.83,0.83,6\n"
    text = f"Class,Precision,Recall,F1,Support\n{rows_of_classes}Macro average,0.79,0.79,0.79,10\n"
    reading = read(f"{text}accuracy,,,0.80,10\n")
    assert reading.classes == ("a", "b")
    assert ("the model", "f1", "macro avg", "0.79") in rows(reading)
    assert ("the model", "accuracy", "", "0.80") in rows(reading)
    assert ("the model", "support", "", "10") in rows(reading)


def test_an_average_of_unknown_kind_is_neither_a_class_nor_a_known_average():
    reading = read("Class,Precision,Recall\na,0.75,0.75\nb,0.83,0.83\nAverage,0.79,0.79\n")
    assert reading.classes == ("a", "b")
    assert ("the model", "recall", "Average", "0.79") in rows(reading)


@pytest.mark.parametrize(
    "text",
    [
        ",a,b\na,50,3\nb,2,45\n",
        "| | a | b |\n|-|-|-|\n| a | 50 | 3 |\n| b | 2 | 45 |\n",
        "Predicted   a   b  All\nActual\na          50   3   53\nb           2  45   47\nAll        52  48  100\n",
        "a: 50 3\nb: 2 45\n",
    ],
)
def test_a_matrix_with_names(text):
    reading = read(text)
    assert reading.classes == ("a", "b")
    cells = [row[2:] for row in rows(reading) if row[1] == "cell"]
    assert cells == [("a → a", "50"), ("a → b", "3"), ("b → a", "2"), ("b → b", "45")]


def test_totals_of_a_matrix_are_numbers_of_images():
    reading = read("Predicted   a   b  All\na  50   3   53\nb   2  45   47\nAll 52  48  100\n")
    assert [row[2:] for row in rows(reading) if row[1] == "support"] == [
        ("a", "53"),
        ("b", "47"),
        ("", "100"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Model,Accuracy\nA,94.2\nB,0.95\n",
            "line 3: a column should be all fractions or all percentages",
        ),
        ("Model,Accuracy\nA,85.3/84.2\n", "line 2: a cell should hold one number"),
        (
            "Model,Accuracy,n\nA,0.9,73.3\n",
            "line 2: a number of images should be a whole number; received “73.3”",
        ),
        ("Model,Accurcy\nA,0.9\n", "name the columns so; “Accurcy” may mean “accuracy”"),
        (",a,b\na,.95,.05\nb,.1,.9\n", "whole number"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_line_and_remedy(text, said):
    with pytest.raises(Unreadable) as refused:
        percent_columns(read(text).entries)
    assert said in str(refused.value)


def test_the_nearest_known_name_is_told():
    (note,) = read("Model,Accuracy,Specifity\nA,0.9,0.8\n").notes
    assert "nearest known name is “specificity”" in note


def test_percent_signs_make_small_numbers_percentages():
    reading = read("Model,Specificity (%)\nA,0.9\nB,99\n")
    assert percent_columns(reading.entries) == {"1": True}


@pytest.mark.parametrize(
    "text",
    [
        "Table 3: results (n = 400)\n\nModel       Accuracy   F1\nResNet 50   0.912      0.915\n",
        "Model Accuracy F1\nResNet 50 0.912 0.915\n",
    ],
)
def test_a_title_above_and_names_with_spaces_do_not_shift_the_columns(text):
    assert rows(read(text)) == [
        ("ResNet 50", "accuracy", "", "0.912"),
        ("ResNet 50", "f1", "", "0.915"),
    ]


def test_an_interval_in_a_header_is_no_percent_sign():
    reading = read('Reader,Sensitivity (95% CI)\nR1,"0.85 (0.79-0.90)"\n')
    assert rows(reading) == [("R1", "sensitivity", "", "0.85")]
    assert percent_columns(reading.entries) == {"1": False}


def test_accuracies_by_class_are_left_out_and_that_is_said():
    reading = read("Class,Precision,Recall,Accuracy\na,0.98,0.97,0.98\nb,0.95,0.97,0.97\n")
    assert {row[1] for row in rows(reading)} == {"precision", "recall"}
    assert reading.notes == ("By class not used: accuracy.",)


def test_totals_of_columns_alone_are_no_class_and_no_number_of_images():
    reading = read(",a,b\na,50,3\nb,2,45\nTotal,52,48\n")
    assert reading.classes == ("a", "b")
    assert {row[1] for row in rows(reading)} == {"cell"}
