"""`python -m lib hand-in`: checks a run folder and makes the one zip file of it that a student hands in.

The cell at the end of every notebook does the same for a run by hand, in JupyterLab, VS Code and Colab.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from lib.grading.artefacts import HAND_IN
from lib.grading.exercises import BY_NBGRADER
from lib.grading.submissions import open_submission
from lib.report.blocks import Block
from lib.results import Results
from lib.runs.folders import ARTEFACTS, CHECKSUMS
from lib.storage import write_bytes
from lib.words import listed, printable

if TYPE_CHECKING:
    import pandas as pd

    from lib.grading.items import Verification

HANDED_IN = (*sorted((*ARTEFACTS, CHECKSUMS)), HAND_IN)
"""The names in the zip file, at its root and in this order."""
VERSION = 1  # of hand_in.json
LONGEST_ID = 200  # characters
MOST_DIFFERENCES = 20  # sentences in hand_in.json
SHOWN = 5  # of them in a message
BEGINNING = (1980, 1, 1, 0, 0, 0)  # of time in a zip file: the same run makes the same bytes
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
SAVE = "save the notebook (Ctrl+S), then run this cell again"
PATH_IN_NAMESPACE = ("__vsc_ipynb_file__", "__session__")  # where VS Code and ipykernel note it
PATH_BY_JUPYTER = "JPY_SESSION_NAME"  # the variable in which Jupyter's server does


class HandInError(ValueError):
    """A run cannot be handed in: what was expected, what is there, what to do."""


class HandIn(BaseModel):
    """hand_in.json: who handed in what, as the student says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    student: str = Field(max_length=LONGEST_ID)
    assignment: str = Field(max_length=LONGEST_ID)
    slug: str = Field(max_length=LONGEST_ID)
    differs: list[str] = Field(
        max_length=MOST_DIFFERENCES,
        description="what the check found, in sentences; mostly nothing",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, and whose it is."""
    parser.add_argument(
        "folder", metavar="DIR", type=Path, help="reports/SLUG, or what `render` made"
    )
    parser.add_argument(
        "--as", dest="student", required=True, metavar="ID", help="your name or number"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the zip file (default: SLUG_ID.zip here)"
    )
    parser.add_argument(
        "--although-different",
        action="store_true",
        help="hand it in although the check finds a difference; your teacher sees which",
    )


def run_command(options: argparse.Namespace) -> int:
    """Checks, and makes the zip file; 0.

    Raises:
        HandInError: From `hand_in`.
    """
    target = hand_in(
        options.folder,
        options.student,
        options.out,
        although_different=options.although_different,
    )
    print(f"Hand in this file: {target.resolve()}")
    return 0


def hand_in(
    folder: Path, student: str, out: Path | None = None, *, although_different: bool = False
) -> Path:
    """The zip file of the run in `folder`, written whole or not at all.

    Args:
        student: Name or number, as the teacher knows it.
        out: The file; None for `hand_in_name` in the working folder.
        although_different: Whether a run is handed in that is not consistent.

    Raises:
        HandInError: The folder holds no whole run, or one that is not consistent; `student` or `out`
            cannot be used.
    """
    student = _checked_student(student)
    submission = open_submission(folder)
    missing = [name for name in (*ARTEFACTS, CHECKSUMS) if name not in submission.files]
    if missing:
        raise HandInError(
            f"{folder} should be the folder of a whole run; it lacks {listed(missing)}. `python -m lib render "
            f"NOTEBOOK --out DIR` makes one of a notebook that was run by hand."
        )
    from lib.grading.consistency import verify  # it loads pandas, which no wrong path needs

    verification = verify(submission)
    differs = _differences(verification, folder, although_different=although_different)
    record = verification.record
    assert record is not None  # `_differences` has refused a run without one
    told = HandIn(
        student=student,
        assignment=record.provenance.assignment[:LONGEST_ID],
        slug=record.slug,
        differs=differs,
    )
    target = _checked_target(out, hand_in_name(record.slug, student))
    write_bytes(target, _zipped(submission.files, told))
    return target


def read_hand_in(content: bytes) -> HandIn:
    """hand_in.json of a submission. Raises: ValueError if it is none."""
    return HandIn.model_validate_json(content)


def hand_in_name(slug: str, student: str) -> str:
    """The name of the zip file, safe on every system; two students never share one.

    Where a character of `student` had to go, eight digits of its SHA-256 stand for it.
    """
    safe = NOT_IN_A_NAME.sub("-", student).strip(".-")
    if safe != student:
        safe = f"{safe[:60]}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
    return f"{slug}_{safe.lstrip('-')}.zip"


def _checked_student(student: str) -> str:
    student = student.strip()
    if not student or len(student) > LONGEST_ID or printable(student) != student:
        raise HandInError(
            f"--as should be a name or number of at most {LONGEST_ID} characters; received "
            f"{student[:LONGEST_ID]!r}."
        )
    return student


def _checked_target(out: Path | None, name: str) -> Path:
    target = Path(name) if out is None else out
    if target.is_dir():
        target = target / name
    if target.suffix.lower() != ".zip" or not target.parent.is_dir():
        raise HandInError(
            f"--out should be a .zip file in a folder that is there; received {out}. Leave it out for "
            f"{name}."
        )
    return target


def _differences(
    verification: "Verification", folder: Path, *, although_different: bool
) -> list[str]:
    """What differs, in sentences.

    Raises:
        HandInError: Something does, and is not to be handed in all the same.
    """
    sentences = [printable(item.sentence) for item in verification.differing]
    if verification.record is None:
        reasons = "; ".join(sentences[:SHOWN]) or "results.json cannot be read"
        raise HandInError(
            f"{folder} should be a run that can be checked; it cannot: {reasons}. Run the notebook again."
        )
    if sentences and not although_different:
        more = f"; and {len(sentences) - SHOWN} more" if len(sentences) > SHOWN else ""
        raise HandInError(
            f"{folder} should be as the run wrote it; {'; '.join(sentences[:SHOWN])}{more}. Run the notebook "
            f"again, or hand it in with --although-different: your teacher sees what differs."
        )
    return sentences[:MOST_DIFFERENCES]


def _zipped(files: Mapping[str, bytes], told: HandIn) -> bytes:
    contents = {**files, HAND_IN: (told.model_dump_json(indent=1) + "\n").encode()}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in HANDED_IN:
            member = zipfile.ZipInfo(name, BEGINNING)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, on every system
            member.external_attr = 0o644 << 16
            archive.writestr(member, contents[name])
    return buffer.getvalue()


# In a notebook


def hand_in_notebook(
    results: Results, tables: Mapping[str, "pd.DataFrame"], namespace: Mapping[str, Any]
) -> Block | None:
    """For the notebooks: makes the zip file of a run by hand, or says in a sentence what is still to be done.

    A batch and nbgrader are shown nothing: their runs have folders of their own.

    Args:
        tables: Of the run, as for `runs.save`.
        namespace: `globals()` of the notebook, in which some programs note its path.
    """
    from lib.runs.record import ENVIRONMENT  # it loads pandas, which grading does without

    if ENVIRONMENT in os.environ or BY_NBGRADER in os.environ:
        return None
    if not results.provenance.author:
        return Block("<p>To hand in, set <code>author</code> and run all cells.</p>")
    try:
        target = _hand_in_by_hand(results, tables, _saved_notebook(results, namespace))
    except (ValueError, OSError) as error:
        return Block(f"<p>Not handed in yet. {escape(str(error))}</p>")
    _offer_download(target)
    return Block(f"<p>Hand in this file: <code>{escape(str(target.resolve()))}</code></p>")


def _hand_in_by_hand(
    results: Results, tables: Mapping[str, "pd.DataFrame"], notebook: bytes
) -> Path:
    """Makes the run folder of this run beside the notebook's working files, and the zip file of it.

    Raises:
        RenderError: The notebook, as it is saved, is not that of this run.
        HandInError: As `hand_in`.
    """
    # nbconvert takes seconds to load: the kernel of a batch, which hands nothing in, does without.
    from lib.runs.record import save
    from lib.runs.render import RenderError, render

    with tempfile.TemporaryDirectory(prefix="hand-in-") as place:
        source, folder = Path(place, "tables"), Path(place, results.slug)
        save(results, tables, str(source))
        path = Path(place, f"{results.slug}.ipynb")
        path.write_bytes(notebook)
        try:
            render(path, folder, source=source)
        except RenderError as error:
            raise HandInError(
                f"The saved notebook does not show this run to its end: {SAVE}. Where that does not help, run "
                f"all cells once more and save it then."
            ) from error
        return hand_in(folder, results.provenance.author)


def _saved_notebook(results: Results, namespace: Mapping[str, Any]) -> bytes:
    """The notebook, as Colab holds it or as it lies on the disk.

    Raises:
        HandInError: It is found nowhere.
    """
    if "google.colab" in sys.modules:
        from google.colab import _message  # Colab's only way to a notebook with its outputs

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=60)
        return json.dumps(answer["ipynb"]).encode()
    noted = [namespace.get(name) for name in PATH_IN_NAMESPACE] + [os.environ.get(PATH_BY_JUPYTER)]
    paths = [Path(path) for path in (*noted, f"{results.slug}.ipynb") if isinstance(path, str)]
    for path in paths:
        if path.suffix == ".ipynb" and path.is_file():
            return path.read_bytes()
    raise HandInError(
        "The notebook's own file is not found from here. Set `output`, run all cells, save the notebook, "
        "then use `python -m lib render` and `python -m lib hand-in` in a terminal."
    )


def _offer_download(target: Path) -> None:
    """In Colab, where the file would be lost with the session."""
    if "google.colab" in sys.modules:
        from google.colab import files

        files.download(str(target))
