"""The lists of what Colab and Kaggle have hold all that a notebook loads, or its own cell installs it."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from lib import ROOT

# What every cell of a notebook loads: the first one imports the wings, and a run the rest.
LOADS = """
import sys
from lib import audit, datasets, evidence, models, papers, phantoms, report, runs, training
print(*{name.partition(".")[0] for name in sys.modules})
"""


def names(requirements: str) -> set[str]:
    return {name.lower() for name in re.findall(r"^([\w-]+)==", requirements, re.MULTILINE)}


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The direct dependencies, by name, that importing the library loads."""
    process = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = packages_distributions()
    installed = {each.lower() for name in process.stdout.split() for each in found.get(name, ())}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    own = project.partition("dependencies = [")[2].partition("\n]\n")[0]
    return installed & {name.lower() for name in re.findall(r'"([\w-]+)==', own)}


@pytest.mark.slow
@pytest.mark.parametrize("host", ["colab", "kaggle"])
def test_a_notebook_finds_there_what_it_loads(host, loaded):
    there = names((Path(__file__).parent / "hosts" / f"{host}.txt").read_text(encoding="utf-8"))
    own = (ROOT / "notebooks" / "requirements.txt").read_text(encoding="utf-8")
    installs = {name.lower() for name in re.findall(r"^[\w-]+", own, re.MULTILINE)}
    assert {"keras", "numpy", "pandas"} <= loaded
    assert loaded <= there | installs
