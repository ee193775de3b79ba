"""How well a probe did, by a rule that was fixed before any run."""

from lib.evaluation.metrics import square_and_add
from lib.results import Comparison, Score

AT_CHANCE, ABOVE = "at chance", "above chance"
REACHES, BEATS = "reaches the network", "beats the network"
RULE = (
    "A simple classifier is above chance if its 95 % interval lies above the majority, the best constant answer. The "
    "network is not clearly ahead of it if the interval of their difference reaches 0, and behind it if that lies "
    "below 0. The number of classifiers is not corrected for."
)


def probe_level(probe: Score, majority: float, apart: Comparison | None = None) -> str:
    """`AT_CHANCE`, `ABOVE`, `REACHES` or `BEATS`, by `RULE`.

    Args:
        probe: Accuracy of the probe on the test images.
        majority: Accuracy of the best constant answer to those images.
        apart: The network less the probe, on the same images; None where there is no network.
    """
    if probe.low <= majority:
        return AT_CHANCE
    if apart is None or apart.low > 0:
        return ABOVE
    return BEATS if apart.high < 0 else REACHES


def indicates_leak(published: Score, grouped: Score) -> bool:
    """Whether the accuracies of one probe, the nearest neighbour, under the two protocols tell of a leak.

    They do if the 95 % interval of the difference, published less grouped, lies above 0. The two are taken
    as independent, which makes it rather too wide.
    """
    sides = ((score.mean, score.low, score.high) for score in (published, grouped))
    return square_and_add(*sides)[0] > 0
