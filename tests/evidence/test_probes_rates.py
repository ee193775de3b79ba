"""How often the probes fire on phantoms with a planted fault and without, over two sets each.

What was measured, and on what, stands in benchmarks/probe_rates.py, which prints the same table.
"""

import runpy

import pandas as pd
import pytest

from lib import ROOT

SEES_COLOUR = ["colour", "pixels", "global", "border", "blurred", "patches"]
LEAKS = ["nearest neighbour", "near-duplicates"]
SETS = 2


@pytest.fixture(scope="module")
def rates() -> pd.DataFrame:
    """Probe → switch → in how many of the sets it fired."""
    found = runpy.run_path(str(ROOT / "benchmarks" / "probe_rates.py"))["rates"](SETS)
    print(f"\nFired in so many of {SETS} sets:\n{found.to_string()}")
    return found


def _only(rates: pd.DataFrame, switch: str, wanted: dict[str, int]) -> None:
    assert rates.loc[list(wanted), switch].to_dict() == wanted, f"\n{rates.to_string()}"


@pytest.mark.slow
@pytest.mark.parametrize("switch", ["clean", "types at random"])
def test_without_a_planted_fault_no_probe_fires(rates, switch):
    _only(rates, switch, dict.fromkeys(rates.index, 0))


@pytest.mark.slow
def test_another_scanner_fires_every_probe_that_sees_light_or_margin_and_no_other(rates):
    _only(rates, "other scanner", dict.fromkeys(SEES_COLOUR, SETS))
    _only(rates, "other scanner", dict.fromkeys(["majority", "file", *LEAKS], 0))


@pytest.mark.slow
def test_another_file_type_fires_the_probes_that_see_files(rates):
    """Patches see what JPEG leaves of the noise, and in 1 of 5 sets that reaches the network, too."""
    _only(rates, "other file", dict.fromkeys(["file", "global"], SETS))
    silent = [name for name in rates.index if name not in ("file", "global", "patches")]
    _only(rates, "other file", dict.fromkeys(silent, 0))
    assert rates.loc["patches", "other file"] <= 1, f"\n{rates.to_string()}"


@pytest.mark.slow
def test_copies_on_both_sides_fire_the_leak_probes(rates):
    """Shortcut probes fire in up to 2 of 5: of 24 drawings a set, no interval can exclude much."""
    _only(rates, "copies", dict.fromkeys(LEAKS, SETS))
    _only(rates, "copies", dict.fromkeys(["majority", "file"], 0))
    assert rates.loc[SEES_COLOUR, "copies"].max() <= 1, f"\n{rates.to_string()}"
