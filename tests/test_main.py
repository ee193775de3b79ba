"""`python -m lib`: audit, data (list, show, fetch, build), arms, verify, schema, badges from the command line."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lib import papers, storage
from lib.__main__ import main
from lib.audit import check_paper
from lib.datasets import DataError
from lib.grading import verify
from lib.grading.items import Item, Verification
from lib.papers.declare import Assumed

SLUG = "kuncoro_white_blood_cells"


def _data() -> Path:
    return storage.DATA  # of this test, see conftest.py


def _own() -> Path:
    """data/<slug>/, not there yet."""
    _data().mkdir(parents=True)
    return _data() / SLUG


def _sections(text: str) -> dict[str, str]:
    """Slug → what the list says of it."""
    parts = text.strip("\n").split("\n\n")
    return {part.split(":")[0]: part for part in parts}


# data


def test_data_lists_every_paper_with_what_is_expected_and_found(capsys):
    assert main(["data"]) == 0
    found = _sections(capsys.readouterr().out)
    assert list(found) == papers.slugs()
    for slug, text in found.items():
        assert text.splitlines()[0] == f"{slug}: {papers.load(slug).title_english}"
        assert "\n  source    " in text
        assert "\n  expected  " in text
        assert f"\n  found     nothing in data/{slug}/: runs draw images instead" in text


def test_data_lists_what_is_there(make_folder, capsys):
    make_folder(per_class=6).rename(_own())
    assert main(["data"]) == 0
    found = _sections(capsys.readouterr().out)
    assert f"{_data() / SLUG}: substitute, 30 images" in found[SLUG]
    nothing = [slug for slug, text in found.items() if f"nothing in data/{slug}/" in text]
    assert nothing == [slug for slug in papers.slugs() if slug != SLUG]


def test_one_unusable_folder_is_said_and_the_other_papers_are_listed_all_the_same(capsys):
    _own().mkdir()
    assert main(["data"]) == 1
    shown = capsys.readouterr()
    found = _sections(shown.out)
    assert list(found) == papers.slugs()
    assert f"  unusable  {_data() / SLUG} should hold images of every class" in found[SLUG]
    assert sum("unusable" in text for text in found.values()) == 1
    assert shown.err == ""


def test_data_names_three_rejected_files_and_says_how_to_see_all(make_folder, capsys):
    folder = make_folder(per_class=6)
    for number in range(5):
        (folder / "basophil" / f"broken_{number}.png").write_bytes(b"\x89PNG")
    folder.rename(_own())
    assert main(["data"]) == 0
    text = _sections(capsys.readouterr().out)[SLUG]
    assert text.count("  rejected  basophil/broken_") == 3
    assert f"and 2 more: `python -m lib data show {SLUG}`" in text


# data fetch, data build, and what all commands share


@pytest.mark.parametrize("command", ["fetch", "build"])
def test_an_unknown_paper_lists_the_known_ones(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["data", command, "no_paper"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert "no_paper" in told
    assert all(slug in told for slug in papers.slugs())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unheard-of"],
        ["data", "unheard-of"],
        ["data", "show"],
        ["data", "fetch"],
        ["data", "build", SLUG],
        ["data", "build", SLUG, "originals"],
        ["data", "build", SLUG, "originals", "target", "--seed", "many"],
        ["arms", "unheard-of"],
        ["verify"],
        ["badges", "notebooks/a.ipynb"],
    ],
)
def test_an_incomplete_command_line_is_a_usage_error(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_help_names_the_commands_and_exits_with_0(capsys):
    for arguments, parts in (
        (["--help"], ("data", "verify", "schema", "badges")),
        (["data", "--help"], ("show", "fetch", "build")),
        (["data", "show", "--help"], ("SLUG", "FOLDER")),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        shown = capsys.readouterr().out
        assert all(part in shown for part in parts)


# data fetch


def test_fetch_hands_the_paper_on(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("lib.datasets.downloads.kaggle.fetch", asked.append)
    assert main(["data", "fetch", SLUG]) == 0
    assert [paper.slug for paper in asked] == [SLUG]


@pytest.mark.parametrize("error", [DataError, OSError, ValueError])
def test_what_fails_is_told_in_one_line_with_exit_code_1(monkeypatch, capsys, error):
    def failing(_) -> None:
        raise error("no network")

    monkeypatch.setattr("lib.datasets.downloads.kaggle.fetch", failing)
    assert main(["data", "fetch", SLUG]) == 1
    shown = capsys.readouterr()
    assert shown.err == f"{error.__name__}: no network\n"
    assert shown.out == ""


# data build


@pytest.fixture
def photographs(make_folder):
    return make_folder("photographs", per_class=1, size=16)


@pytest.fixture
def few(paper, monkeypatch):
    """The declared numbers of copies would take a while: two a kind here."""
    how = paper.dataset.rebuild
    fewer = replace(how, counts=dict.fromkeys(how.counts, Assumed("2", "for this test")))
    small = replace(paper, dataset=replace(paper.dataset, rebuild=fewer))
    monkeypatch.setattr(papers, "load", lambda _: small)


def test_build_makes_the_set_and_prints_where_it_is(photographs, tmp_path, few, capsys):
    target = tmp_path / "new" / "set"
    assert main(["data", "build", SLUG, str(photographs), str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert len(list(target.rglob("*.jpg"))) == 10
    assert json.loads((target / "BUILT.json").read_text())["seed"] == 0


def test_build_takes_a_seed(photographs, tmp_path, few):
    target = tmp_path / "set"
    assert main(["data", "build", SLUG, str(photographs), str(target), "--seed", "7"]) == 0
    assert json.loads((target / "BUILT.json").read_text())["seed"] == 7


def test_build_of_what_cannot_be_built_is_an_error_with_exit_code_1(photographs, tmp_path, capsys):
    target = tmp_path / "set"
    for slug, originals, told in (
        ("kumar_breakhis", photographs, "declares no set of augmented copies"),
        (SLUG, tmp_path / "nowhere", "should exist"),
        (SLUG, photographs / "basophil", "found none of basophil"),
    ):
        assert main(["data", "build", slug, str(originals), str(target)]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("DataError: ")
        assert told in shown.err
        assert not target.exists()


# arms


def test_arms_tells_of_the_papers_asked_for(monkeypatch):
    """With another module in the place of lib.models.listing, which loads Keras."""
    slugs = ["violina_blood_cancer", SLUG]
    listing = SimpleNamespace(
        add_arguments=papers.add_slugs_argument, run_command=lambda options: options.slugs
    )
    monkeypatch.setitem(sys.modules, "lib.models.listing", listing)
    assert main(["arms", *slugs]) == slugs
    assert main(["arms"]) == []  # all of them


def test_papers_are_loaded_in_the_order_asked_for_and_all_of_them_by_default():
    slugs = ["violina_blood_cancer", SLUG]
    assert [paper.slug for paper in papers.load_all(slugs)] == slugs
    assert [paper.slug for paper in papers.load_all()] == papers.slugs()


def test_arms_of_an_unknown_paper_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["arms", SLUG, "no_paper"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert "unknown paper no_paper" in told
    assert all(slug in told for slug in papers.slugs())


@pytest.mark.slow
def test_arms_builds_every_model_of_a_paper_and_names_what_is_assumed(capsys):
    assert main(["arms", "sulistiana_cat_breeds"]) == 0
    text = capsys.readouterr().out
    for name in ("mobilenetv2 ", "mobilenetv2-native "):
        assert f"\n  {name}" in text
    # 1280 × 256 + 256, 256 × 128 + 128, 128 × 5 + 5
    assert "2,619,461 parameters, 361,477 of them trained" in text
    assert "20 epochs, batches of 32, adam at 0.0001, categorical crossentropy" in text


# verify, schema


def test_verify_of_a_folder_without_a_run_finds_it_not_consistent(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "unreadable" in shown.out


def test_verify_has_a_row_per_submission_and_fails_if_one_differs(monkeypatch, capsys, tmp_path):
    record = object()
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.html").touch()
    differs = Item("scores", "differs", "scores: other", "0.9", "0.8", "results.json: scores")
    found = {
        "a": Verification("a", (Item("scores", "ok", "scores: 3"),), record),
        "b": Verification("b", (differs,), record),
    }
    monkeypatch.setattr(
        verify, "verify_all", lambda paths, jobs: [found[path.name] for path in paths]
    )
    assert main(["verify", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "not consistent" in shown
    assert "expected: 0.8" in " ".join(shown.split())
    assert main(["verify", str(tmp_path / "a")]) == 0


def test_schema_describes_every_field_of_the_record(capsys):
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    expected = {"slug", "data", "near_duplicates", "models", "folds", "scores", "claims"}
    expected |= {"grouping", "gaps", "leaks", "probes", "comparisons", "controls", "choices"}
    assert expected | {"provenance", "costs", "differences"} <= set(schema["required"])
    assert schema["properties"]["schema_version"]["const"] == 11


def test_names_of_files_reach_no_terminal_raw_whatever_its_encoding(checkout, make_folder):
    folder = make_folder(per_class=20)
    (folder / "monocyte" / "caf\u00e9\u2713\x1b[2J.png").write_text("no image")
    process = subprocess.run(
        [sys.executable, "-m", "lib", "data", "show", SLUG, str(folder)],
        cwd=checkout,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert process.returncode == 0, process.stderr
    assert rb"monocyte/caf\xe9\u2713\x1b[2J.png" in process.stdout
    assert b"\x1b" not in process.stdout


def test_a_name_in_an_error_is_escaped_too(capsys):
    assert main(["data", "show", SLUG, "no\x1b[2Jwhere"]) == 1
    error = capsys.readouterr().err
    assert r"no\x1b[2Jwhere" in error
    assert "\x1b" not in error


# badges


@pytest.fixture
def late(tmp_path, monkeypatch) -> Path:
    """A notebook that `lib.runs.badges` finds out of date until it is written."""
    path = tmp_path / "one.ipynb"
    monkeypatch.setattr("lib.runs.badges.outdated", lambda: {} if path.exists() else {path: "text"})
    return path


def test_badges_writes_what_is_out_of_date_and_names_it(late, capsys):
    assert main(["badges"]) == 0
    assert capsys.readouterr().out == "one.ipynb: written\n"
    assert late.read_text() == "text"
    assert main(["badges"]) == 0
    assert capsys.readouterr().out == ""


def test_badges_check_writes_nothing_and_fails_until_all_is_written(late, capsys):
    assert main(["badges", "--check"]) == 1
    assert capsys.readouterr().out.startswith("one.ipynb: out of date")
    assert not late.exists()
    late.write_text("text")
    assert main(["badges", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_badges_says_what_a_notebook_lacks_in_one_line(monkeypatch, capsys):
    def lacking() -> dict:
        raise ValueError("a.ipynb lacks install")

    monkeypatch.setattr("lib.runs.badges.outdated", lacking)
    for arguments in (["badges"], ["badges", "--check"]):
        assert main(arguments) == 1
        assert capsys.readouterr().err == "ValueError: a.ipynb lacks install\n"


# audit


def test_audit_lists_every_paper_by_default(capsys):
    assert main(["audit"]) == 0
    text = capsys.readouterr().out
    assert [slug for slug in papers.slugs() if f"{slug}:" in text] == papers.slugs()
    assert "impossible" in text


def test_audit_as_json_has_every_finding_of_the_papers_asked_for(capsys):
    assert main(["audit", SLUG, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [SLUG]
    expected = [asdict(one) for one in check_paper(papers.load(SLUG))]
    assert found[SLUG] == json.loads(json.dumps(expected))


def test_audit_of_an_unknown_paper_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["audit", "kuncoro"])
    assert f"unknown paper kuncoro; known: {', '.join(papers.slugs())}" in capsys.readouterr().err
