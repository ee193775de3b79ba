"""What a student changed in a notebook is told cell by cell, and nothing of it is executed."""

import json

import pytest

from lib import papers
from lib.grading.changes import Change, ChangesError, changes_html, find_changes

SLUG = "kuncoro_white_blood_cells"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def notebook() -> dict:
    """The reference notebook, as a student gets it."""
    return json.loads((papers.NOTEBOOKS / f"{SLUG}.ipynb").read_text(encoding="utf-8"))


def cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def found(notebook: dict):
    return find_changes(json.dumps(notebook).encode(), SLUG)


def edit(notebook: dict, name: str, old: str, new: str) -> None:
    of_name = cell(notebook, name)
    source = "".join(of_name["source"])
    assert old in source
    of_name["source"] = source.replace(old, new)


def insert(notebook: dict, behind: str, **changes) -> None:
    names = [cell["id"] for cell in notebook["cells"]]
    new = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "1 + 1", "outputs": []}
    notebook["cells"].insert(names.index(behind) + 1, {**new, **changes})


def is_unchanged(changes):
    return not (changes.hindrance or changes.code or changes.prose)


def test_what_was_handed_out_is_unchanged_and_every_exercise_empty(notebook):
    changes = found(notebook)
    assert is_unchanged(changes)
    assert changes.parameters == ()
    assert [answer.exercise for answer in changes.answers] == [f"exercise-{n}" for n in range(1, 5)]
    assert all(answer.is_empty for answer in changes.answers)
    assert sum(answer.points for answer in changes.answers) == 10


def test_a_parameter_is_no_change_of_code(notebook):
    edit(notebook, "parameters", "epochs = None", "epochs = 3  # fewer")
    changes = found(notebook)
    assert is_unchanged(changes)
    assert changes.parameters == (Change(what="epochs", kind="changed", before="None", after="3"),)


def test_a_value_of_several_lines_and_alphabets_is_told_as_it_is_written(notebook):
    value = '{\n    "µ": "é – ü",  # Ångström\n}'
    edit(notebook, "parameters", "epochs = None", f"ß = 1; epochs = {value}")
    (change,) = [change for change in found(notebook).parameters if change.what == "epochs"]
    assert change.after == value


def test_papermills_cell_gives_values_of_parameters_and_is_no_cell_of_the_students(notebook):
    insert(
        notebook,
        "parameters",
        source="# Parameters\nepochs = 4\n",
        metadata={"tags": ["injected-parameters"]},
    )
    changes = found(notebook)
    assert is_unchanged(changes)
    assert [(change.what, change.after) for change in changes.parameters] == [("epochs", "4")]


def test_code_in_the_cell_of_parameters_is_told(notebook):
    edit(notebook, "parameters", "epochs = None", "epochs = None\nimport os")
    assert [change.what for change in found(notebook).parameters] == ["other code"]


def test_code_and_prose_are_told_with_both_texts(notebook):
    edit(notebook, "folds", "splits = ", "splits  = ")
    edit(notebook, "t-curves", "nothing is chosen", "something is chosen")
    changes = found(notebook)
    (code,), (prose,) = changes.code, changes.prose
    assert (code.what, code.kind, prose.what) == ("folds", "changed", "t-curves")
    assert "-splits = " in code.diff()
    assert "+splits  = " in code.diff()
    assert not is_unchanged(changes)


def test_cells_that_were_added_removed_or_moved_are_told(notebook):
    insert(notebook, "folds")
    cells = notebook["cells"]
    cells.remove(cell(notebook, "audit"))
    cells.append(cells.pop(cells.index(cell(notebook, "split"))))
    told = {(change.what, change.kind) for change in found(notebook).code}
    assert told == {("mine", "added"), ("audit", "removed"), ("split", "moved")}


def test_a_service_that_moves_ids_or_drops_them_makes_no_change(notebook):
    for number, of_notebook in enumerate(notebook["cells"]):
        name = of_notebook.pop("id")
        if number % 2:  # as Colab does
            of_notebook["metadata"]["id"] = name
    del notebook["metadata"]["reference"]
    assert is_unchanged(found(notebook))


def test_another_version_cannot_be_told_but_its_answers_are(notebook):
    notebook["metadata"]["reference"]["sha256"] = "0" * 64
    edit(notebook, "answer-1", "None", "588")
    changes = found(notebook)
    assert changes.hindrance.startswith("the notebook was made from another version")
    assert not is_unchanged(changes)
    assert changes.answers[0].number == 588


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("number = 588", 588),
        ("number = 78 / 160  # by hand", 0.4875),
        ("x = 3\nnumber = -(1 + 2) * 2", -6),
        ("number = 1e308 * 10", None),
        ("number = 1 / 0", None),
        ("number = __import__('os').getpid()", None),
        ("number = 9 ** 9 ** 9", None),
        ("number = True", None),
        ("number =", None),
        ("number = " + "(" * 5000, None),
    ],
)
def test_a_number_is_read_and_never_executed(notebook, source, number):
    cell(notebook, "answer-1")["source"] = source
    answer = found(notebook).answers[0]
    assert not answer.is_empty
    assert answer.number == number


def test_an_answer_in_words_is_no_change_of_prose(notebook):
    cell(notebook, "answer-3")["source"] = f"It sees {SCRIPT}"
    changes = found(notebook)
    assert is_unchanged(changes)
    assert changes.answers[2].text == f"It sees {SCRIPT}"
    assert changes.answers[2].number is None


def test_the_words_name_everything_and_the_html_escapes_it(notebook):
    edit(notebook, "folds", "splits = ", f"# {SCRIPT}\nsplits = ")
    edit(notebook, "parameters", 'author = ""', f'author = "{SCRIPT}"')
    insert(notebook, "folds", id='"><img src=x onerror=alert(1)>')
    changes = found(notebook)
    html = changes_html(changes)
    assert "<script" not in html
    assert "<img" not in html
    assert "<ins>+# &lt;script&gt;" in html
    assert all(name in html for name in ("folds", "author"))


def test_long_cells_are_not_compared_line_by_line():
    lines = "\n".join(map(str, range(1000)))
    assert "too many" in Change(what="a", kind="changed", before=lines, after="x").diff()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [1], "metadata": {}}',
        b'{"cells": [{"source": 3, "cell_type": "code"}], "metadata": {}}',
        b"[" * 100_000,
        json.dumps({"cells": [{}] * 3000, "metadata": {}}).encode(),
        json.dumps(
            {"cells": [{"cell_type": "code", "source": "x" * 60_000}], "metadata": {}}
        ).encode(),
    ],
)
def test_what_is_no_notebook_of_ours_is_one_error(content):
    with pytest.raises(ChangesError, match="should"):
        find_changes(content, SLUG)
