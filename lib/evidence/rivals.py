"""The best simple classifier beside a network, on the same test images."""

from lib.evidence.records import RANDOM_LABELS
from lib.results import Probe, Results

CONSTANT = "majority"  # the probe of one answer, which tables show in a column of its own


def best_rival(results: Results, arm: str, protocol: str) -> Probe | None:
    """The probe of highest accuracy, of those that any arm is held against and of the arm's own.

    None where no probe was run under this protocol.
    """
    rivals = [
        probe
        for probe in results.probes
        if probe.kind != RANDOM_LABELS
        and probe.name != CONSTANT
        and probe.arm in ("", arm)
        and probe.accuracy.protocol == protocol
    ]
    return max(rivals, key=lambda probe: probe.accuracy.mean, default=None)
