"""`python -m lib data prune`: removes decoded images, features and drawings that no kept run uses.

Whatever goes can be computed again. Every process notes what it uses (`storage.note_use`), and which
record that went into; an entry stays if a process that lives has noted it, or one whose record is kept.
What a kept run used that left no notes is not known: all that was there when it ended stays.
"""

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lib import ROOT, storage
from lib.datasets.folder import DRAWN_NAME, PHANTOM_MARK
from lib.datasets.groups import GROUPS_FILE
from lib.storage import DataError, folder_identity
from lib.words import printable

DECODED, FEATURES, LOOKS = "decoded images", "features of frozen backbones", "descriptors of images"
SPEEDS = "speeds of networks"
NETWORKS = "backbones as OpenVINO has them"
DRAWN, UNPACKED, TRAINING = "drawn images", "unpacked zip files", "interrupted trainings"
UNFINISHED = "being written"
OF_STORE = {  # kind → how its folders in the store are called
    DECODED: re.compile(r"[0-9a-f]{32}"),
    FEATURES: re.compile(r"features-[0-9a-f]{32}"),
    LOOKS: re.compile(r"looks-[0-9a-f]{32}"),
    SPEEDS: re.compile(r"speed-[0-9a-f]{32}"),
    NETWORKS: re.compile(r"network-[0-9a-f]{32}"),
}
DRAWN_SET = re.compile(r"\w+-\d+-a-class-[0-9a-f]{8}")
UNPACKED_ZIP = re.compile(r".+-[0-9a-f]{8}")
STATE = re.compile(r".+-[0-9a-f]{32}\.npz")
KINDS = (*OF_STORE, DRAWN, UNPACKED, TRAINING, UNFINISHED)
# What goes only if it is asked for → why.
ASKED_FOR = {
    TRAINING: "a run can go on from them",
    UNPACKED: "the zip files, or what was added to the folders by hand, may be nowhere else",
}
ALSO = {"trainings": TRAINING, "unpacked": UNPACKED}  # words of --also → kinds
GIGABYTE = 10**9
LARGE = 5 * GIGABYTE  # of the store, from which on a batch says how large it is


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the kept runs lie, what else goes, and whether anything does."""
    parser.add_argument(
        "--reports",
        metavar="DIR",
        type=Path,
        action="append",
        help="a folder of runs that are kept, at any depth; give it once per folder (default: reports/)",
    )
    parser.add_argument(
        "--also",
        choices=sorted(ALSO),
        action="append",
        default=[],
        help="; ".join(f"{word}: {kind} ({ASKED_FOR[kind]})" for word, kind in ALSO.items()),
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would go; remove nothing")


def run_command(options: argparse.Namespace) -> int:
    """Prints what there is and what goes; 1 if something could not be removed, else 0."""
    folders = options.reports or [ROOT / "reports"]
    records = [record for folder in folders for record in kept_records(folder)]
    uses = read_uses(records)
    entries, strangers = find_entries()
    asked_for = {ALSO[word] for word in options.also}
    reasons = {entry: _reason_to_stay(entry, uses, asked_for) for entry in entries}
    unused = [entry for entry, reason in reasons.items() if not reason]
    listed_folders = ", ".join(map(str, folders))
    print(printable(f"Kept runs: {len(records)}, in {listed_folders}"))
    for line in _table(entries, unused):
        print(line)
    for line in _reasons(reasons.values()):
        print(line)
    for path in strangers:
        print(printable(f"{path} is nothing that a run has written: it stays."))
    if options.dry_run:
        print(
            f"{_size(unused).strip()} would be freed. Everything that would go can be computed again."
        )
        return 0
    removed, faults = remove(unused)
    _forget_notes(records)
    print(f"{_size(removed).strip()} freed. A run that needs what has gone computes it again.")
    for fault in faults:
        print(printable(fault))
    return int(bool(faults))


def warn_of_size() -> str:
    """A sentence if the store is large, with what to do; else ""."""
    size = _bytes_below(storage.store())
    if size < LARGE:
        return ""
    return (
        f"data/store holds {size / GIGABYTE:.1f} GB. `python -m lib data prune` removes what no kept run "
        f"uses; with --dry-run, it says first what that is."
    )


def _table(entries: Sequence["Entry"], unused: Sequence["Entry"]) -> Iterator[str]:
    """A line per kind: how many there are and how large, and what of that is unused."""
    width = max(map(len, KINDS))
    for kind in KINDS:
        here = [entry for entry in entries if entry.kind == kind]
        going = [entry for entry in unused if entry.kind == kind]
        if here:
            share = f"{len(going):5}  {_size(going)} unused" if going else "    none unused"
            yield f"  {kind:{width}} {len(here):5}  {_size(here)}  {share}"
    yield f"  {'in all':{width}} {len(entries):5}  {_size(entries)}"


def _reasons(reasons: Iterable[str]) -> Iterator[str]:
    for reason, number in Counter(filter(None, reasons)).most_common():
        yield f"  {number} kept: {reason}"


def _size(entries: Iterable["Entry"]) -> str:
    return f"{sum(entry.bytes for entry in entries) / GIGABYTE:7.3f} GB"


# What kept runs and running processes use


@dataclass(frozen=True)
class Kept:
    """A record of a run that is kept: its name in the notes, and when the run ended (seconds since 1970)."""

    name: str
    ended: float


@dataclass(frozen=True)
class Uses:
    """What is used of what lies below data/, by its path from there.

    Attributes:
        running: By processes that live.
        kept: By runs that are kept.
        unknown_until: When the last kept run ended of which no notes were found; 0 where there is none.
        processes: How many live.
    """

    running: frozenset[str]
    kept: frozenset[str]
    unknown_until: float
    processes: int


def kept_records(folder: Path) -> list[Kept]:
    """The records of all runs at or below `folder`.

    Raises:
        DataError: There is no such folder, or a results.json in it cannot be read.
    """
    if not folder.is_dir():
        raise DataError(
            f"--reports should be a folder with the runs that are kept; {folder} is none. Give one that is "
            f"there: what no kept run uses is removed."
        )
    records = (_kept_record(path) for path in sorted(folder.rglob("results.json")))
    return [record for record in records if record is not None]


def _kept_record(path: Path) -> Kept | None:
    """None for the index of a batch or a sweep, which is no run's, and for what has just gone."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if "provenance" not in record:
            return None
        provenance = record["provenance"]
        started = datetime.fromisoformat(provenance["started"]).timestamp()
        name = storage.record_name(provenance["started"], provenance["run_key"])
        # `started` is cut off to whole seconds.
        return Kept(name=name, ended=started + float(provenance["seconds"]) + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{path} should be the record of a run; it cannot be read ({type(error).__name__}: {error}), "
            f"so nobody knows what that run uses. Move it away, or make the run again."
        ) from error


