"""The state of an interrupted training on disk: whole or not at all, and gone once a run is whole.

Needs no Keras: a state is a list of arrays and a table, so that any backend can write and read it.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib import ROOT

STORE = ROOT / "data" / "store"


@dataclass(frozen=True, kw_only=True)
class State:
    """Training as it stood at the end of an epoch.

    Attributes:
        variables: Every array that training moves, the optimizer's and the random seeds' included.
        history: One row an epoch so far.
    """

    variables: list[np.ndarray]
    history: pd.DataFrame


def path(slug: str, arm: str, parts: object) -> Path:
    """Where the state of one fit lies.

    Args:
        parts: All that the fit depends on, as JSON can write it: a fit that differs in anything has
            a file of its own and never resumes another's.
    """
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return _folder(slug) / f"{arm}-{digest[:32]}.npz"


def write(target: Path, state: State) -> None:
    """Puts `state` in the place of an earlier one.

    Raises:
        OSError: The disk is full or not writable; the earlier state is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.npz")
    arrays = {f"{number:05d}": array for number, array in enumerate(state.variables)}
    try:
        # By json: pandas' own writer rounds to ten decimals.
        history = json.dumps(state.history.to_dict(orient="split"))
        np.savez(temporary, history=np.array(history), **arrays)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def read(source: Path, *shapes: Sequence[tuple[int, ...]]) -> State | None:
    """The state in `source`; None where there is none that fits.

    Args:
        shapes: Of the variables that are to take it; of several such lists, one must fit.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            # All checksums first: NumPy stops reading where an array is full, which on a broken
            # header is before the checksum that would tell.
            if archive.testzip():
                return None
        with np.load(source) as arrays:  # refuses anything pickled
            history = json.loads(str(arrays["history"]))
            variables = [arrays[name] for name in sorted(set(arrays) - {"history"})]
        table = pd.DataFrame(history["data"], columns=history["columns"])
    # zipfile and NumPy raise many kinds of error on broken content (BadZipFile, RuntimeError for a
    # header that seems to ask for a password, …); whichever it is, training starts anew.
    except Exception:
        return None
    found = [array.shape for array in variables]
    if not any(found == [tuple(shape) for shape in one] for one in shapes):
        return None
    return State(variables=variables, history=table)


def clear(slug: str) -> None:
    """Forgets every state of the paper's fits, once its run is whole."""
    shutil.rmtree(_folder(slug), ignore_errors=True)


def _folder(slug: str) -> Path:
    return STORE / "training" / slug
