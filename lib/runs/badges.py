"""What is generated in every notebook: badges that open it in Colab or Kaggle, what it needs there, and its version.

The version is a hash of all other cells, in the notebook's metadata: a student's copy keeps it, so that the copy
is never held against another version (`lib.grading.changes`).

The repository's address stands in pyproject.toml and is carried on from there. While a placeholder
stands there, no notebook has these cells: no badge leads nowhere.

Both services come with TensorFlow, Keras and pandas in versions of their own. The install cell leaves
them alone, because a running kernel does not survive having what it has loaded replaced; the report
names the versions that computed it. It adds the one package that is missing there, clones the
repository, since data/ has to lie beside lib/, and links `lib` into the working folder: unlike a
changed path, a link is still there after the kernel was restarted.
"""

import argparse
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lib import NOT_IN_REPORT, ROOT
from lib.papers import NOTEBOOKS
from lib.results import hash_json
from lib.storage import write_text

PROJECT = ROOT / "pyproject.toml"
BRANCH = "main"
IDS = ("badges", "install")  # of the two cells, which stand behind the title
COLAB = "https://colab.research.google.com/github/{repository}/blob/{branch}/notebooks/{name}.ipynb"
BADGES = """\
[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})
[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]\
(https://kaggle.com/kernels/welcome?src=https://github.com/{repository}/blob/{branch}/notebooks/{name}.ipynb)

The next cell fetches the library there; on your own machine it does nothing. On Kaggle, first turn on the internet in
the notebook's settings. Where a paper's images are one Kaggle data set, add it as input and they are found.
"""
INSTALL = """\
from importlib.util import find_spec

if find_spec("lib") is None:  # on Colab and Kaggle; Kaggle's internet must be on
    get_ipython().run_cell_magic("bash", "", "git clone -q --depth 1 https://github.com/{repository} &&"
        " pip install -q -r {folder}/notebooks/requirements.txt && ln -s {folder}/lib")
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to write or only to look."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a notebook has another"
    )


def run_command(options: argparse.Namespace) -> int:
    """Names every notebook that has another address, and rewrites it; with --check 1 if there is one."""
    late = outdated()
    if not options.check:
        write(late)
    state = "out of date: `python -m lib badges` writes it anew" if options.check else "written"
    for path in late:
        print(f"{path.name}: {state}")
    return 1 if options.check and late else 0


def repository() -> str:
    """OWNER/NAME of the repository at GitHub, from `[project.urls]` in pyproject.toml.

    "" for a placeholder: an owner with an underscore, as nobody can have one at GitHub.

    Raises:
        ValueError: The address is none of GitHub: the badges could not open it.
    """
    urls = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"].get("urls", {})
    address = urls.get("Repository", "")
    match = re.fullmatch(r"https://github\.com/([\w-]+/[\w.-]+?)(\.git)?/?", address, re.ASCII)
    if not match:
        raise ValueError(
            f"`Repository` under [project.urls] in pyproject.toml should be "
            f"https://github.com/OWNER/NAME; received {address!r}."
        )
    return "" if "_" in match[1].partition("/")[0] else match[1]


def colab_address(name: str) -> str:
    """Where the notebook called `name` opens in Colab; "" while the repository's address is a placeholder."""
    here = repository()
    return COLAB.format(name=name, repository=here, branch=BRANCH) if here else ""


def cells(name: str, repository: str) -> dict[str, dict[str, Any]]:
    """Id → cell, as JSON, of the notebook called `name` in `repository` (OWNER/NAME; "" for none yet)."""
    if not repository:
        return {}
    facts = {"name": name, "repository": repository, "branch": BRANCH}
    badges = BADGES.format(**facts, colab=COLAB.format(**facts))
    install = INSTALL.format(**facts, folder=repository.partition("/")[2])
    return {
        "badges": _cell("markdown", "badges", badges),
        "install": {**_cell("code", "install", install), "execution_count": None, "outputs": []},
    }


def outdated() -> dict[Path, str]:
    """Path → the text it should have, of every notebook whose generated cells differ from `cells`.

    Raises:
        ValueError: The repository's address is unusable.
    """
    texts, here = {}, repository()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        title, *others = [cell for cell in notebook["cells"] if cell.get("id") not in IDS]
        renewed = [title, *cells(path.stem, here).values(), *others]
        metadata = {**notebook["metadata"], "reference": {"sha256": version_of([title, *others])}}
        if (renewed, metadata) != (notebook["cells"], notebook["metadata"]):
            texts[path] = _text({**notebook, "cells": renewed, "metadata": metadata})
    return texts


def version_of(others: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of the ids, kinds and sources of a notebook's cells, those that are generated left out.

    Args:
        others: The cells, as JSON.
    """
    told = [[cell.get("id"), cell["cell_type"], "".join(cell["source"])] for cell in others]
    return hash_json(told)


def write(texts: Mapping[Path, str]) -> None:
    """Writes what `outdated` found, every notebook whole or not at all."""
    for path, text in texts.items():
        write_text(path, text)


def _cell(kind: str, name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": kind,
        "id": name,
        "metadata": {"tags": [NOT_IN_REPORT]},
        "source": source.removesuffix("\n").splitlines(keepends=True),
    }


def _text(notebook: dict[str, Any]) -> str:
    """As nbformat writes it, so that Jupyter changes nothing else when it saves."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
