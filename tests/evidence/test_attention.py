"""Which answers get a heat map, and how much of the heat lies where: counted by hand."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set

from lib.evidence import attention
from lib.evidence.attention import answers_to_explain, attention_records, heat_rows, object_mask
from lib.results import Attention


def paper(clues: str = ""):
    plain = made_up.paper(made_up.arm("net"))
    return replace(plain, dataset=replace(plain.dataset, border_clues=clues))


def answers(*rows: str, **fit) -> pd.DataFrame:
    """One row an image: "path true share-of-cat", the share in per cent."""
    cells = pd.DataFrame([row.split() for row in rows], columns=["path", "true", "cat"])
    cat = cells["cat"].astype(float) / 100
    values = {"arm": "net", "protocol": "published", "seed": 0, "fold": 0, "group": ""} | fit
    predicted = np.where(cat > 0.5, "cat", "dog")
    return cells.assign(predicted=predicted, cat=cat, dog=1 - cat, **values)


def chosen(table: pd.DataFrame, clues: str = "", **changes) -> pd.DataFrame:
    learning = [made_up_runs.learning("net", **changes)]
    return answers_to_explain(paper(clues), ["net"], table, learning)


TABLE = answers("a cat 80", "b cat 99", "c cat 30", "d cat 10", "e dog 45", "f dog 2", "g dog 98")


def test_of_every_class_the_surest_right_and_the_surest_wrong_answer_is_shown():
    found = chosen(TABLE)
    assert sorted(found["path"]) == ["b", "d", "f", "g"]
    assert set(found["use"]) == {attention.EXAMPLE}
    assert found.set_index("path")["sure"].to_dict() == pytest.approx(
        {"b": 0.99, "d": 0.9, "f": 0.98, "g": 0.98}
    )


def test_they_are_of_the_first_fit_under_the_shown_protocol():
    others = [{"seed": 1}, {"fold": 1}, {"protocol": "grouped"}, {"arm": "net-variant"}]
    more = [answers("z cat 100", "y dog 0", **other) for other in others]
    assert sorted(chosen(pd.concat([TABLE, *more]))["path"]) == ["b", "d", "f", "g"]


def test_an_arm_that_did_not_learn_gets_none_and_its_table_has_the_same_columns():
    found = chosen(TABLE, outcome="one answer")
    assert found.empty
    assert list(found) == list(chosen(TABLE))


def test_where_borders_may_tell_up_to_twenty_of_each_answer_are_averaged():
    rows = [f"{number:02} cat {90 if number % 3 else 10}" for number in range(48)]
    averaged = chosen(answers(*rows), "Corners are black.").query("use == 'average'")
    assert averaged["predicted"].value_counts().to_dict() == {"cat": 20, "dog": 16}
    cats = averaged[averaged["predicted"] == "cat"]["path"]
    assert (cats.iloc[0], cats.iloc[-1], cats.nunique()) == ("01", "47", 20)  # spread, each once


# Where the heat lies


def picture(side: int = 16) -> np.ndarray:
    """Grey, with a blue square of 4 × 4, a blue line of 3 apart from it, and a black corner of 5 × 5."""
    image = np.full((side, side, 3), 200, np.uint8)
    image[4:8, 4:8] = image[12, 3:6] = (60, 60, 200)
    image[11:, 11:] = 0
    return image


SQUARE = np.zeros((16, 16), bool)
SQUARE[4:8, 4:8] = True


def test_the_object_is_the_largest_area_of_strong_colour():
    np.testing.assert_array_equal(object_mask(picture()), SQUARE)


def test_in_a_grey_image_it_is_the_largest_area_of_light():
    film = np.where(SQUARE[..., None], 180, 5).repeat(3, 2).astype(np.uint8)
    film[12, 3:6] = 250  # a label
    film[..., 0] += 3  # as colours are saved
    np.testing.assert_array_equal(object_mask(film), SQUARE)


def test_an_image_of_one_colour_has_no_object():
    assert not object_mask(np.full((8, 8, 3), 7, np.uint8)).any()


def test_shares_are_of_the_heat_and_of_the_image():
    heat = np.zeros((16, 16), np.float32)
    heat[0, 0], heat[5, 5], heat[10, 10] = 0.2, 1, 0.8  # border, object, neither
    found = attention.heat_shares(heat, picture())
    assert found == pytest.approx((0.1, 60 / 256, 0.5, 16 / 256))


class Given:
    """Heat by path: all of it in one corner, or none."""

    def take(self, arm: str, paths) -> np.ndarray:
        assert arm == "net"
        maps = np.zeros((len(paths), 16, 16), np.float32)
        maps[:, 0, 0] = [path != "4.png" for path in paths]
        return maps


def test_rows_tell_four_numbers_of_every_averaged_answer_whose_map_is_not_empty():
    images = image_set([3, 3], pixels=np.stack([picture()] * 6))
    paths = list(images.table["path"])
    rows = [f"{path} cat 90" for path in paths]
    rows_of_heat = heat_rows(chosen(answers(*rows), "Corners are black."), Given(), images)
    assert rows_of_heat["path"].nunique() == 5
    first = rows_of_heat[rows_of_heat["path"] == paths[0]]
    assert set(first["name"]) == {
        "heat on the border=1.000000",
        "area of the border=0.234375",
        "heat on the object=0.000000",
        "area of the object=0.062500",
    }
    (record,) = attention_records(rows_of_heat)
    assert record == Attention(
        arm="net",
        protocol="published",
        of="cat",
        images=5,
        border=1,
        border_area=60 / 256,
        object=0,
        object_area=1 / 16,
    )


def test_without_heat_there_are_neither_rows_nor_records():
    found = heat_rows(chosen(TABLE), Given(), None)
    assert found.empty
    assert list(attention_records(found)) == []
