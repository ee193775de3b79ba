"""Limitations of how precisely anything is known: few test images, few seeds, scores of training images."""

from collections.abc import Iterator

from lib.report.facts import Run
from lib.words import interval, listed

WIDE = 0.05  # from end to end of an interval, and from training to test images: five points
RARE = 20  # test images of a class, below which one of them moves its recall by more than 0.05


def rare(run: Run) -> Iterator[str]:
    """Classes with few test images."""
    tested = _tested(run)
    least = {name: min(one[name] for one in tested) for name in tested[0]}
    told = [
        f"{name} {count} (one moves its recall by {1 / count:.2f})"
        for name, count in sorted(least.items(), key=lambda one: one[1])
        if count < RARE
    ]
    if told:
        yield f"Some classes have few test images: {', '.join(told)}."


def _tested(run: Run) -> list[dict[str, int]]:
    """For each seed: class → test images under the protocol that is shown."""
    seeds = {}
    for one in run.results.folds:
        if one.protocol == run.shown:
            seeds.setdefault(one.seed, []).append(one.test)
    return [
        {name: sum(test[name] for test in tests) for name in tests[0]} for tests in seeds.values()
    ]


def wide(run: Run) -> Iterator[str]:
    """Wide intervals."""
    told = [
        f"{interval(score.mean, score.low, score.high)} ({arm})"
        for (arm, protocol), score in run.accuracies.items()
        if protocol == run.shown and score.high - score.low > WIDE
    ]
    if told:
        images = min(sum(one.values()) for one in _tested(run))
        yield (
            f"A test on {images:,} images is coarse: accuracy {listed(told)}. What differs by less than "
            "such an interval cannot be told apart."
        )


def seeds(run: Run) -> Iterator[str]:
    """Fewer seeds than this study wants."""
    used, wanted = run.results.settings["seeds"], run.paper.seeds.value
    if len(used) == 1:
        yield (
            f"Every model was trained with one seed ({used[0]}): how far another moves the scores is "
            "unknown."
        )
    elif len(used) < len(wanted):
        yield f"The spread over {len(used)} seeds, instead of {len(wanted)}, is a rough guess."


def training(run: Run) -> Iterator[str]:
    """Scores on training images that test images do not reach."""
    last, told = _last_epochs(run), []
    for key, test in run.accuracies.items():
        train = last.get(key)
        if train is not None and train > max(test.high, test.mean + WIDE):
            told.append(f"{train:.3f} beside {test.mean:.3f} on test images ({', '.join(key)})")
    if told:
        yield (
            f"Accuracy on training images tells little of new ones: {'; '.join(told)} after the last "
            "epoch."
        )


def _last_epochs(run: Run) -> dict[tuple[str, str], float]:
    """(arm, protocol) → accuracy on training images in the last epoch."""
    curve = [
        one
        for one in run.results.scores
        if (one.metric, one.of, one.part) == ("accuracy", "", "train") and one.epoch is not None
    ]
    return {(one.arm, one.protocol): one.mean for one in sorted(curve, key=lambda one: one.epoch)}
