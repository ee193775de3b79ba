"""`python -m lib reference`: what runs on real images measured, kept as numbers under data/reference/.

`keep` takes one finished run, `list` shows what is kept, `tables` carries it into the two READMEs.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from lib import papers, results, storage
from lib.evidence.records import RANDOM_LABELS
from lib.papers.declare import overall_accuracy, with_unit
from lib.results import (
    ClaimResult,
    ImageFacts,
    Model,
    Printed,
    Probe,
    Record,
    Reference,
    ReferenceArm,
    ReferenceScore,
    Results,
    Score,
    majority_share,
    score_of_claim,
)
from lib.runs import reference_tables
from lib.runs.folders import CHECKSUMS, REASON, changed_files
from lib.storage import write_text
from lib.words import counted, interval, listed, printable

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and to which run folder."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="keep|list|tables")
    keep_parser = actions.add_parser("keep", help="keep the numbers of a finished run")
    keep_parser.add_argument("folder", metavar="RUN_FOLDER", type=Path, help="reports/SLUG")
    keep_parser.add_argument(
        "--name", help="lower-case letters, digits and _.-; default: the name of the data folder"
    )
    keep_parser.add_argument(
        "--title", help="what the images are, in words; default: the name of the data folder"
    )
    actions.add_parser("list", help="show what is kept")
    tables_parser = actions.add_parser("tables", help="write the tables of the two READMEs anew")
    tables_parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a table is another"
    )


def run_command(options: argparse.Namespace) -> int:
    """Does what was asked for; 0, or 1 where `tables --check` finds another table.

    Raises:
        ValueError, OSError: A run that cannot be kept, a reference that cannot be read.
    """
    if options.action == "keep":
        print(printable(keep(options.folder, options.name, options.title)))
        return 0
    references = results.load_references(storage.references())
    if options.action == "list":
        for line in lines(references):
            print(printable(line))
        return 0
    return reference_tables.update(references, check=options.check)


def keep(folder: Path, name: str | None = None, title: str | None = None) -> str:
    """Writes the reference of the run in `folder`, in the place of an older one of that name.

    Args:
        name: None stands for the name of the data folder.
        title: The same.

    Returns:
        A sentence that says what was written.

    Raises:
        ValueError: No whole run lies there, its images are drawn, or the name is not usable.
    """
    run = _finished_run(folder)
    name = run.data.name if name is None else name
    if not NAME.fullmatch(name):
        raise ValueError(
            f"the name should be made of lower-case letters, digits, '_', '.' and '-'; received {name!r}. "
            f"Give another: --name NAME."
        )
    reference = reference_of(run, name, title or run.data.name)
    path = storage.references() / run.slug / f"{name}.json"
    older = _started(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, reference.model_dump_json(indent=1) + "\n")
    instead = f", in the place of {older}" if older else ""
    return (
        f"{path}: the run of {reference.started}{instead}. `python -m lib reference tables` carries it into "
        f"the READMEs."
    )


def _finished_run(folder: Path) -> Results:
    if (folder / REASON).is_file():
        raise ValueError(
            f"{folder} should hold a finished run; this one failed ({REASON} there says why). Run it again."
        )
    changed = changed_files(folder)
    if changed == [CHECKSUMS]:
        raise ValueError(
            f"{folder} should hold a finished run of run_all.py; it has no {CHECKSUMS} that can be read. "
            f"Make the run with run_all.py, and give its folder, reports/SLUG."
        )
    if changed:
        raise ValueError(
            f"{folder} should be as its run left it; by {CHECKSUMS} another or missing: {listed(changed)}. "
            f"Run it again."
        )
    run = results.load(folder)
    papers.load(run.slug)  # raises for one that is not known
    if run.data.kind == "phantom":
        raise ValueError(
            f"{folder} should hold a run on real images; its images are drawn by a program. Run with "
            f"--data FOLDER."
        )
    return run


def _started(path: Path) -> str:
    """What stands at `path` already, in words; "" for nothing."""
    if not path.is_file():
        return ""
    try:
        older = Reference.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError:
        return "one that could not be read"
    return f"that of {older.started}"


def reference_of(run: Results, name: str, title: str) -> Reference:
    """The numbers of a run that are kept."""
    provenance = run.provenance
    return Reference(
        slug=run.slug,
        name=name,
        title=title,
        data=ImageFacts(**run.data.model_dump(include=set(ImageFacts.model_fields))),
        rejected=len(run.data.rejected),
        near_duplicates=_without_lists(run.near_duplicates),
        look_alikes=_without_lists(run.look_alikes),
        grouping=run.grouping,
        profile=run.profile,
        settings=run.settings,
        changed=run.changed,
        arms=[_arm(run, model) for model in run.models],
        controls=run.controls,
        run_key=provenance.run_key,
        versions=provenance.versions,
        backend=provenance.backend,
        device=provenance.device,
        started=provenance.started,
        seconds=provenance.seconds,
    )


def _without_lists(search: Record) -> dict[str, int | float | str | None]:
    """What a search for copies found, but for its lists, which name files."""
    values = search.model_dump()
    return {name: value for name, value in values.items() if not isinstance(value, list)}


def _arm(run: Results, model: Model) -> ReferenceArm:
    on_training = None
    if run.claims and run.claims[0].part == "train":  # the first claim is the paper's headline
        on_training = overall_accuracy(run.claims, model.arm, ("train",))
    return ReferenceArm(
        arm=model.arm,
        variant_of=model.variant_of,
        weights=model.weights,
        printed=_printed(overall_accuracy(run.claims, model.arm)),
        printed_on_training=_printed(on_training),
        scores=[
            _score(run, accuracy, on_training)
            for accuracy in run.scores
            if accuracy.is_headline and accuracy.arm == model.arm
        ],
        gap=next((gap for gap in run.gaps if gap.arm == model.arm), None),
    )


def _printed(claim: ClaimResult | None) -> Printed | None:
    if claim is None:
        return None
    text = with_unit(claim.printed, claim.unit)
    return Printed(text=text, where=claim.where, part=claim.part, epoch=claim.epoch)


def _score(run: Results, accuracy: Score, on_training: ClaimResult | None) -> ReferenceScore:
    arm, protocol = accuracy.arm, accuracy.protocol
    key = (arm, protocol, "support", "", "test", None)
    return ReferenceScore(
        protocol=protocol,
        accuracy=accuracy,
        test_images=next(
            score.mean
            for score in run.scores
            if (score.arm, score.protocol, score.metric, score.of, score.part, score.epoch) == key
        ),
        majority=majority_share(run.folds, protocol),
        on_training=score_of_claim(run.scores, on_training, protocol) if on_training else None,
        last_epochs=[fit for fit in run.last_epochs if (fit.arm, fit.protocol) == (arm, protocol)],
        best_probe=_best_probe(run, arm, protocol),
        leaks={
            leak.by: leak.share
            for leak in run.leaks
            if (leak.arm, leak.protocol) == (arm, protocol)
        },
    )


def _best_probe(run: Results, arm: str, protocol: str) -> Probe | None:
    """Of those that any arm is compared with, and of the arm's own."""
    probes = [
        probe
        for probe in run.probes
        if probe.kind != RANDOM_LABELS
        and probe.arm in ("", arm)
        and probe.accuracy.protocol == protocol
    ]
    return max(probes, key=lambda probe: probe.accuracy.mean, default=None)


def lines(references: list[Reference]) -> Iterator[str]:
    """What is kept, a heading for each reference and a line for each model and protocol."""
    if not references:
        yield "No reference is kept yet: `python -m lib reference keep RUN_FOLDER` keeps one."
    for reference in references:
        seeds = counted(len(reference.settings["seeds"]), "seed")
        yield (
            f"{reference.slug}/{reference.name}: {reference.title} ({reference.data.images:,} images, "
            f"{reference.data.kind}), {reference.profile}, {seeds}, {reference.started[:10]}"
        )
        for arm in reference.arms:
            for score in arm.scores:
                measured = interval(score.accuracy.mean, score.accuracy.low, score.accuracy.high)
                printed = arm.printed.text if arm.printed else "none"
                yield (
                    f"  {arm.arm:24}{score.protocol:12}{measured:24}printed {printed}; majority "
                    f"{score.majority:.3f}; weights {arm.weights.used}"
                )
