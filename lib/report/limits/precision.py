"""Limitations of how precisely anything is known: few test images, few seeds, scores of training images."""

from collections.abc import Iterator
from math import inf

from lib.report.facts import Run
from lib.report.notation import SEEDS, protocol_name, score_interval
from lib.report.open_choices import spreads_by_arm
from lib.words import listed

WIDE = 0.05  # from end to end of an interval, and from training to test images: five points
RARE = 20  # test images of a class, below which one of them moves its recall by more than 0.05


def few_test_images(run: Run) -> Iterator[str]:
    """Classes with few test images, the fewest first."""
    supports = _supports(run)
    least = {name: min(support[name] for support in supports) for name in supports[0]}
    rare = [name for name in sorted(least, key=least.__getitem__) if least[name] < RARE]
    if rare:
        counts = listed(f"{name} {least[name]}" for name in rare)
        yield (
            f"Some classes have few test images: {counts}. One image moves the recall of {rare[0]} by "
            f"{1 / least[rare[0]]:.2f}."
        )


def _supports(run: Run) -> list[dict[str, int]]:
    """For each seed: class → test images under the protocol that is shown."""
    seeds: dict[int, list[dict[str, int]]] = {}
    for fold in run.results.folds:
        if fold.protocol == run.shown_protocol:
            seeds.setdefault(fold.seed, []).append(fold.test)
    return [
        {name: sum(test[name] for test in tests) for name in tests[0]} for tests in seeds.values()
    ]


def wide_intervals(run: Run) -> Iterator[str]:
    """Accuracies with wide intervals, of models that learnt."""
    accuracies = {
        arm: run.accuracies[arm, run.shown_protocol] for arm in run.learnt_arms(run.shown_protocol)
    }
    wide = [
        f"{score_interval(score)} ({arm})"
        for arm, score in accuracies.items()
        if score.high - score.low > WIDE
    ]
    if wide:
        images = min(sum(support.values()) for support in _supports(run))
        yield (f"A test on {images:,} images is coarse: accuracy {listed(wide)}.")


def few_seeds(run: Run) -> Iterator[str]:
    """Fewer seeds than this study wants."""
    used, wanted = run.results.settings["seeds"], run.paper.seeds.value
    if len(used) == 1:
        told = _other_seeds(run)
        yield f"Every model was trained with one seed ({used[0]}){told and f': {told}'}."
    elif len(used) < len(wanted):
        yield f"The spread over {len(used)} seeds, instead of {len(wanted)}, is a rough estimate."


def _other_seeds(run: Run) -> str:
    """What is known of other seeds all the same, where choices that the paper leaves open were tried.

    Only of models that learnt; "" where there are none.
    """
    seeded = [choice for choice in run.results.choices if choice.name in SEEDS]
    spreads = spreads_by_arm(seeded, run.learnt_arms(run.shown_protocol))
    if not spreads:
        return ""
    tried = [f"{spread} ({arm})" for arm, spread in spreads.items() if spread]
    untried = [arm for arm, spread in spreads.items() if not spread]
    if not tried:
        return "how far another would move the scores is unknown"
    unknown = (
        [f"how far another would move the scores of {listed(untried)} is unknown"]
        if untried
        else []
    )
    return "; ".join([*tried, *unknown])


def training_accuracy(run: Run) -> Iterator[str]:
    """Accuracies on training images that test images do not reach."""
    training, overfitted = _training_accuracies(run), []
    for (arm, protocol), test in run.accuracies.items():
        train = training.get((arm, protocol))
        if arm not in run.learnt_arms(protocol) or train is None:
            continue
        if train > max(test.high, test.mean + WIDE):
            name = protocol_name(run.results.grouping, protocol)
            overfitted.append(f"{train:.3f} beside {test.mean:.3f} on test images ({arm}, {name})")
    if overfitted:
        yield f"Accuracy on training images says little about new ones: {'; '.join(overfitted)}."


def _training_accuracies(run: Run) -> dict[tuple[str, str], float]:
    """(arm, protocol) → accuracy on training images: of the trained model, else of the last epoch."""
    scores = [
        score
        for score in run.results.scores
        if (score.metric, score.of, score.part) == ("accuracy", "", "train")
    ]
    by_time = sorted(scores, key=lambda score: inf if score.epoch is None else score.epoch)
    return {(score.arm, score.protocol): score.mean for score in by_time}
