"""How a score came about: what simple classifiers get right that see too little of an image."""

from collections.abc import Iterator, Sequence

from lib.evidence.probes import (
    ABOVE,
    AT_CHANCE,
    BEATS,
    PROBES,
    REACHES,
    RULE,
    ProbeVerdict,
    Rival,
    find_description,
    indicates_leak,
    probe_level,
    probe_verdicts,
)
from lib.papers.declare import Paper
from lib.report.blocks import Block, Markup, fold_away, paragraph, record_marks, stack, table
from lib.report.notation import (
    arm_places,
    capitalised,
    difference_interval,
    protocol_name,
    score_interval,
)
from lib.report.probes import ahead_sentence, probe_sentences
from lib.results import Comparison, Probe, Results

RANDOM_LABELS = "random labels"  # a kind of probe
SHUFFLED = "whole images: the network, trained on shuffled labels"
OF_NETWORK = {  # level of a probe → how the network stands beside it
    AT_CHANCE: "ahead",
    ABOVE: "ahead",
    REACHES: "not clearly ahead",
    BEATS: "behind",
}


STARS = {REACHES: "*", BEATS: "**"}


def probe_table(paper: Paper, results: Results) -> Block:
    """What the probes say of the networks in words, the strongest beside each, and all of them folded."""
    if not results.probes:
        return Block("")
    verdicts = probe_verdicts(results, paper.dataset.defining)
    sentences = (
        *probe_sentences(verdicts, results, paper.dataset.defining),
        *ahead_sentence(verdicts, results),
        *_leak_sentences(results),
        *_shuffled_sentences(results),
    )
    blocks = [stack(map(paragraph, sentences))]
    if verdicts:
        blocks.append(_verdict_table(verdicts, results))
    details = stack([paragraph(RULE), _every_probe(verdicts, results)])
    return stack([*blocks, fold_away("Every simple classifier", details)])


def _verdict_table(verdicts: Sequence[ProbeVerdict], results: Results) -> Block:
    rows = [
        (
            _network(verdict),
            _strongest(verdict.strongest),
            _beside(verdict.strongest),
        )
        for verdict in verdicts
    ]
    caption = (
        "Each network that learnt, beside the strongest simple classifier other than its own features: accuracy "
        "on the same test images."
    )
    columns = ("Network", "Strongest classifier", "Network minus classifier")
    return table(rows, columns, caption, record_marks(results)[""])


def _network(verdict: ProbeVerdict) -> Markup:
    """In one cell, so that the table fits a phone."""
    return Markup(f"{verdict.arm}, {verdict.protocol}<br>{score_interval(verdict.accuracy)}")


def _strongest(rival: Rival | None) -> Markup | None:
    if rival is None:
        return None
    return Markup(f"{rival.probe.name}<br>{score_interval(rival.probe.accuracy)}")


def _beside(rival: Rival | None) -> Markup | None:
    if rival is None:
        return None
    return Markup(f"{difference_interval(rival.apart)}<br>{OF_NETWORK[rival.level]}")


def _every_probe(verdicts: Sequence[ProbeVerdict], results: Results) -> Block:
    """What every probe sees and reaches under each protocol, and how far the networks that learnt are ahead."""
    protocols = list(dict.fromkeys(probe.accuracy.protocol for probe in results.probes))
    columns = ["Classifier", "Sees"]
    rows: dict[str, list[str | None]] = {}
    seen = set()
    for probe in _in_order(results.probes):
        sees = _sees(probe)
        rows.setdefault(_name(probe), [_name(probe), None if sees in seen else sees])
        seen.add(sees)
    for protocol in protocols:
        own = [verdict for verdict in verdicts if verdict.protocol == protocol]
        columns += [f"{capitalised(protocol)}", *(f"{of.arm} minus it" for of in own)]
        by_name = {
            _name(probe): probe for probe in results.probes if probe.accuracy.protocol == protocol
        }
        for name, row in rows.items():
            row += _cells(by_name.get(name), own, results)
    caption = (
        "Every simple classifier (mean over seeds) and, where it is above chance, the network minus it: * not clearly "
        "ahead, ** behind. The intervals are in results.json."
    )
    return table(list(rows.values()), columns, caption, record_marks(results)[""])


