"""How well a probe did, by a rule that was fixed before any run; and what that says of the network."""

from collections.abc import Sequence

from lib.evidence.probes.descriptions import find_description
from lib.results import Comparison, Score
from lib.words import listed

AT_CHANCE, ABOVE, REACHES = "at chance", "above chance", "reaches the network"
RULE = (
    "A probe is at chance if the interval of its accuracy goes down to the share of the most frequent "
    "training class; it reaches the network if it is above chance and the paired interval of network "
    "less probe goes down to 0."
)
LEAK_RULE = (
    "The nearest neighbour tells of a leak if its interval under the published protocol lies wholly "
    "above its interval under the grouped one."
)


def probe_level(probe: Score, majority: float, apart: Comparison | None = None) -> str:
    """`AT_CHANCE`, `ABOVE` or `REACHES`, by `RULE`.

    Args:
        probe: Accuracy of the probe on the test images.
        majority: Share of those images in the class that is most frequent in training.
        apart: The network less the probe, on the same images; None where there is no network.
    """
    if probe.low <= majority:
        return AT_CHANCE
    return REACHES if apart is not None and apart.low <= 0 else ABOVE


def indicates_leak(published: Score, grouped: Score) -> bool:
    """Whether the accuracies of one probe under the two protocols tell of a leak, by `LEAK_RULE`."""
    return published.low > grouped.high


def conclusion(networks: Sequence[str], reaching: Sequence[str]) -> str:
    """What may be said of networks after the shortcut probes.

    Args:
        networks: Names of those that the same probes reach.
        reaching: Names of these probes, of those in `PROBES` that tell what may have been learnt.
    """
    who, several = listed(networks), len(networks) > 1
    reached, it = ("the networks", "they") if several else ("the network", "it")
    if not reaching:
        return (
            f"{who}: no shortcut probe reaches {reached}, so nothing that one of them sees explains the "
            f"score alone. A shortcut that none of them sees is not ruled out."
        )
    verb = "reach" if len(reaching) > 1 else "reaches"
    *others, last = [find_description(name).learnt for name in reaching]
    learnt = "; ".join([*others, f"or {last}" if others else last])
    return (
        f"{who}: {listed(reaching)} {verb} {reached}, so on these images {it} may have learnt, instead of "
        f"what the classes are named after, {learnt}."
    )
