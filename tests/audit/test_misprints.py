"""Single misprints."""

from made_up_paper import claim

from lib.audit.misprints import mended, single_misprints


def test_a_misprint_changes_one_digit_or_swaps_two_neighbours():
    found = [misprint.printed for misprint in single_misprints(claim("accuracy", "0.12"))]
    assert len(found) == len(set(found)) == 28  # 3 digits of 9 others, and 0.21
    assert {"9.12", "0.92", "0.19", "0.21"} <= set(found)
    assert {"1.02", "0.12", "0,12"}.isdisjoint(found)


def test_neighbours_on_both_sides_of_a_point_are_not_swapped():
    assert "0.190" not in [
        misprint.printed for misprint in single_misprints(claim("accuracy", "1.09"))
    ]
    assert [misprint.printed for misprint in single_misprints(claim("accuracy", "55"))].count(
        "55"
    ) == 0


def test_a_misprint_keeps_all_else():
    old = claim("accuracy", "97,57", unit="percent", arm="other")
    assert {(new.arm, new.unit, new.where) for new in single_misprints(old)} == {
        ("other", "percent", "Table 1")
    }


def test_few_misprints_are_named_and_many_are_not():
    old = claim("parameters", "643", unit="count")
    changes = [
        (old, claim("parameters", new, unit="count")) for new in ("645", "633", "543", "653")
    ]
    assert mended(changes[:1]) == "643 → 645 (Table 1)"
    assert mended(changes[:3]).count("→") == 3
    assert mended(changes) == mended([]) == ""
