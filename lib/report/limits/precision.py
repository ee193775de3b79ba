"""Limitations of how precisely anything is known: few test images, few seeds, scores of training images."""

from collections.abc import Iterator

from lib.report.facts import Run
from lib.report.notation import SEEDS, choice_spread, score_interval
from lib.words import listed

WIDE = 0.05  # from end to end of an interval, and from training to test images: five points
RARE = 20  # test images of a class, below which one of them moves its recall by more than 0.05


def few_test_images(run: Run) -> Iterator[str]:
    """Classes with few test images, the fewest first."""
    supports = _supports(run)
    least = {name: min(support[name] for support in supports) for name in supports[0]}
    rare = [
        f"{name} {least[name]} (one moves its recall by {1 / least[name]:.2f})"
        for name in sorted(least, key=least.get)
        if least[name] < RARE
    ]
    if rare:
        yield f"Some classes have few test images: {', '.join(rare)}."


def _supports(run: Run) -> list[dict[str, int]]:
    """For each seed: class → test images under the protocol that is shown."""
    seeds = {}
    for fold in run.results.folds:
        if fold.protocol == run.shown_protocol:
            seeds.setdefault(fold.seed, []).append(fold.test)
    return [
        {name: sum(test[name] for test in tests) for name in tests[0]} for tests in seeds.values()
    ]


def wide_intervals(run: Run) -> Iterator[str]:
    """Accuracies with wide intervals."""
    wide = [
        f"{score_interval(score)} ({arm})"
        for (arm, protocol), score in run.accuracies.items()
        if protocol == run.shown_protocol and score.high - score.low > WIDE
    ]
    if wide:
        images = min(sum(support.values()) for support in _supports(run))
        yield (
            f"A test on {images:,} images is coarse: accuracy {listed(wide)}. What differs by less than "
            "such an interval cannot be told apart."
        )


def few_seeds(run: Run) -> Iterator[str]:
    """Fewer seeds than this study wants."""
    used, wanted = run.results.settings["seeds"], run.paper.seeds.value
    if len(used) == 1:
        yield f"Every model was trained with one seed ({used[0]}): {_other_seeds(run)}."
    elif len(used) < len(wanted):
        yield f"The spread over {len(used)} seeds, instead of {len(wanted)}, is a rough guess."


def _other_seeds(run: Run) -> str:
    """What is known of other seeds all the same, where choices that the paper leaves open were tried."""
    seeded = [choice for choice in run.results.choices if choice.name in SEEDS]
    spreads = {
        arm: choice_spread([choice for choice in seeded if choice.arm == arm]) for arm in run.arms
    }
    tried = [f"{spread} ({arm})" for arm, spread in spreads.items() if spread]
    untried = [arm for arm, spread in spreads.items() if not spread]
    if not tried:
        return "how far another moves the scores is unknown"
    unknown = (
        [f"how far another moves the scores of {listed(untried)} is unknown"] if untried else []
    )
    return "; ".join([*tried, *unknown])


def training_accuracy(run: Run) -> Iterator[str]:
    """Accuracies on training images that test images do not reach."""
    last, overfitted = _last_epochs(run), []
    for (arm, protocol), test in run.accuracies.items():
        train = last.get((arm, protocol))
        if train is not None and train > max(test.high, test.mean + WIDE):
            overfitted.append(
                f"{train:.3f} beside {test.mean:.3f} on test images ({arm}, {protocol})"
            )
    if overfitted:
        yield (
            f"Accuracy on training images tells little of new ones: {'; '.join(overfitted)} after the "
            "last epoch."
        )


def _last_epochs(run: Run) -> dict[tuple[str, str], float]:
    """(arm, protocol) → accuracy on training images in the last epoch."""
    curve = [
        score
        for score in run.results.scores
        if (score.metric, score.of, score.part) == ("accuracy", "", "train")
        and score.epoch is not None
    ]
    return {
        (score.arm, score.protocol): score.mean
        for score in sorted(curve, key=lambda score: score.epoch)
    }
