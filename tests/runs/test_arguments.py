"""Values on the command line, in sweeps and in files: read as Python reads them, refused with the reason."""

import pytest

from lib.papers.declare import PIXEL_SCALINGS
from lib.runs.arguments import (
    UsageError,
    read_parameters,
    read_sweep,
    read_value,
    split_values,
    value_text,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-4", 1e-4),
        ("True", True),
        ("None", None),
        ("adam", "adam"),
        ("'5'", "5"),
        ("['a', 1]", ["a", 1]),
        ("[0, 1]", "[0, 1]"),  # a pixel scaling
        ("it's", "it's"),
    ],
)
def test_a_value_is_what_python_reads_else_text_and_can_be_written_again(text, value):
    assert read_value("-p x", text) == value
    assert read_value("-p x", value_text(value)) == value


def test_every_pixel_scaling_is_text():
    assert [read_value("-p x", scaling) for scaling in PIXEL_SCALINGS] == [*PIXEL_SCALINGS]


# Sweeps


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1,5,20", ["1", "5", "20"]),
        ("[0, 1],[-1, 1]", ["[0, 1]", "[-1, 1]"]),
        ("['a', 'b'],['c']", ["['a', 'b']", "['c']"]),
        ("'a,b',c", ["'a,b'", "c"]),
        ('["a]","b,"],c', ['["a]","b,"]', "c"]),
        ("it's,its", ["it's", "its"]),
        ("a", ["a"]),
        ("", [""]),
    ],
)
def test_values_are_split_at_commas_outside_brackets_and_quotes(text, parts):
    assert split_values(text) == parts


def test_a_sweep_keeps_the_order_of_names_and_values():
    sweep = read_sweep(["learning_rate=1e-2, 1e-3", "arms=vgg16,['a','b']"])
    assert sweep == [("learning_rate", [1e-2, 1e-3]), ("arms", ["vgg16", ["a", "b"]])]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["epochs"], "should be NAME=V1,V2"),
        (["=1,2"], "should be NAME=V1,V2"),
        (["epochs="], "should be NAME=V1,V2"),
        (["epochs=1,,2"], "should be NAME=V1,V2"),
        (["epochs=1,2,"], "should be NAME=V1,V2"),
        (["two words=1"], "should be NAME=V1,V2"),
        (["epochs=1,2,1"], "--sweep epochs should have different values; 1 comes twice"),
        (["learning_rate=1e-3,0.001"], "0.001 comes twice"),
        (["epochs=1", "epochs=2"], "--sweep epochs should be given once; it is given 2 times"),
        (["epochs=1,(2,)"], "--sweep epochs should be a number"),
    ],
)
def test_a_sweep_of_another_form_is_refused(texts, message):
    with pytest.raises(UsageError, match="--sweep") as refused:
        read_sweep(texts)
    assert message in str(refused.value)


def test_true_and_one_are_two_values():
    assert read_sweep(["x=1,True"]) == [("x", [1, True])]


# Files


@pytest.fixture
def file(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "lab.yaml"
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_a_file_is_read_as_papermill_does_but_for_numbers_without_a_point(file):
    text = "epochs: 3\nlearning_rate: 1e-4\nauthor: Zoë\nstratified: true\nseen: 2025-01-02\n"
    assert read_parameters(file(f"{text}arms: [vgg16]\noptimizer:\nname: 1e5x\n")) == {
        "epochs": 3,
        "learning_rate": 1e-4,
        "author": "Zoë",
        "stratified": True,
        "seen": "2025-01-02",
        "arms": ["vgg16"],
        "optimizer": None,
        "name": "1e5x",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "should have a line `NAME: VALUE`"),
        ("- epochs", "should have a line `NAME: VALUE`"),
        ("epochs: [", "should be a YAML file"),
        ("epochs: " + "[" * 5000, "should be a YAML file"),
        ("a: &a [1, 1]\nb: [*a, *a]", "it has an alias"),
        ('controls: "a\\0b"', "controls should be a number, a text"),
        ("epochs: 1\nepochs: 2", "should give epochs once; it does 2 times"),
        ("epochs: {a: 1}", "epochs should be a number, a text"),
        ("1: 2", "it has 1 for a name"),
        ("epochs: !!python/object:os.system {}", "should be a YAML file"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_path(file, text, message):
    path = file(text)
    with pytest.raises(UsageError) as refused:
        read_parameters(path)
    assert message in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_file_that_cannot_be_decoded_or_read_is_refused(file, tmp_path):
    with pytest.raises(UsageError, match="should be a YAML file"):
        read_parameters(file("author: Zoë", encoding="latin-1"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_parameters(tmp_path)
