"""The generated cells: what they say, how they get into the notebooks, and that the install cell works."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from lib import ROOT, papers
from lib.report import page
from lib.runs import badges

REPOSITORY = "an-owner/a.name"
GITHUB = "https://github.com/an-owner/a.name"


def source(cell: dict) -> str:
    return "".join(cell["source"])


def notebook(*cells: dict) -> dict:
    """A notebook as JSON: title, the generated cells as given, and a cell with a dash and an arrow."""
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Title\n", "\n"]}
    last = {"cell_type": "markdown", "id": "last", "metadata": {"tags": ["a"]}, "source": ["– →"]}
    return {
        "cells": [title, *cells, last],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def empty() -> list[dict]:
    """The generated cells before anything is written into them."""
    text = {"cell_type": "markdown", "id": "badges", "metadata": {}, "source": []}
    code = {"cell_type": "code", "id": "install", "metadata": {}, "source": []}
    return [text, {**code, "execution_count": None, "outputs": []}]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Notebooks a and b, with empty generated cells, in a checkout of their own."""
    made = tmp_path / "checkout" / "notebooks"
    made.mkdir(parents=True)
    for name in "ab":
        nbformat.write(nbformat.from_dict(notebook(*empty())), made / f"{name}.ipynb")
    monkeypatch.setattr(badges, "NOTEBOOKS", made)
    monkeypatch.setattr(badges, "PROJECT", made.parent / "pyproject.toml")
    move(GITHUB)
    return made


def move(address: str) -> None:
    badges.PROJECT.write_text(f'[project]\nname = "x"\n[project.urls]\nRepository = "{address}"\n')


# The cells


def test_the_badges_link_to_the_notebook_at_github_through_colab_and_kaggle():
    lines = source(badges.cells("a", REPOSITORY)["badges"]).splitlines()
    assert lines[:2] == [
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        "(https://colab.research.google.com/github/an-owner/a.name/blob/main/notebooks/a.ipynb)",
        "[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]"
        f"(https://kaggle.com/kernels/welcome?src={GITHUB}/blob/main/notebooks/a.ipynb)",
    ]


def test_the_install_cell_names_the_repository_and_its_folder():
    text = source(badges.cells("a", REPOSITORY)["install"])
    assert f" {GITHUB} &&" in text
    assert text.endswith(' && ln -s a.name/lib")')


def test_the_install_cell_is_as_short_as_every_other_and_defines_nothing():
    lines = source(badges.cells("a", REPOSITORY)["install"]).splitlines()
    assert len(lines) <= 5
    assert max(map(len, lines)) <= 120
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert not any(isinstance(node, kinds) for node in ast.walk(ast.parse("\n".join(lines))))


def test_the_cells_are_valid_and_kept_out_of_reports():
    both = badges.cells("a", REPOSITORY)
    nbformat.validate(nbformat.from_dict(notebook(*both.values())))
    assert [cell["metadata"] for cell in both.values()] == [{"tags": ["not-in-report"]}] * 2


def test_a_report_shows_nothing_of_them(record):
    cells = badges.cells("a", REPOSITORY).values()
    opened = nbformat.reads(json.dumps(notebook(*cells)), as_version=4)
    opened.cells.insert(3, nbformat.v4.new_markdown_cell("## Results"))
    html = page.render(opened, record.paper, record.collect())
    assert "– →" in html
    assert not any(text in html for text in ("colab-badge", "open-in-kaggle", "find_spec"))


# The address


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/"])
def test_the_address_is_read_from_the_project_file(folder, end):
    move(GITHUB + end)
    assert badges.repository() == REPOSITORY


@pytest.mark.parametrize(
    "address",
    ["", "https://gitlab.com/o/n", "https://github.com/o", "https://github.com/o/n/x", "o/n; ls"],
)
def test_an_address_that_the_badges_could_not_open_is_refused(folder, address):
    move(address)
    with pytest.raises(ValueError, match="OWNER/NAME; received ") as caught:
        badges.outdated()
    assert repr(address) in str(caught.value)


def test_a_project_file_without_an_address_is_refused(folder):
    badges.PROJECT.write_text('[project]\nname = "x"\n')
    with pytest.raises(ValueError, match="received ''"):
        badges.repository()


def test_the_project_file_is_the_only_one_that_has_the_address():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    generated = {path.relative_to(ROOT).as_posix() for path in papers.NOTEBOOKS.glob("*.ipynb")}
    others = [ROOT / name for name in listed.stdout.split() if name not in generated]
    address = tomllib.loads(badges.PROJECT.read_text(encoding="utf-8"))["project"]["urls"]
    name = address["Repository"].removeprefix("https://github.com/").encode()
    naming = [path.name for path in others if path.is_file() and name in path.read_bytes()]
    assert naming == ["pyproject.toml"]


# Into the notebooks


def test_every_notebook_of_this_checkout_has_the_cells_it_should_have():
    late = [path.name for path in badges.outdated()]
    assert not late, f"run `python -m lib badges`: {', '.join(late)}"


def test_the_version_of_a_notebook_is_that_of_its_own_cells_wherever_it_is_fetched_from():
    own, generated = notebook()["cells"], [*badges.cells("a", REPOSITORY).values()]
    assert tuple(cell["id"] for cell in generated) == badges.IDS
    changed = [{**own[0], "source": ["another title"]}, *own[1:]]
    assert badges.version_of(changed) != badges.version_of(own)
    as_one_text = [{**cell, "source": "".join(cell["source"])} for cell in own]
    assert badges.version_of(as_one_text) == badges.version_of(own)


