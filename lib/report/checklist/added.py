"""What a run adds to what its paper states."""

from lib.report.checklist.stated import PRINTED_SCORES
from lib.report.facts import Run
from lib.report.limits import limitations
from lib.words import counted, listed

JUDGES = (*PRINTED_SCORES, "auc", "average precision", "ece")
SHOWN = 3  # packages named; all of them stand in results.json


def manifest(run: Run) -> str:
    """Which images were used, beyond doubt."""
    data = run.results.data
    return f"{data.name} ({data.kind}), SHA-256 {data.sha256[:12]}…"


def selection(run: Run) -> str:
    """What part of the images found is used."""
    return f"every image of {run.results.data.name} that can be read"


def files(run: Run) -> str:
    """How many files were read and refused."""
    data = run.results.data
    return f"{data.images:,} images used, {len(data.rejected):,} rejected, each with its reason"


def images(run: Run) -> str:
    """What the counts are here."""
    data = run.results.data
    groups = "" if data.groups is None else f", from {counted(data.groups, data.group_noun)}"
    return f"{data.images:,} images here{groups}; those of each class in every part"


def divisions(run: Run) -> str:
    """How many divisions were made."""
    of = [one.protocol for one in run.results.folds]
    told = [f"{of.count(name)} {name}" for name in run.protocols]
    return f"{listed(told)} divisions, image by image in splits.csv"


def level(run: Run) -> str:
    """What was kept on one side, and what was looked for."""
    results = run.results
    pairs = f"{counted(results.near_duplicates.pairs, 'pair')} of near-duplicates found"
    if "grouped" not in run.protocols:
        return pairs
    return f"the grouped protocol, by {results.grouping.noun}; {pairs}"


def untouched(run: Run) -> str:
    """That test images decide nothing."""
    scalings = dict.fromkeys(
        run.results.settings["training"][arm]["pixel_scaling"] for arm in run.arms
    )
    return f"pixels are scaled by fixed numbers ({', '.join(scalings)}); test images choose nothing"


def last_epoch(run: Run) -> str:
    """Which model is evaluated."""
    training = run.results.settings["training"]
    epochs = dict.fromkeys(str(training[arm]["epochs"]) for arm in run.arms)
    return f"that of the last epoch ({', '.join(epochs)}), whatever its score"


def layers(run: Run) -> str:
    """That the models are shown whole."""
    return f"layers and parameters of {counted(len(run.results.models), 'model')}"


def backbones(run: Run) -> str:
    """What the weights started from."""
    used = dict.fromkeys(one.weights.used for one in run.results.models)
    return f"files with their SHA-256 ({', '.join(used)})"


def tried(run: Run) -> str:
    """The choices and readings that were varied."""
    choices = dict.fromkeys(one.name for one in run.results.choices)
    variants = [one.arm for one in run.results.models if one.variant_of]
    told = [f"varied: {listed(choices)}" if choices else "", ", ".join(variants)]
    return "; ".join(one for one in told if one)


def machine(run: Run) -> str:
    """Versions, device and time."""
    made = run.results.provenance
    named = [f"{name} {version}" for name, version in list(made.versions.items())[:SHOWN]]
    more = len(made.versions) - len(named)
    rest = f" and {more} more" if more > 0 else ""
    return f"{', '.join(named)}{rest}; {made.device}; {made.seconds:.0f} s"


def program(run: Run) -> str:
    """How to have it again."""
    key, results = run.results.provenance.run_key, run.results
    if not key:
        return "this notebook and its library, run by hand"
    return f"python run_all.py {results.slug} --profile {results.profile} (run key {key[:12]}…)"


def metrics(run: Run) -> str:
    """The scores that the paper does not print."""
    printed = {one.metric for one in run.paper.claims}
    computed = {one.metric for one in run.results.scores if one.part == "test"}
    return listed(one for one in JUDGES if one in computed - printed)


def intervals(run: Run) -> str:
    """How uncertainty was computed."""
    methods = sorted({one.method for one in run.accuracies.values()})
    seeds = counted(len(run.results.settings["seeds"]), "seed")
    told = f"{'; '.join(methods)}; {seeds}"
    paired = len(run.results.comparisons)
    return f"{told}; {counted(paired, 'paired comparison')}" if paired else told


def by_class(run: Run) -> str:
    """The scores of each class, with intervals."""
    told = {
        one.metric
        for one in run.results.scores
        if one.part == "test" and one.of in run.results.classes
    }
    return f"{listed(one for one in JUDGES if one in told)}, each with an interval" if told else ""


def baselines(run: Run) -> str:
    """The plain models beside the network."""
    return _probes(run, "baseline", "random labels")


def shortcuts(run: Run) -> str:
    """The probes that cannot see the content."""
    return _probes(run, "shortcut", "leak")


def _probes(run: Run, *kinds: str) -> str:
    return listed(dict.fromkeys(one.name for one in run.results.probes if one.kind in kinds))


def controls(run: Run) -> str:
    """The images of another origin."""
    told = {one.name: one.images for one in run.results.controls}
    return ", ".join(f"{name} ({counted(number, 'image')})" for name, number in told.items())


def errors(run: Run) -> str:
    """Where errors are shown."""
    matrices = len(run.results.confusions)
    names = dict.fromkeys(one.name for one in run.results.subgroups)
    told = f"confusion matrices ({matrices})"
    return f"{told}, scores by {listed(names)}" if names else told


def limits(run: Run) -> str:
    """What this run cannot support."""
    return (
        f"{counted(len(limitations(run.paper, run.results)), 'limitation')} from this run's facts"
    )
