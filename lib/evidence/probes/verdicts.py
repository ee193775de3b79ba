"""What the probes say of a network, decided in one place for every sentence and table.

Three comparisons for every arm and protocol: the network with the majority (`lib.evidence.learning`:
of one that did not learn there is no verdict), each probe with the majority, and the network with each
probe (both by `lib.evidence.probes.levels`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lib.evidence.probes.descriptions import PROBES, description_of
from lib.evidence.probes.levels import BEATS, REACHES, probe_level
from lib.results import Comparison, Probe, Results, Score, headlines

Role = Literal["shortcut", "content", "plain", "features", "look-alike"]
"""What it says of a network that a probe reaches it.

shortcut: it may have learnt what only comes with the classes.
content: what the probe sees defines the classes; it is enough.
plain: a classifier that is not deep is enough.
features: a linear classifier on the arm's own backbone, as it was before training, is enough.
look-alike: it may have known test images by training images that look like them.
"""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A probe beside one network, on the same images.

    Attributes:
        apart: The network less the probe.
        level: From `probe_level`.
    """

    probe: Probe
    apart: Comparison
    level: str
    role: Role

    @property
    def reaches(self) -> bool:
        """Whether the probe is above chance and the network is not shown to be ahead of it."""
        return self.level in (REACHES, BEATS)


@dataclass(frozen=True, kw_only=True)
class ProbeVerdict:
    """How one network that learnt stands beside the probes, under one protocol.

    Attributes:
        majority: Accuracy of the best constant answer.
        rivals: All probes but the majority, in the order of `PROBES`.
    """

    arm: str
    protocol: str
    accuracy: Score
    majority: float
    rivals: tuple[Rival, ...]

    @property
    def strongest(self) -> Rival | None:
        """The probe that the network is least ahead of, other than on its own features; None without one."""
        others = [rival for rival in self.rivals if rival.role != "features"]
        return min(others, key=lambda rival: rival.apart.mean, default=None)

    def reaching(self, role: Role) -> tuple[Rival, ...]:
        """The probes in that role which reach or beat the network.

        Left out is one that does so no better than another whose numbers it is given as well.
        """
        return tuple(
            rival
            for rival in self.rivals
            if rival.role == role and rival.reaches
            if not any(self._is_enough(name, rival) for name in _contained(rival))
        )

    def _is_enough(self, name: str, rival: Rival) -> bool:
        """Whether the probe of that name reaches the network, or beats it where `rival` does."""
        levels = [other.level for other in self.rivals if other.probe.name == name]
        return BEATS in levels or (REACHES in levels and rival.level == REACHES)


def probe_verdicts(results: Results, defining: Mapping[str, str]) -> list[ProbeVerdict]:
    """One for every arm and protocol that were compared with probes, if the arm learnt.

    Args:
        defining: As `Dataset.defining`: what defines the classes.
    """
    probes = {(probe.name, probe.arm, probe.accuracy.protocol): probe for probe in results.probes}
    return [
        _verdict(results, probes, defining, record.arm, record.protocol, majority)
        for record in results.learning
        if record.outcome == "learnt" and _compared(results, record.arm, record.protocol)
        for majority in [max(record.training_majority, record.test_majority)]
    ]


def _contained(rival: Rival) -> tuple[str, ...]:
    return description_of(rival.probe.name).contains


def _compared(results: Results, arm: str, protocol: str) -> list[Comparison]:
    """The arm with each of the probes."""
    names = {description.name for description in PROBES}
    return [
        comparison
        for comparison in results.comparisons
        if (comparison.arm, comparison.protocol) == (arm, protocol) and comparison.versus in names
    ]


def _verdict(
    results: Results,
    probes: Mapping[tuple[str, str, str], Probe],
    defining: Iterable[str],
    arm: str,
    protocol: str,
    majority: float,
) -> ProbeVerdict:
    order = [description.name for description in PROBES]
    compared = sorted(
        _compared(results, arm, protocol), key=lambda comparison: order.index(comparison.versus)
    )
    rivals = []
    for apart in compared:
        name = apart.versus
        if name != "majority":
            probe = probes.get((name, "", protocol)) or probes[name, arm, protocol]
            level = probe_level(probe.accuracy, majority, apart)
            kept_apart = protocol == "grouped" and results.grouping.is_complete
            role = _role(name, kept_apart, defining)
            rivals.append(Rival(probe=probe, apart=apart, level=level, role=role))
    return ProbeVerdict(
        arm=arm,
        protocol=protocol,
        accuracy=next(score for score in headlines(results.scores, protocol) if score.arm == arm),
        majority=majority,
        rivals=tuple(rivals),
    )


def _role(name: str, kept_apart: bool, defining: Iterable[str]) -> Role:
    """The role of a probe.

    Args:
        kept_apart: Whether the groups of all images are known, and none is on both sides of the split.
    """
    if name == "features":
        return "features"
    description = description_of(name)
    if description.kind == "leak":
        return "plain" if kept_apart else "look-alike"
    if description.quantities and set(description.quantities) <= set(defining):
        return "content"
    return "shortcut" if description.learnt else "plain"