def _cells(
    probe: Probe | None, verdicts: Sequence[ProbeVerdict], results: Results
) -> list[str | None]:
    """Under one protocol: the accuracy of the probe, then each network's difference."""
    if probe is None:
        return [None] * (1 + len(verdicts))
    return [f"{probe.accuracy.mean:.3f}", *(_ahead(probe, of, results) for of in verdicts)]


def _sees(probe: Probe) -> str:
    description = find_description(probe.name)
    return description.sees if description else SHUFFLED


def _ahead(probe: Probe, verdict: ProbeVerdict, results: Results) -> str | None:
    """How far the network is ahead of the probe; None for one at chance, or where that was not measured."""
    if probe.arm not in ("", verdict.arm):
        return None
    for rival in verdict.rivals:
        if rival.probe == probe:
            if rival.level == AT_CHANCE:
                return None
            return f"{rival.apart.mean:+.3f}{STARS.get(rival.level, '')}"
    comparison = _comparison(results, verdict, probe.name)
    return f"{comparison.mean:+.3f}" if comparison else None


def _comparison(results: Results, verdict: ProbeVerdict, versus: str) -> Comparison | None:
    key = verdict.arm, versus, verdict.protocol
    return next(
        (
            comparison
            for comparison in results.comparisons
            if (comparison.arm, comparison.versus, comparison.protocol) == key
        ),
        None,
    )


def _in_order(probes: Sequence[Probe]) -> list[Probe]:
    """In the order of `PROBES`; others last."""
    names = [description.name for description in PROBES]
    place = {name: number for number, name in enumerate(names)}
    return sorted(probes, key=lambda probe: place.get(probe.name, len(names)))


def _name(probe: Probe) -> str:
    return f"{probe.name} ({probe.arm})" if probe.arm else probe.name


def _leak_sentences(results: Results) -> Iterator[str]:
    """That a probe for leaks, run under both protocols, indicates one."""
    for name in (description.name for description in PROBES if description.kind == "leak"):
        by_protocol = {
            probe.accuracy.protocol: probe.accuracy
            for probe in results.probes
            if probe.name == name
        }
        published, grouped = (by_protocol.get(of) for of in ("published", "grouped"))
        if published and grouped and indicates_leak(published, grouped):
            yield (
                f"The {name} indicates a leak: it reaches {score_interval(published)} under the published protocol "
                f"and {score_interval(grouped)} under the {protocol_name(results.grouping, 'grouped')} one."
            )


def _shuffled_sentences(results: Results) -> Iterator[str]:
    """What networks that learnt reached when trained on shuffled labels, and whether they may."""
    places: dict[str, list[tuple[str, str]]] = {AT_CHANCE: [], ABOVE: []}
    for probe in results.probes:
        arm, protocol = probe.arm, probe.accuracy.protocol
        if probe.kind == RANDOM_LABELS and results.learnt(arm, protocol):
            places[probe_level(probe.accuracy, _majority(results, protocol))].append(
                (arm, protocol)
            )
    if at_chance := places[AT_CHANCE]:
        yield (
            f"Trained on shuffled labels, {arm_places(at_chance, results.grouping)} did no better than "
            f"a constant answer on the test images, as it should be."
        )
    if above := places[ABOVE]:
        yield (
            f"Trained on shuffled labels, {arm_places(above, results.grouping)} did better than a "
            f"constant answer on the test images: something other than their class gives them away."
        )


def _majority(results: Results, protocol: str) -> float:
    return next(
        max(record.training_majority, record.test_majority)
        for record in results.learning
        if record.protocol == protocol
    )
