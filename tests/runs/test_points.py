"""The points of a sweep and the names of their folders."""

import re

import pytest

from lib import papers
from lib.runs.points import point_name, point_text, sweep_name, sweep_points

CATS = "sulistiana_cat_breeds"


def test_several_parameters_make_a_grid_whose_last_changes_fastest():
    assert sweep_points(CATS, [("epochs", [1, 2]), ("optimizer", ["adam", "sgd"])]) == [
        {"epochs": 1, "optimizer": "adam"},
        {"epochs": 1, "optimizer": "sgd"},
        {"epochs": 2, "optimizer": "adam"},
        {"epochs": 2, "optimizer": "sgd"},
    ]


def test_every_arm_is_one_run_per_arm_of_all_papers():
    points = sweep_points(CATS, [("arms", ["every"])])
    total = sum(len(papers.load(slug).arms) for slug in papers.slugs())
    assert len(points) == total
    assert {"arms": ["mobilenetv2"]} in points
    assert {"arms": ["kumar_breakhis/vgg16"]} in points


def test_an_arm_is_run_once_however_it_is_named():
    names = ["mobilenetv2", f"{CATS}/mobilenetv2", "every"]
    points = sweep_points(CATS, [("arms", names)])
    assert points[0] == {"arms": ["mobilenetv2"]}
    assert len(points) == len(sweep_points(CATS, [("arms", ["every"])]))
    assert sweep_points(CATS, [("arms", [["a", "b"]])]) == [{"arms": ["a", "b"]}]


def test_the_folder_of_a_sweep_is_that_of_its_parameters_in_any_order():
    assert sweep_name([("epochs", [1])]) == sweep_name([("epochs", [2, 3])]) == "epochs"
    assert sweep_name([("learning_rate", [1]), ("epochs", [1])]) == "epochs-learning_rate"


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ({"epochs": 2}, "epochs=2"),
        ({"learning_rate": 1e-05}, "learning_rate=1e-05"),
        ({"optimizer": "adam"}, "optimizer=adam"),
        ({"augmentation": False}, "augmentation=false"),
        ({"learning_rate": 0.1, "epochs": 2}, "epochs=2,learning_rate=0.1"),
        ({"arms": ["kumar_breakhis/vgg16"]}, "arms=kumar_breakhis.vgg16"),
        ({"arms": ["vgg16", "mobilenetv3"]}, "arms=vgg16+mobilenetv3"),
    ],
)
def test_a_plain_value_is_read_in_the_folders_name(point, name):
    assert point_name(point) == name


ALIKE = [
    1,
    "1",
    True,
    "true",
    None,
    "null",
    "adam",
    "Adam",
    "ADAM",
    [1],
    ["1"],
    "a b",
    "a-b",
    "a/b",
]
HOSTILE = ["..", ".", "", "con", 'a<b>:"|?*', "a\\b", "x" * 300, "x" * 299 + "y", "a\n", "ä", "a."]


def test_different_values_never_share_a_folder_and_every_name_is_safe_on_any_system():
    values = [*ALIKE, *HOSTILE, [f"arm{number}" for number in range(50)]]
    names = [point_name({"p": value}) for value in values]
    assert len({name.lower() for name in names}) == len(values)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9_.,=+-]+", name), name
        assert not name.endswith(".")
        assert len(name) <= 100


def test_a_person_reads_the_values_as_the_command_line_has_them():
    assert point_text({"epochs": 2, "x": "a b", "y": "1"}) == 'epochs=2, x=a b, y="1"'
    assert point_text({"arms": ["kumar_breakhis/vgg16"]}) == "arms=kumar_breakhis/vgg16"
    assert point_text({"arms": ["a", "b"]}) == 'arms=["a", "b"]'


def test_the_name_of_many_values_stays_short_and_its_own():
    many = {f"parameter{number}": number for number in range(40)}
    assert len(point_name(many)) == 100
    assert point_name(many) != point_name(many | {"parameter39": 0})