def read_uses(records: Iterable[Kept]) -> Uses:
    """What the notes tell of these records, and of processes that live."""
    records, running, kept, noted, processes = list(records), set(), set(), set(), 0
    names = {record.name for record in records}
    for path in _notes_files():
        used, made = _read_notes(path)
        noted |= made
        if made & names:
            kept |= used
        if storage.is_still_written(path):
            running |= used
            processes += 1
    unknown = (record.ended for record in records if record.name not in noted)
    return Uses(frozenset(running), frozenset(kept), max(unknown, default=0.0), processes)


def _notes_files() -> list[Path]:
    return sorted(storage.uses().glob(f"*{storage.NOTES}"))


def _read_notes(path: Path) -> tuple[set[str], set[str]]:
    """What the process used, and the names of the records that it made."""
    found: dict[str, set[str]] = {"use": set(), "record": set()}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:  # another process prunes, too
        lines = []
    for line in lines:
        try:
            for subject, name in json.loads(line).items():
                found[subject].add(name)
        # The last line of a full disk, or a file that no process wrote: the rest is told all the same.
        except (ValueError, AttributeError, KeyError, TypeError):
            continue
    return found["use"], found["record"]


def _forget_notes(records: Sequence[Kept]) -> None:
    """Removes the notes of processes that have ended and made no record that is kept."""
    names = {record.name for record in records}
    for path in _notes_files():
        used, made = _read_notes(path)
        # An empty file may be one that a process has made and not locked yet.
        if (used or made) and not made & names and not storage.is_still_written(path):
            path.unlink(missing_ok=True)


# What lies there


@dataclass(frozen=True)
class Entry:
    """A folder, or the state of a training, that runs wrote and can write again.

    Attributes:
        path: Of the folder or file.
        kind: One of `KINDS`.
        bytes: Of all its files.
        identity: Tells it from another that takes its place (`storage.folder_identity`).
    """

    path: Path
    kind: str
    bytes: int
    identity: tuple[int, int] | None

    @property
    def name(self) -> str:
        """As notes call it."""
        return self.path.relative_to(storage.DATA).as_posix()

    @property
    def written(self) -> float:
        """Seconds since 1970."""
        return self.identity[1] / 1e9 if self.identity else 0.0


