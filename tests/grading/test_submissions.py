"""What is handed in is opened as bounded, named bytes: a hostile zip gives nothing and writes nothing."""

import stat
import zipfile
from pathlib import Path

import pytest

from lib.grading import artefacts, submissions
from lib.grading.submissions import is_run, list_submissions, open_submission

FILES = {"results.json": b"{}", "report.html": b"<p>", "predictions.csv": b"a\n"}


def zipped(path: Path, members: dict[str, bytes], prefix: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(prefix + name, content)
    return path


def test_a_folder_gives_its_known_files_and_names_the_others(tmp_path):
    for name, content in {**FILES, "notes.txt": b"x"}.items():
        (tmp_path / name).write_bytes(content)
    opened = open_submission(tmp_path)
    assert (opened.kind, dict(opened.files)) == ("folder", FILES)
    assert (opened.faults, opened.ignored) == ((), ("notes.txt",))


@pytest.mark.parametrize("prefix", ["", "my run/"])
def test_a_zip_gives_its_known_files_from_the_top_or_from_one_folder(tmp_path, prefix):
    path = zipped(tmp_path / "a.zip", {**FILES, "x.py": b"import os"}, prefix)
    opened = open_submission(path)
    assert (opened.kind, dict(opened.files), opened.faults) == ("zip", FILES, ())
    assert opened.ignored == (f"{prefix}x.py",)
    assert list(tmp_path.iterdir()) == [path]  # nothing was unpacked


def test_what_a_mac_adds_to_a_zip_is_no_fault(tmp_path):
    path = zipped(tmp_path / "a.zip", {**FILES, "__MACOSX/._results.json": b"x"})
    assert open_submission(path).faults == ()


def test_a_page_alone_is_a_submission(tmp_path):
    (tmp_path / "Report of A.html").write_bytes(b"<p>")
    opened = open_submission(tmp_path / "Report of A.html")
    assert (opened.kind, dict(opened.files)) == ("page", {"report.html": b"<p>"})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../results.json", "plain names"),
        ("/etc/results.json", "plain names"),
        ("a/../../b", "plain names"),
        ("C:/results.json", "plain names"),
        ("..\\results.json", "plain names"),
        ("inner.zip", "no zips"),
        ("b/results.json", "twice"),
        ("b/history.csv", "several"),
    ],
)
def test_a_zip_with_an_odd_name_is_refused_whole(tmp_path, name, words):
    opened = open_submission(zipped(tmp_path / "a.zip", {**FILES, name: b"x"}))
    assert (opened.kind, dict(opened.files)) == ("zip", {})
    (fault,) = opened.faults
    assert words in fault


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("history.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "no links" in open_submission(path).faults[0]


def test_a_bomb_is_not_unpacked(tmp_path):
    path = zipped(tmp_path / "a.zip", {"predictions.csv": b"0" * 10_000_000})
    assert "compressed more highly" in open_submission(path).faults[0]


def test_limits_of_sizes_and_numbers_hold(tmp_path, monkeypatch):
    path = zipped(tmp_path / "a.zip", FILES)
    monkeypatch.setattr(submissions, "MOST_MEMBERS", 2)
    assert "2 members" in open_submission(path).faults[0]
    monkeypatch.undo()
    monkeypatch.setitem(artefacts.LIMITS, "predictions.csv", 1)
    assert "larger than a run writes" in open_submission(path).faults[0]
    monkeypatch.undo()
    monkeypatch.setattr(submissions, "MOST_ZIP", 5)
    assert "at most" in open_submission(path).faults[0]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_zip_is_a_fault(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    opened = open_submission(tmp_path / "a.zip")
    assert dict(opened.files) == {}
    assert len(opened.faults) == 1


def test_what_is_not_there_or_is_something_else_is_a_fault(tmp_path):
    (tmp_path / "a.txt").touch()
    for name in ("nowhere", "a.txt"):
        opened = open_submission(tmp_path / name)
        assert (opened.kind, len(opened.faults)) == ("none", 1)


def test_a_folder_of_submissions_lists_them_without_what_a_batch_adds(tmp_path):
    run = tmp_path / "kuncoro"
    run.mkdir()
    (run / "report.html").touch()
    for name in ("a.zip", "b.html", "index.html", "README.md", "results.csv", "results.json"):
        (tmp_path / name).touch()
    (tmp_path / "failed").mkdir()
    assert [path.name for path in list_submissions(tmp_path)] == ["a.zip", "b.html", "kuncoro"]
    assert list_submissions(run) == (run,)
    assert [is_run(tmp_path / name) for name in ("a.zip", "index.html", "README.md")] == [
        True,
        False,
        False,
    ]
