"""`python -m lib data prune`: what no kept run uses goes; everything else stays where it is."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lib import ROOT, papers, phantoms, storage
from lib.__main__ import main
from lib.datasets import pruning
from lib.datasets.downloads.archive import unpacked
from lib.datasets.pruning import Kept, find_entries, read_uses, remove
from lib.storage import open_entry

NOON = 1_800_000_000.0  # seconds since 1970; all entries of these tests are written before or after
PIXELS, FEATURES, LOOKS, SPEED, NETWORK = (
    f"store/{'a' * 32}",
    f"store/features-{'b' * 32}",
    f"store/looks-{'c' * 32}",
    f"store/speed-{'e' * 32}",
    f"store/network-{'f' * 32}",
)
DRAWN, ZIP = "phantoms/cats-20-a-class-0ade829a", "unpacked/my images-12345678"
STATE = f"store/training/sulistiana_cat_breeds/mobilenetv2-{'d' * 32}.npz"
FILES = {  # entry → a file in it
    PIXELS: "pixels.npy",
    FEATURES: "features.npy",
    LOOKS: "looks.npy",
    SPEED: "speed.json",
    NETWORK: "constants.npy",
    DRAWN: "Persian/phantom_Persian_0000.png",
    ZIP: "images/1.png",
}
OPTIONAL = {ZIP, STATE}  # go only if they are asked for


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def _write(name: str, size: int = 100, *, written: float = NOON) -> Path:
    """An entry of one file of `size` bytes."""
    entry = storage.DATA / name
    file = entry / FILES[name] if name in FILES else entry
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    os.utime(entry, (written, written))
    return entry


def _write_all(**options) -> None:
    for name in (*FILES, STATE):
        _write(name, **options)


def _remaining() -> set[str]:
    """Which of the entries of these tests are there."""
    return {name for name in (*FILES, STATE) if (storage.DATA / name).exists()}


def _note(file: str, uses: Sequence[str], records: Sequence[str] = ()) -> Path:
    """What a process that has ended left."""
    storage.uses().mkdir(parents=True, exist_ok=True)
    lines = [{"use": name} for name in uses] + [{"record": name} for name in records]
    path = storage.uses() / f"{file}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _keep(folder: Path, run_key: str, started: float = NOON, seconds: float = 60.0) -> str:
    """Writes the record of a run; returns its name in notes."""
    text = datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds")
    folder.mkdir(parents=True, exist_ok=True)
    provenance = {"started": text, "run_key": run_key, "seconds": seconds}
    (folder / "results.json").write_text(json.dumps({"provenance": provenance}))
    return storage.record_name(text, run_key)


def _prune(reports: Path, *options: str) -> int:
    return main(["data", "prune", "--reports", str(reports), *options])


def _user(name: str) -> subprocess.Popen:
    """A process that has noted its use of an entry, and lives until its input is closed."""
    code = (
        "import sys; from pathlib import Path; from lib import storage; "
        "storage.DATA = Path(sys.argv[1]); storage.note_use(storage.DATA / sys.argv[2]); "
        "print('noted', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(storage.DATA), name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "noted\n"
    return process


def test_what_no_kept_run_uses_goes_and_what_one_uses_stays(reports, capsys):
    _write_all(size=2_000_000)
    kept = _keep(reports / "sweeps" / "epochs" / "epochs=2", "key of the kept run")
    (reports / "results.json").write_text('{"version": 1, "runs": []}')  # the index of a batch
    notes = _note("kept", [PIXELS, DRAWN], [kept])
    forgotten = _note("another", [PIXELS, FEATURES, LOOKS], ["2026-01-01T00:00:00+00:00 another"])
    assert _prune(reports) == 0
    assert _remaining() == {PIXELS, DRAWN, *OPTIONAL}
    printed = capsys.readouterr().out
    assert "Kept runs: 1" in printed
    assert "2 kept: used by kept runs" in printed
    assert "0.008 GB freed" in printed  # four of the store, 2 MB each
    assert notes.exists()
    assert not forgotten.exists()


def test_a_dry_run_says_what_would_go_and_removes_nothing(reports, capsys):
    _write(PIXELS, 3_000_000)
    notes = _note("another", [PIXELS])
    assert _prune(reports, "--dry-run") == 0
    assert "0.003 GB would be freed" in capsys.readouterr().out
    assert _remaining() == {PIXELS}
    assert notes.exists()


def test_what_a_living_process_uses_stays_until_it_has_ended(reports, capsys):
    _write_all()
    process = _user(PIXELS)
    try:
        assert _prune(reports, "--also", "trainings") == 0
        # Whose state it is, is not known.
        assert _remaining() == {PIXELS, *OPTIONAL}
        assert "2 kept: in use by processes" in capsys.readouterr().out
    finally:
        process.communicate()
    assert _prune(reports, "--also", "trainings") == 0
    assert _remaining() == {ZIP}


def test_what_a_process_begins_to_use_meanwhile_stays():
    _write(PIXELS)
    _write(FEATURES)
    entries, _ = find_entries()
    storage.note_use(storage.DATA / PIXELS)  # of this process, which lives
    removed, faults = remove(entries)
    assert ([entry.name for entry in removed], faults) == ([FEATURES], [])
    assert _remaining() == {PIXELS}


def test_an_entry_that_has_been_written_again_meanwhile_stays():
    old = _write(PIXELS)
    entries, _ = find_entries()
    old.rename(old.with_name("elsewhere"))
    _write(PIXELS, written=NOON + 1)
    assert remove(entries) == ([], [])
    assert _remaining() == {PIXELS}


def test_a_kept_run_without_notes_protects_what_was_there_when_it_ended(reports, capsys):
    _keep(reports / "old", "from before there were notes", started=NOON, seconds=60)
    _write(PIXELS, written=NOON + 30)
    _write(FEATURES, written=NOON + 90)
    _note("another", [PIXELS], ["2026-01-01T00:00:00+00:00 another"])
    assert _prune(reports) == 0
    assert _remaining() == {PIXELS}
    assert "1 kept: older than a kept run of which no notes were found" in capsys.readouterr().out


def test_trainings_and_unpacked_files_go_only_if_they_are_asked_for(reports):
    _write_all()
    _prune(reports)
    assert _remaining() == OPTIONAL
    _prune(reports, "--also", "trainings")
    assert _remaining() == {ZIP}
    _prune(reports, "--also", "unpacked", "--also", "trainings")
    assert _remaining() == set()


def test_an_unpacked_file_that_a_kept_run_uses_stays_though_asked_for(reports):
    _write(ZIP)
    _note("kept", [ZIP], [_keep(reports / "run", "key")])
    _prune(reports, "--also", "unpacked")
    assert _remaining() == {ZIP}


@pytest.mark.parametrize(
    "name",
    [
        "store/notes.txt",
        f"store/{'e' * 32}",  # a file, no folder
        f"store/{'a' * 32}/diary.txt",  # in an entry
        "store/my own folder/pixels.npy",
        "store/training/diary.txt",
        "store/training/kumar_breakhis/weights.npz",
        f"{DRAWN}/Persian/my cat.jpg",
        "phantoms/my cats/phantom_Persian_0000.png",
        "unpacked/my folder/1.png",
    ],
)
def test_what_no_run_has_written_is_named_and_stays(reports, capsys, name):
    for entry in (PIXELS, DRAWN):
        _write(entry)
    stranger = storage.DATA / name
    stranger.parent.mkdir(parents=True, exist_ok=True)
    stranger.write_text("mine")
    assert _prune(reports, "--also", "trainings", "--also", "unpacked") == 0
    assert stranger.read_text() == "mine"
    named = [line for line in capsys.readouterr().out.splitlines() if line.endswith("it stays.")]
    assert len(named) == 1
    # Or the folder of an entry that it was put into.
    assert any(str(path) in named[0] for path in (stranger, *list(stranger.parents)[:2]))


def test_a_link_stays_and_so_does_what_it_leads_to(reports, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pixels.npy").touch()
    link = storage.store() / ("a" * 32)
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    _prune(reports)
    assert link.is_symlink()
    assert (elsewhere / "pixels.npy").exists()


def test_what_is_being_written_is_counted_and_stays(reports, capsys):
    writing = storage.store() / f"{storage.PREFIX}123-elsewhere-x" / "pixels.npy"
    writing.parent.mkdir(parents=True)
    writing.write_bytes(b"x" * 5_000_000)
    _prune(reports)
    assert writing.exists()
    assert "0.005 GB" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "{", '{"provenance": {}}', '{"provenance": {"started": "noon"}}', "[" * 100_000]
)
def test_a_record_that_cannot_be_read_stops_the_command_before_anything_goes(reports, capsys, text):
    _write(PIXELS)
    (reports / "results.json").write_text(text)
    assert _prune(reports) == 1
    assert str(reports / "results.json") in capsys.readouterr().err
    assert _remaining() == {PIXELS}


def test_a_folder_of_kept_runs_that_is_not_there_stops_the_command(tmp_path, reports, capsys):
    _write(PIXELS)
    assert _prune(reports, "--reports", str(tmp_path / "no such folder")) == 1
    assert "no such folder" in capsys.readouterr().err
    assert _remaining() == {PIXELS}


def test_all_folders_of_kept_runs_count(tmp_path, reports):
    for number, name in enumerate((PIXELS, FEATURES)):
        _write(name)
        kept = _keep(tmp_path / str(number) / "run", f"key {number}")
        _note(str(number), [name], [kept])
    _prune(reports, "--reports", str(tmp_path / "0"), "--reports", str(tmp_path / "1"))
    assert _remaining() == {PIXELS, FEATURES}


def test_what_cannot_be_removed_is_named_and_the_rest_goes(reports, capsys, monkeypatch):
    def refuse_pixels(source: Path, target: Path) -> None:
        if source == storage.DATA / PIXELS:
            raise PermissionError(13, "Permission denied", str(source))
        rename(source, target)

    rename = os.rename
    _write(PIXELS)
    _write(FEATURES)
    monkeypatch.setattr(os, "rename", refuse_pixels)
    assert _prune(reports) == 1
    assert str(storage.DATA / PIXELS) in capsys.readouterr().out
    assert _remaining() == {PIXELS}


def test_notes_that_are_cut_off_or_forged_are_read_as_far_as_they_go():
    path = _note("cut off", [PIXELS], ["record"])
    path.write_text('[]\n{"use": []}\n{"diary": "x"}\n' + path.read_text() + '{"use": "sto')
    assert read_uses([Kept("record", NOON)]).kept == {PIXELS}


def _store_entry(_: Path) -> Path:
    entry = storage.DATA / PIXELS
    array = {"pixels.npy": ((2,), "|u1")}
    open_entry(
        entry, "pixels", array, (), lambda folder: np.save(folder / "pixels.npy", np.zeros(2, "u1"))
    )
    return entry


def _drawn_set(_: Path) -> Path:
    return phantoms.folder(papers.load("sulistiana_cat_breeds"), 1)


def _unpacked_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        archive.writestr("a/1.png", b"x")
    return unpacked(folder / "images.zip")


@pytest.mark.parametrize("write", [_store_entry, _drawn_set, _unpacked_zip])
def test_whoever_writes_or_opens_an_entry_notes_it(tmp_path, write: Callable[[Path], Path]):
    name = write(tmp_path).relative_to(storage.DATA).as_posix()
    assert read_uses(()).running == {name}
    entries, strangers = find_entries()
    assert ([entry.name for entry in entries], strangers) == ([name], [])
    storage.note_record("2026-01-01T00:00:00+00:00", "key")
    assert read_uses([Kept("2026-01-01T00:00:00+00:00 key", NOON)]).kept == {name}


def test_a_use_that_cannot_be_noted_stops_nobody(tmp_path):
    storage.DATA.mkdir(parents=True)
    storage.uses().write_text("a file where the folder should be")
    assert _store_entry(tmp_path).is_dir()


def test_a_large_store_is_said_to_be_large(monkeypatch):
    assert pruning.warn_of_size() == ""  # there is none
    _write(PIXELS, 2_000)
    monkeypatch.setattr(pruning, "LARGE", 2_001)
    assert pruning.warn_of_size() == ""
    monkeypatch.setattr(pruning, "LARGE", 2_000)
    assert "lib data prune" in pruning.warn_of_size()