def find_entries() -> tuple[list[Entry], list[Path]]:
    """All entries below data/, and the paths among them that no run wrote.

    Raises:
        OSError: A folder cannot be read.
    """
    entries, strangers = [], []
    for path, kind in _paths_and_kinds():
        if kind:
            entries.append(Entry(path, kind, _bytes_below(path), folder_identity(path)))
        else:
            strangers.append(path)
    return entries, strangers


def _paths_and_kinds() -> Iterator[tuple[Path, str]]:
    """(path, kind) of what lies in the three folders; kind "" for what no run wrote."""
    trainings = storage.training_states("any").parent
    for path in _inside(storage.store()):
        if path != trainings or not _is_folder(path):
            yield path, _kind_in_store(path)
    for of_paper in _inside(trainings):
        states = _inside(of_paper) if _is_folder(of_paper) else [of_paper]
        yield from ((state, _kind_of_state(state)) for state in states)
    for path in _inside(storage.phantoms()):
        yield path, _kind_of_set(path)
    for path in _inside(storage.unpacked()):
        ours = _is_folder(path) and UNPACKED_ZIP.fullmatch(path.name)
        yield path, _if_unfinished(path) or (UNPACKED if ours else "")


def _kind_in_store(path: Path) -> str:
    if not _is_folder(path):
        return ""
    named = (kind for kind, pattern in OF_STORE.items() if pattern.fullmatch(path.name))
    written = all(name.endswith((".npy", ".json")) for name in _names_below(path))
    return _if_unfinished(path) or (next(named, "") if written else "")


def _kind_of_set(path: Path) -> str:
    if not _is_folder(path):
        return ""
    drawn = DRAWN_SET.fullmatch(path.name) and all(
        name in (GROUPS_FILE, PHANTOM_MARK) or DRAWN_NAME.fullmatch(name)
        for name in _names_below(path)
    )
    return _if_unfinished(path) or (DRAWN if drawn else "")


def _kind_of_state(path: Path) -> str:
    ours = STATE.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    return _if_unfinished(path) or (TRAINING if ours else "")


def _if_unfinished(path: Path) -> str:
    return UNFINISHED if path.name.startswith(storage.PREFIX) else ""


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _names_below(folder: Path) -> Iterator[str]:
    """Of all files in it, at any depth."""
    for _, _, names in os.walk(folder):
        yield from names


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _bytes_below(path: Path) -> int:
    """Of a file, or of all files in a folder; what goes meanwhile does not count."""
    if not path.is_dir():
        return _bytes_of(path)
    return sum(
        _bytes_of(Path(folder, name)) for folder, _, names in os.walk(path) for name in names
    )


def _bytes_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


# What goes


def _reason_to_stay(entry: Entry, uses: Uses, asked_for: set[str]) -> str:
    """Why the entry is kept, "" if it goes."""
    if entry.kind == UNFINISHED:
        return "being written, or left by a process that was killed; the next run sweeps those out"
    if entry.kind in ASKED_FOR and entry.kind not in asked_for:
        word = next(word for word, kind in ALSO.items() if kind == entry.kind)
        return f"{entry.kind}: {ASKED_FOR[entry.kind]}. `--also {word}` removes them"
    if entry.name in uses.running or (entry.kind == TRAINING and uses.processes):
        return "in use by processes that are at work"
    if entry.kind == TRAINING:
        return ""
    if entry.name in uses.kept:
        return "used by kept runs"
    if entry.written <= uses.unknown_until:
        return "older than a kept run of which no notes were found, and perhaps used by it"
    return ""


def remove(entries: Iterable[Entry]) -> tuple[list[Entry], list[str]]:
    """Removes the entries, each whole or not at all, unless a process has begun to use one meanwhile.

    Returns:
        Those that have gone, and a sentence for each that could not be removed.
    """
    removed, faults = [], []
    for entry in entries:
        now = read_uses(())
        if entry.name in now.running or (entry.kind == TRAINING and now.processes):
            continue
        try:
            if entry.kind == TRAINING:
                _remove_state(entry)
            else:
                storage.throw_away(entry.path, entry.identity)
        except OSError as error:
            faults.append(f"{entry.path} could not be removed, and is as it was: {error}.")
            continue
        if folder_identity(entry.path) is None:
            removed.append(entry)
    return removed, faults


def _remove_state(entry: Entry) -> None:
    if folder_identity(entry.path) == entry.identity:
        entry.path.unlink(missing_ok=True)
