"""One digit, or one field, is changed at a time, and every hash and copy forged to fit: each change is found.

Not covered, since no other file of a run folder tells it:

- of the images: the folder's name, levels and stand-ins, rejected files, near-duplicates by number and name, how
  many images had no group, why no grouped split could be made;
- of a run by hand, which has no key: settings that leave no trace in a table (optimizer, learning rate, batch size,
  ...); the notebook's parameters tell them (tests/grading/test_parameters.py);
- of the settings: which models are kept, which changes no number;
- of the models: outputs of layers, where weights came from; costs other than the number of parameters;
- sizes and hashes of kept models, which are not handed in;
- device, platform, start and duration, and the command;
- of scores: digits beyond the ninth, which another processor changes, and of probabilities: the last decimal, as
  far as rounding may have changed it;
- of a choice with another split: which images of the run it tested; of control sets: a change of an image's
  name in all rows alike, and how many images were left out.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from run_folders import conceal, faults, page, regroup, write_run

from lib.evidence import derive
from lib.grading.artefacts import TABLE_FILES, ArtefactError
from lib.grading.consistency import check, read_record
from lib.grading.submissions import open_submission
from lib.results import Results, load, run_key
from lib.runs.key import parameter_parts
from lib.settings import recorded

FIELDS, DIGITS = 120, 15  # changes: of results.json, and of each CSV file
UNCOVERED = re.compile(
    r"""
      data\.(name|ungrouped|parts|stand_ins|only|copies|rejected)\b.*
    | near_duplicates\..* | look_alikes\.(?!pairs).* | grouping\.hindrance
    | settings\.keep_models
    | models\.\d+\.(layers\.\d+\.output | weights\.(source|sha256))
    | costs\.\d+\.(?!arm|parameters).*
    | control_sets\.\d+\.(identical|near_duplicates|shared_groups)
    | kept_models\.\d+\.(bytes|sha256)
    | provenance\.(command|device|platform|started|seconds)
    """,
    re.VERBOSE,
)


@pytest.fixture
def folder(with_training, with_evidence, with_variant, tmp_path) -> Path:
    """A run of the batch with a variant, with groups and with every kind of evidence."""
    record: SimpleNamespace = with_variant
    regroup(record, [f"{10 + row // 2}" for row in range(30)])
    target = write_run(record, tmp_path / "run")
    provenance = load(target).provenance
    packages = {f"package {name}": number for name, number in provenance.versions.items()}
    parts = {
        "data": record.images.sha256,
        "weights": "",
        "backend": provenance.backend,
        **packages,
        "device": "cpu",
        **parameter_parts(recorded(load(target).settings), {}),
    }
    of_batch = {"key_parts": parts, "run_key": run_key(parts)}
    whole = json.loads((target / "results.json").read_text())
    whole["provenance"].update(of_batch)
    (target / "results.json").write_text(json.dumps(whole))
    conceal(target)
    return target


def remembered() -> Callable[..., list]:
    """`derive`, which from the same tables does the same for most changes of the record."""
    known = {}

    def derived(paper, settings, models, tables, **given: str) -> list:
        key = repr((settings, models, given))
        if key not in known:
            known[key] = list(derive(paper, settings, models, tables, **given))
        return known[key]

    return derived


def leaves(value: object, place: tuple = ()) -> Iterator[tuple]:
    """The places of all that is neither list nor object."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, part in items:
            yield from leaves(part, (*place, step))
    else:
        yield place


def changed(value: object, chance: random.Random) -> object:
    """Another value of the same type, that differs in one digit or one letter."""
    if isinstance(value, bool):
        return not value
    if value is None:
        return 1
    if isinstance(value, str):
        spot = chance.randrange(len(value) or 1)
        return (
            value[:spot]
            + chance.choice("abcxyz".replace(value[spot : spot + 1], ""))
            + value[spot + 1 :]
        )
    return type(value)(other_digit(repr(value), chance))


def other_digit(text: str, chance: random.Random) -> str:
    """The number with another digit, of the first six."""
    spots = [match.start() for match in re.finditer(r"\d", text.partition("e")[0])][:6]
    spot = chance.choice(spots)
    digit = chance.choice("0123456789".replace(text[spot], ""))
    return text[:spot] + digit + text[spot + 1 :]


def is_found(folder: Path) -> bool:
    submission = open_submission(folder)
    try:
        items = check(submission, read_record(submission))
        return any(item.state == "differs" and item.where != "notebook.ipynb" for item in items)
    except ArtefactError:
        return True


def forge(folder: Path, record: dict) -> None:
    """Writes a changed record, and the page's copy of it if it still follows the schema."""
    (folder / "results.json").write_text(json.dumps(record))
    with suppress(ValueError):
        (folder / "report.html").write_text(page(Results.model_validate(record)))


def test_every_changed_field_of_the_record_is_found(folder, monkeypatch):
    monkeypatch.setattr("lib.grading.consistency.derive", remembered())
    assert faults(folder) == []
    text, chance = (folder / "results.json").read_text(), random.Random(0)
    places = {".".join(map(str, place)): place for place in leaves(json.loads(text))}
    covered = [name for name in places if not UNCOVERED.fullmatch(name)]
    unfound = []
    for name in chance.sample(covered, FIELDS):
        record = json.loads(text)
        *way, last = places[name]
        parent = record
        for step in way:
            parent = parent[step]
        before = parent[last]
        parent[last] = changed(before, chance)
        forge(folder, record)
        if not is_found(folder):
            unfound.append((name, before, parent[last]))
    assert unfound == []


@pytest.mark.parametrize("name", TABLE_FILES)
def test_every_changed_digit_of_a_table_is_found(folder, name):
    text, chance = (folder / name).read_text(), random.Random(0)
    start = text.index("\n")
    spots = [match.start() for match in re.finditer(r"\d", text) if match.start() > start]
    unfound = []
    for spot in chance.sample(spots, DIGITS):
        digit = chance.choice("0123456789".replace(text[spot], ""))
        (folder / name).write_text(text[:spot] + digit + text[spot + 1 :])
        conceal(folder)
        if not is_found(folder):
            line = text.count("\n", 0, spot)
            unfound.append((text.splitlines()[line], digit))
    assert unfound == []
