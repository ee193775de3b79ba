"""What a notebook's parameters say is what the record and the run key of its run say."""

import json
from types import SimpleNamespace

import pytest

from lib import papers
from lib.grading.changes import Changes, find_changes
from lib.grading.parameters import parameter_items
from lib.runs.key import parameter_parts
from lib.settings import assigned_seeds, resolve

SLUG = "kuncoro_white_blood_cells"
PAPER = papers.load(SLUG)


@pytest.fixture
def notebook() -> dict:
    return json.loads((papers.NOTEBOOKS / f"{SLUG}.ipynb").read_text(encoding="utf-8"))


def put_in(notebook: dict, source: str, tag: str = "injected-parameters", **more: str) -> None:
    """A cell behind that of the parameters, as papermill puts it there."""
    cell = {"cell_type": "code", "metadata": {"tags": [tag]}, "outputs": []}
    place = next(
        place for place, each in enumerate(notebook["cells"]) if each["id"] == "parameters"
    )
    notebook["cells"].insert(place + 1, {**cell, "id": "new", "source": source, **more})


def changes(notebook: dict) -> Changes:
    return find_changes(json.dumps(notebook).encode(), SLUG)


def run(
    *, key: bool = False, author: str = "", own: dict | None = None, **asked
) -> SimpleNamespace:
    """As much of a record as is looked at: a run of 30 images that was asked for with these parameters."""
    settings = resolve(PAPER, "quick", **asked)
    values = json.loads(json.dumps(vars(settings) | {"training": {}}))
    values["training"] = {arm: dict(vars(of_arm)) for arm, of_arm in settings.training.items()}
    return SimpleNamespace(
        settings=values | {"choices": settings.tries_choices(30)},
        data=SimpleNamespace(images=30),
        provenance=SimpleNamespace(
            author=author,
            assignment="",
            key_parts=parameter_parts(settings, own or {}) if key else {},
        ),
    )


def told(record: SimpleNamespace, notebook: dict, other_code: str = "") -> dict[str, str]:
    """Where → state; "" for the one that all is ok."""
    items = parameter_items(record, PAPER, changes(notebook), other_code)
    return {item.where.removeprefix("results.json: "): item.state for item in items}


@pytest.mark.parametrize("key", [False, True])
def test_what_was_handed_out_gives_the_settings_of_the_profile(notebook, key):
    assert told(run(key=key), notebook) == {"": "ok"}


def test_parameters_that_the_batch_put_in_are_those_of_record_and_key(notebook):
    put_in(notebook, '# Parameters\nepochs = 3\nseeds = [4, 5]\nauthor = "Ada"\n')
    made = run(key=True, author="Ada", own={"author": "Ada"}, epochs=3, seeds=[4, 5])
    assert told(made, notebook) == {"": "ok"}


def test_seeds_that_follow_from_an_author_are_computed_again(notebook):
    put_in(notebook, '# Parameters\nseeds = "author 2"\nauthor = "Ada"\n')
    seeds = assigned_seeds("Ada", "", 2)
    assert told(run(author="Ada", seeds=seeds), notebook) == {"": "ok"}
    others = assigned_seeds("Eve", "", 2)
    assert told(run(author="Ada", seeds=others), notebook) == {"settings.seeds": "differs"}
    assert told(run(author="Eve", seeds=seeds), notebook) == {"provenance.author": "differs"}


def test_a_setting_that_no_parameter_gives_differs(notebook):
    place = "settings.training.mobilenetv2.epochs"
    made = run(epochs=3)
    made.settings["changed"] = []
    assert told(made, notebook)[place] == "differs"
    made = run(key=True)
    made.provenance.key_parts["parameter mobilenetv2 epochs"] = "3"
    assert told(made, notebook) == {"provenance.key_parts.parameter mobilenetv2 epochs": "differs"}
    made = run(key=True, own={"author": "Eve"})
    assert told(made, notebook) == {"provenance.key_parts.parameter author": "differs"}


def test_of_other_code_and_of_code_that_a_student_added_it_cannot_be_told(notebook):
    made = run(seeds=[7])
    assert {*told(made, notebook).values()} == {"differs"}
    assert {*told(made, notebook, "lib/settings.py changed").values()} == {"cannot tell"}
    put_in(notebook, "seeds = [7]", tag="mine")
    states = told(made, notebook)
    assert states["settings.seeds"] == "cannot tell"


@pytest.mark.parametrize("source", ["epochs = 2 * 5", "print()", "epochs = " + "(" * 4000, "x ="])
def test_what_is_no_plain_value_cannot_be_told(notebook, source):
    put_in(notebook, source)
    assert {*told(run(), notebook).values()} == {"cannot tell"}


@pytest.mark.parametrize("source", ["epochs = '3'", "epochs = 0", "profile = 'fast'", "author = 1"])
def test_values_that_no_run_can_have_differ(notebook, source):
    put_in(notebook, source)
    assert {*told(run(), notebook).values()} == {"differs"}
    assert {*told(run(), notebook, "lib/settings.py changed").values()} == {"cannot tell"}
