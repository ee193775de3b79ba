"""Which kept model is asked: a file that is named, or one that a finished run keeps."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lib import ROOT, PlainError, papers, results
from lib.models.kept import read_record
from lib.results import KeptFile, KeptRecord, Results
from lib.runs.key import code_change
from lib.storage import file_sha256
from lib.words import listed

REPORTS = ROOT / "reports"


class PredictError(PlainError, ValueError):
    """Nothing can be predicted: what was expected, what is there, what to do."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A kept model's file.

    Attributes:
        remarks: Sentences on why it is this one, and whether its run is out of date.
    """

    path: Path
    remarks: tuple[str, ...] = ()


def choose_model(
    slug: str,
    arm: str = "",
    model: str | Path | None = None,
    reports: str | Path | None = None,
) -> Chosen:
    """The file `model`, or the one that the paper's run keeps: of the arm, or else of its first arm.

    Args:
        reports: Where the runs are; None for reports/ of this checkout.

    Raises:
        PredictError: There is no such paper, run, arm or file.
    """
    if slug not in papers.slugs():
        raise PredictError(
            f"SLUG should be one of {', '.join(papers.slugs())}; received {slug}. Give one of them."
        )
    if model is not None:
        return Chosen(path=_named_file(Path(model), arm))
    folder = Path(reports or REPORTS) / slug
    finished, kept = _kept_by_arm(slug, folder)
    if arm and arm not in kept:
        raise PredictError(
            f"--arm should be an arm of which {folder} keeps a model: {listed(kept, 'or')}; "
            f"received {arm}. Give one of them."
        )
    chosen = arm or next(iter(kept))
    remarks = []
    if not arm and len(kept) > 1:
        others = listed(name for name in kept if name != chosen)
        remarks.append(f"The run keeps several models; {chosen} is its first (--arm: {others}).")
    if change := code_change(finished):
        remarks.append(f"The run is out of date: {change}.")
    return Chosen(path=_whole_file(folder, kept[chosen]), remarks=tuple(remarks))


def record_of(path: Path, slug: str) -> KeptRecord:
    """What a kept model of the paper says of itself; Keras is not loaded.

    Raises:
        KeptModelError: It is no kept model.
        PredictError: It is another paper's.
    """
    record = read_record(path)
    if record.slug != slug:
        raise PredictError(
            f"{path} should be a model of {slug}; it is one of {record.slug}. Give that SLUG."
        )
    return record


def _named_file(path: Path, arm: str) -> Path:
    if arm:
        raise PredictError("--arm should be left out with --model, whose file has one arm.")
    if not path.is_file():
        raise PredictError(
            f"--model should be a kept model (*.keras); there is no file {path}. Give another path."
        )
    return path


def _kept_by_arm(slug: str, folder: Path) -> tuple[Results, Mapping[str, KeptFile]]:
    """The record of a finished run, and for each of its arms the first model that it keeps."""
    again = f"Run `python run_all.py {slug}{_reports_option(folder.parent)}`"
    try:
        finished = results.load(folder)
    except FileNotFoundError as error:
        raise PredictError(
            f"{folder} should be a finished run, which keeps its models; there is none. {again}."
        ) from error
    except (OSError, ValueError) as error:
        raise PredictError(
            f"{folder} should be a run of this version; its results.json cannot be read. {again}."
        ) from error
    kept: dict[str, KeptFile] = {}
    for file in finished.kept_models:
        kept.setdefault(file.arm, file)
    if not kept:
        raise PredictError(
            f'{folder} should keep its models; it keeps none. {again} with the parameter keep_models "first".'
        )
    return finished, kept


def _reports_option(reports: Path) -> str:
    return "" if reports.resolve() == REPORTS else f" --reports {shlex.quote(str(reports))}"


def _whole_file(folder: Path, kept: KeptFile) -> Path:
    """The file of a kept model, which is the one that the run wrote."""
    path = folder / kept.file
    fault = "it is missing"
    if path.is_file():
        fault = "" if file_sha256(path) == kept.sha256 else "it is another file (SHA-256)"
    if fault:
        raise PredictError(
            f"{path} should be the model that the run kept; {fault}. Run it again, or name another file "
            f"with --model."
        )
    return path
