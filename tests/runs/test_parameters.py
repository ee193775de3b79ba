"""Parameters of a notebook that is run by hand: what is wrong is one sentence in the cell below them."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from lib import papers
from lib.runs.parameters import BESIDE_SETTINGS, ParameterError, check_parameters, check_values
from lib.settings import SETTINGS, assigned_seeds, resolve

SLUG = "sulistiana_cat_breeds"
DEFAULTS = dict.fromkeys([*SETTINGS, *BESIDE_SETTINGS]) | {
    "profile": "quick",
    "data": "phantom",
    "controls": "auto",
}
CELL = "profile = 'quick'\ndata = 'auto'\nepochs = None"


@pytest.fixture
def cats():
    return papers.load(SLUG)


def test_what_is_given_is_what_the_settings_hold(cats):
    given = DEFAULTS | {"epochs": 2, "seeds": [0, 3]}
    assert check_parameters(cats, given) == resolve(cats, "quick", epochs=2, seeds=[0, 3])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("profile", "fast"),
        ("epochs", "3"),
        ("seeds", 0),
        ("test_share", 20),
        ("protocols", ["published", "by patient"]),
        ("variants", ["resnet"]),
        ("data", "no/such/folder"),
        ("data", None),
        ("controls", "no/such/folder"),
        ("photo", "no/such/cat.jpg"),
        ("leak_search", "no"),
        ("output", 3),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_came(cats, name, value):
    with pytest.raises(ParameterError) as caught:
        check_parameters(cats, DEFAULTS | {name: value})
    text = str(caught.value)
    assert f"`{name}`" in text
    assert str(value[-1] if isinstance(value, list) else value) in text
    assert len(caught.value._render_traceback_()) == 1


def test_seeds_may_be_asked_for_by_author_and_assignment(cats):
    given = DEFAULTS | {"seeds": "author", "author": "s123", "assignment": "cnn-1"}
    settings = check_values(cats, given)
    number = len(resolve(cats, "quick").seeds)
    assert settings.seeds == assigned_seeds("s123", "cnn-1", number)
    with pytest.raises(ParameterError, match="`author` should be"):
        check_values(cats, given | {"author": ""})
    with pytest.raises(ParameterError, match="`assignment` should be text"):
        check_values(cats, given | {"assignment": 3})


def test_an_output_that_is_a_file_is_refused(cats, tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(ParameterError, match="`output` should be a folder"):
        check_parameters(cats, DEFAULTS | {"output": str(tmp_path / "run")})


@pytest.mark.parametrize(
    ("history", "unknown"),
    [
        (["import os", CELL], None),
        ([f"{CELL}\nepoch = 2"], "epoch"),
        # papermill's cell stands between, and both count
        ([CELL, "# Parameters\nepochs = 2\nepoch = 3"], "epoch"),
        ([f"{CELL}\nepoch = 2", "# Parameters\nepochs = 2"], "epoch"),
        # a wrong cell that was put right since, and the variables of the notebook's other cells
        ([f"{CELL}\nepoch = 2", "folder = 1\nimages = 2", CELL], None),
        ([f"{CELL}\nmagnification = '40X'"], "magnification"),  # of another notebook
        ([f"{CELL}\nphoto = None"], None),
        ([CELL, "%time epoch = 2"], None),
    ],
)
def test_a_name_that_is_no_parameter_is_found_in_what_was_entered(cats, history, unknown):
    namespace = DEFAULTS | {"In": [*history, "the check itself"]}
    if unknown is None:
        check_parameters(cats, namespace)
        return
    with pytest.raises(ParameterError, match=f"`{unknown}` is no parameter"):
        check_parameters(cats, namespace)


def test_a_slip_of_the_pen_is_told_the_name_it_is_close_to(cats):
    with pytest.raises(ParameterError, match="Did you mean `epochs`"):
        check_parameters(cats, DEFAULTS | {"In": [f"{CELL}\nepoch = 2", ""]})


@pytest.mark.parametrize("value", ["200X", "200×", 200, None])
def test_a_magnification_is_one_of_those_that_file_names_tell(value):
    histology = papers.load("kumar_breakhis")
    check_values(histology, {"profile": "quick", "magnification": value})
    with pytest.raises(ParameterError, match="one of 40×, 100×, 200×, 400×; received 'high'"):
        check_values(histology, {"profile": "quick", "magnification": "high"})


@pytest.mark.slow
def test_in_a_kernel_the_sentence_stands_alone_in_the_cell_and_the_run_fails():
    cells = [
        f"{CELL}\nepoch = 2",
        f"from lib import papers, runs\n"
        f"settings = runs.check_parameters(papers.load({SLUG!r}), globals())",
        "print('the rest of the notebook')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook).execute()
    (output,) = notebook.cells[1].outputs
    assert output.ename == "ParameterError"
    (line,) = output.traceback
    assert "Did you mean `epochs`" in line
    assert notebook.cells[2].outputs == []
