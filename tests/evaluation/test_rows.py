import numpy as np
import pandas as pd
import pytest

from lib.evaluation.rows import Rows, among, joined

TABLE = {
    "arm": ["b", "a", "b", "a", "b"],
    "seed": [1, 0, 0, 0, 1],
    "group": ["y", "", "x", np.nan, "x"],
}


@pytest.fixture(params=[pd.DataFrame, lambda table: pd.DataFrame(table, dtype=object)])
def rows(request) -> Rows:
    """The same table with text as pandas keeps it, and as objects."""
    return Rows.of(request.param(TABLE))


def test_groups_come_as_they_are_first_met_with_their_rows_in_order(rows):
    found = [
        (key, list(of_key["group"])) for key, of_key in rows.only(rows["arm"] == "b").by("seed")
    ]
    assert found == [(1, ["y", "x"]), (0, ["x"])]


def test_several_columns_group_by_all_of_them(rows):
    found = {key: len(of_key) for key, of_key in rows.by("arm", "seed")}
    assert list(found.items()) == [(("b", 1), 2), (("a", 0), 2), (("b", 0), 1)]


def test_groups_are_those_of_pandas():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.choice(list("dacb"), 200) for name in ("x", "y", "z")})
    table["place"] = range(200)
    expected = [(key, list(of["place"])) for key, of in table.groupby(["z", "x", "y"], sort=False)]
    assert [(key, list(of["place"])) for key, of in Rows.of(table).by("z", "x", "y")] == expected


def test_no_rows_have_no_groups(rows):
    assert list(rows.only(np.zeros(5, bool)).by("arm")) == []


def test_numbers_of_values_ascend_as_the_values_do(rows):
    assert rows.codes("arm").tolist() == [1, 0, 1, 0, 1]
    assert rows.only(rows["arm"] == "a").count("arm") == 1


def test_what_is_empty_is_not_known(rows):
    assert rows.known("group").tolist() == [True, False, True, False, True]


def test_parts_are_joined_one_below_the_other(rows):
    parts = [rows.only(np.array([4])), rows.only(np.array([0, 1]))]
    assert joined(parts, ["arm", "seed"])["seed"].tolist() == [1, 1, 0]


def test_values_are_among_some(rows):
    assert among(rows["arm"], {"a", "c"}).tolist() == [False, True, False, True, False]
