"""What `make check` says, and when it fails."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest

from lib import ROOT


def load(name: str) -> ModuleType:
    """A file of tests/checks/, which is no package."""
    spec = spec_from_file_location(name, ROOT / "tests" / "checks" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('all is well')", ""),
        ("import sys; sys.exit('x.py:3: a fault')", "name: failed\nx.py:3: a fault\n→ Mend it.\n"),
    ],
)
def test_a_check_is_quiet_unless_it_fails(code, said, monkeypatch, capsys):
    check = load("check")
    command = (sys.executable, "-c", code)
    monkeypatch.setattr(check, "CHECKS", {"name": check.Check(command, "Mend it.")})
    assert check.main([]) == bool(said)
    assert capsys.readouterr().out.strip() == said.strip()


FAULT = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
SOUND, FAULTY = (
    {"name": "sound", "version": "1.0", "vulns": []},
    {"name": "faulty", "version": "1.0", "vulns": [FAULT]},
)
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, ""),
        ([SOUND, UNKNOWN], 0, "not looked for in 1 of 2 packages: the index has no answer."),
        ([UNKNOWN, FAULTY], 1, "faulty 1.0: PYSEC-1, mended in 2.0"),
        (None, 0, "not looked for: the package index could not be asked."),
    ],
)
def test_what_the_index_did_not_answer_is_said(packages, code, said, monkeypatch, capsys):
    vulnerabilities = load("vulnerabilities")
    answer = "no connection" if packages is None else json.dumps({"dependencies": packages})
    monkeypatch.setattr(vulnerabilities, "AUDIT", (sys.executable, "-c", f"print({answer!r})"))
    assert vulnerabilities.main() == code
    assert capsys.readouterr().out.strip() == said


LONG = " ".join(["word"] * 31)


@pytest.mark.parametrize(
    ("markdown", "numbers"),
    [
        (f"{LONG}.", [31]),
        (f"{LONG[5:]}.", []),
        (f"Short. {LONG}\nand more, [linked](there).", [34]),
        (f"{LONG[5:]}: {LONG[5:]}.", []),
        (f"- {LONG[5:]}\n- {LONG[5:]}", []),
        (f"```\n{LONG}\n```\n\n    {LONG}\n\n| {LONG} |\n\n# {LONG}", []),
        (f"{LONG[10:]} `several words of code`", []),
    ],
)
def test_long_sentences_are_those_of_more_than_30_words(markdown, numbers):
    assert [count for count, _ in load("long_sentences").long_sentences(markdown)] == numbers


def test_links_lead_to_files_and_headings(tmp_path):
    (tmp_path / "there.md").write_text("# What is safe?\n")
    guide = tmp_path / "guide.md"
    guide.write_text(
        "[a](there.md) [b](there.md#what-is-safe) [c](#mine) [d](https://example.org/x)\n"
        "[e](gone.md) [f](there.md#what-is-not) [g](#other)\n\n## Mine\n"
    )
    links = load("links")
    assert [*links.broken_links(guide)] == ["gone.md", "there.md#what-is-not", "#other"]
    assert links.main([str(tmp_path / "there.md")]) == 0
    assert links.main([str(guide)]) == 1


@pytest.mark.parametrize(
    ("left", "code"), [({}, 0), ({"execution_count": 1}, 1), ({"outputs": [{}]}, 1)]
)
def test_a_notebook_that_was_run_is_named(tmp_path, capsys, left, code):
    cell = {"id": "train", "cell_type": "code", "execution_count": None, "outputs": []}
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps({"cells": [cell | left]}))
    assert load("clean_notebooks").main([str(path)]) == code
    assert capsys.readouterr().out == "mine.ipynb: train\n" * code