def test_only_the_two_cells_and_the_version_are_written_and_as_nbformat_writes(folder):
    badges.write(badges.outdated())
    for name in "ab":
        expected = nbformat.from_dict(notebook(*badges.cells(name, REPOSITORY).values()))
        expected.metadata["reference"] = {"sha256": badges.version_of(notebook()["cells"])}
        text = (folder / f"{name}.ipynb").read_text(encoding="utf-8")
        assert text == nbformat.writes(expected) + "\n"
    assert sorted(path.name for path in folder.iterdir()) == ["a.ipynb", "b.ipynb"]


def test_what_is_written_once_is_up_to_date(folder):
    assert [path.name for path in badges.outdated()] == ["a.ipynb", "b.ipynb"]
    badges.write(badges.outdated())
    assert badges.outdated() == {}


def test_a_moved_repository_takes_one_edit_and_one_command(folder):
    badges.write(badges.outdated())
    move("https://github.com/other/place")
    badges.write(badges.outdated())
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert REPOSITORY not in text
        assert text.count("other/place") == 3


@pytest.mark.parametrize("change", [{"source": ["x"]}, {"metadata": {}}, {"execution_count": 1}])
def test_a_changed_cell_is_out_of_date(folder, change):
    badges.write(badges.outdated())
    path = folder / "b.ipynb"
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["cells"][2] |= change
    path.write_text(json.dumps(changed), encoding="utf-8")
    assert list(badges.outdated()) == [path]


@pytest.mark.parametrize("kept", [[], [0], [1], [1, 0]])
def test_cells_that_are_missing_or_stand_elsewhere_come_behind_the_title(folder, kept):
    there = [empty()[number] for number in kept]
    (folder / "b.ipynb").write_text(json.dumps(notebook(*there)))
    badges.write(badges.outdated())
    written = json.loads((folder / "b.ipynb").read_text(encoding="utf-8"))
    assert [cell["id"] for cell in written["cells"]] == ["title", "badges", "install", "last"]


def test_a_placeholder_takes_the_cells_out_and_leads_nowhere(folder):
    badges.write(badges.outdated())
    assert badges.colab_address("a").endswith("/an-owner/a.name/blob/main/notebooks/a.ipynb")
    move("https://github.com/your_account/a-name")
    badges.write(badges.outdated())
    assert badges.colab_address("a") == ""
    for path in folder.iterdir():
        written = json.loads(path.read_text(encoding="utf-8"))
        assert [cell["id"] for cell in written["cells"]] == ["title", "last"]


def test_a_notebook_is_written_whole_or_not_at_all(folder, monkeypatch):
    late, before = badges.outdated(), (folder / "a.ipynb").read_bytes()

    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:50])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        badges.write(late)
    assert (folder / "a.ipynb").read_bytes() == before
    assert len(list(folder.iterdir())) == 2


# The install cell at work, in a process that cannot import this checkout's lib

SESSION = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
sys.path[:] = ["", *(one for one in sys.path if one and not Path(one, "lib", "__init__.py").exists())]
from IPython.core.interactiveshell import InteractiveShell
shell, told, before = InteractiveShell.instance(), [], find_spec("lib") is not None
for _ in range(2):
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
        error = shell.run_cell(sys.argv[1]).error_in_exec
    told.append([out.getvalue(), type(error).__name__])
if find_spec("lib") is not None:
    import lib
print(json.dumps({"before": before, "told": told, "root": str(lib.ROOT) if "lib" in sys.modules else ""}))
"""


@pytest.fixture
def session(tmp_path):
    """Runs the install cell twice in one kernel; GitHub is a folder, and pip only notes its calls."""
    for tool in ("git", "bash"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    work, tools = tmp_path / "work", tmp_path / "tools"
    work.mkdir()
    tools.mkdir()
    (tools / "pip").write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/pip.log\n')
    (tools / "pip").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/github/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
    }
    environment.pop("PYTHONPATH", None)
    cell = source(badges.cells("a", REPOSITORY)["install"])

    def run() -> dict:
        command = [sys.executable, "-c", SESSION, cell]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        log = tmp_path / "pip.log"
        pip = log.read_text().splitlines() if log.exists() else []
        return {**json.loads(done.stdout), "pip": pip, "clone": str(work / "a.name")}

    return run


def publish(github: Path) -> None:
    """Makes the repository that the address leads to: lib/__init__.py and nothing else."""
    made = github / REPOSITORY
    (made / "lib").mkdir(parents=True)
    shutil.copy2(ROOT / "lib" / "__init__.py", made / "lib")
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=made, check=True)


def test_the_cell_clones_the_library_and_a_second_run_does_nothing(session, tmp_path):
    publish(tmp_path / "github")
    found = session()
    assert not found["before"]
    assert found["told"] == [["", "NoneType"]] * 2
    assert found["root"] == found["clone"]
    assert found["pip"] == ["install -q -r a.name/notebooks/requirements.txt"]


def test_after_a_restart_of_the_kernel_the_library_is_still_there(session, tmp_path):
    publish(tmp_path / "github")
    session()
    found = session()
    assert found["before"]
    assert found["root"] == found["clone"]
    assert found["pip"] == ["install -q -r a.name/notebooks/requirements.txt"]


def test_a_clone_that_fails_is_told_and_can_be_tried_again(session, tmp_path):
    found = session()
    text, error = found["told"][0]
    assert error == "CalledProcessError"
    assert "fatal: " in text  # Git's own reason
    assert GITHUB in text
    assert "Kaggle's internet must be on" in text
    assert found["root"] == ""
    publish(tmp_path / "github")
    assert session()["root"] == found["clone"]


def test_where_the_library_is_installed_the_cell_asks_for_nothing():
    exec(source(badges.cells("a", REPOSITORY)["install"]), {"get_ipython": pytest.fail})
