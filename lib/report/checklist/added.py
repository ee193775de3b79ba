"""What a run adds to what its paper states."""

from collections import Counter

from lib.report.checklist.stated import PRINTED_SCORES
from lib.report.facts import Run
from lib.report.leaks import kept_together, known_groups
from lib.report.limits import limitations
from lib.report.notation import protocol_name
from lib.results import shown_protocol
from lib.words import counted, listed

JUDGES = (*PRINTED_SCORES, "auc", "average precision", "ece")


def manifest(run: Run) -> str:
    """Which images were used, beyond doubt."""
    data = run.results.data
    return f"{data.name} ({data.kind}), by its data manifest"


def selection(run: Run) -> str:
    """Which of the images found are used."""
    data = run.results.data
    of_value = "".join(f" of {attribute} {value}" for attribute, value in data.only.items())
    every = f"every readable image{of_value}"
    if data.drawn is None:
        return every
    return f"{data.drawn.per_class:,} images per class, drawn at random from {every}"


def files(run: Run) -> str:
    """How many files were read and refused."""
    data = run.results.data
    rejected = f"{len(data.rejected):,} rejected" if data.rejected else "none rejected"
    return f"{data.images:,} used, {rejected}"


def images(run: Run) -> str:
    """How many images there are here."""
    data = run.results.data
    groups = "" if data.groups is None else f", from {known_groups(data)}"
    return f"{data.images:,} here{groups}"


def divisions(run: Run) -> str:
    """How many divisions were made."""
    results = run.results
    counts = Counter(protocol_name(results.grouping, fold.protocol) for fold in results.folds)
    kinds = listed(f"{count:,} {protocol}" for protocol, count in counts.items())
    kinds = kinds if len(counts) > 1 else next(iter(counts))
    return f"{counted(counts.total(), 'split')} ({kinds})"


def grouping(run: Run) -> str:
    """What was kept on one side, else which near-duplicates were found."""
    results = run.results
    if "grouped" not in run.protocols:
        return f"{counted(results.near_duplicates.pairs, 'pair')} of near-duplicates found"
    name, kept = protocol_name(results.grouping, "grouped"), kept_together(results.grouping)
    return f"{kept}, in the {name} split"


def unused_test_images(_run: Run) -> str:
    """That test images decide nothing."""
    return "they choose no setting and no epoch; pixels are scaled by fixed numbers"


def last_epoch(run: Run) -> str:
    """Which model is evaluated."""
    training = run.results.settings["training"]
    epochs = dict.fromkeys(str(training[arm]["epochs"]) for arm in run.arms)
    return f"the last epoch's ({', '.join(epochs)})"


def layers(run: Run) -> str:
    """That the models are shown whole."""
    return counted(len(run.results.models), "model")


def backbones(run: Run) -> str:
    """What the weights started from."""
    used = dict.fromkeys(model.weights.used for model in run.results.models)
    return f"SHA-256 of the files: {', '.join(used)}"


def varied_choices(run: Run) -> str:
    """The choices and readings that were varied."""
    choices = dict.fromkeys(choice.name for choice in run.results.choices)
    variants = [model.arm for model in run.results.models if model.variant_of]
    varied = f"varied: {listed(choices)}" if choices else ""
    return "; ".join(filter(None, [varied, ", ".join(variants)]))


def machine(run: Run) -> str:
    """Versions and device."""
    return f"device and versions of {counted(len(run.results.provenance.versions), 'package')}"


def program(run: Run) -> str:
    """How to have it again."""
    by_hand = not run.results.provenance.command
    return "this notebook and its library, run by hand" if by_hand else "command and run key"


def metrics(run: Run) -> str:
    """The scores that the paper does not print."""
    printed = {claim.metric for claim in run.paper.claims}
    computed = {score.metric for score in run.results.scores if score.part == "test"}
    return listed(metric for metric in JUDGES if metric in computed - printed)


def intervals(run: Run) -> str:
    """What is known of the uncertainty."""
    basis = ["95 % intervals", counted(len(run.results.settings["seeds"]), "seed")]
    comparisons = len(run.results.comparisons)
    paired = [counted(comparisons, "paired comparison")] if comparisons else []
    return ", ".join([*basis, *paired])


def class_metrics(run: Run) -> str:
    """The scores of each class, with intervals."""
    computed = {
        score.metric
        for score in run.results.scores
        if score.part == "test" and score.of in run.results.classes
    }
    judges = listed(metric for metric in JUDGES if metric in computed)
    return f"{judges}, with intervals" if computed else ""


def baselines(run: Run) -> str:
    """The plain models beside the network."""
    return _probes(run, "baseline", "random labels")


def shortcuts(run: Run) -> str:
    """The probes that cannot see the content."""
    return _probes(run, "shortcut", "leak")


def _probes(run: Run, *kinds: str) -> str:
    return listed(dict.fromkeys(probe.name for probe in run.results.probes if probe.kind in kinds))


def explanation(run: Run) -> str:
    """Of which models heat maps are shown."""
    results = run.results
    protocol = shown_protocol(fold.protocol for fold in results.folds)
    arms = [arm for arm in results.arms if results.learnt(arm, protocol)]
    return f"heat maps (Grad-CAM) of {listed(arms)}" if arms else ""


def controls(run: Run) -> str:
    """The images of another origin."""
    images = {facts.name: sum(facts.counts.values()) for facts in run.results.control_sets}
    return ", ".join(f"{name} ({counted(number, 'image')})" for name, number in images.items())


def errors(run: Run) -> str:
    """Where errors are shown."""
    names = dict.fromkeys(subgroup.name for subgroup in run.results.subgroups)
    matrices = f"confusion matrices ({len(run.results.confusions)})"
    return f"{matrices}, scores by {listed(names)}" if names else matrices


def limits(run: Run) -> str:
    """What this run cannot support."""
    count = len(limitations(run.paper, run.results))
    return counted(count, "limitation")
