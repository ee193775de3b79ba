"""How a score came about: the table of probes, and that of test images that resemble training images."""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.evidence.probes import (
    AT_CHANCE,
    LEAK_RULE,
    PROBES,
    REACHES,
    RULE,
    conclusion,
    find_description,
    indicates_leak,
    probe_level,
)
from lib.report.blocks import Block, Markup, fold_away, paragraph, record_marks, stack, table
from lib.report.leaks import unseen
from lib.report.notation import difference_interval, protocol_note, score_interval, with_article
from lib.results import Comparison, Leak, Probe, Results
from lib.words import listed, percent

SHUFFLED = "whole images, as the network trained on shuffled labels"
SHARED = {
    "identical pixels": "the same pixels",
    "near-duplicate": "the same picture",
    "look-alike": "the same look",
}


def probe_table(results: Results) -> Block:
    """What every probe got right, how far the networks are ahead of it, and what that means."""
    if not results.probes:
        return Block("")
    probed = _Probed.of(results)
    single, rows, last_kind = len(probed.protocols) == 1, [], ""
    for by_protocol in probed.rows():
        for number, (protocol, probe) in enumerate(by_protocol.items()):
            kind = probe.kind.capitalize() if probe.kind != last_kind else ""
            last_kind = probe.kind
            name = "" if number else _name(probe)
            place = (kind, name) if single else (kind, name, protocol)
            differences = [_difference(probed, probe, arm) for arm in probed.arms]
            rows.append((*place, score_interval(probe.accuracy), *differences))
    heads = ("Accuracy", *(f"{arm} less probe" for arm in probed.arms))
    columns = ("Kind", "Probe", *(() if single else ("Protocol",)), *heads)
    caption = (
        f"What classifiers get right that see too little of an image to know what it shows: accuracy on "
        f"the test images (mean over seeds, interval of one run), and how far each network is ahead on "
        f"the same images (95 % interval). {RULE}"
    ) + (protocol_note(probed.protocols[0]) if single else f" {LEAK_RULE}")
    numeric = tuple(range(len(columns) - len(heads), len(columns)))
    block = table(rows, columns, caption, record_marks(results)[""], numeric=numeric)
    return block + _probe_inputs(probed) + stack(map(paragraph, _sentences(probed)))


@dataclass(frozen=True, kw_only=True)
class _Probed:
    """The probes of a run by name, arm and protocol, and the networks compared with them."""

    probes: dict[tuple[str, str, str], Probe]
    comparisons: dict[tuple[str, str, str], Comparison]
    protocols: list[str]
    arms: list[str]

    @classmethod
    def of(cls, results: Results) -> "_Probed":
        probes = {
            (probe.name, probe.arm, probe.accuracy.protocol): probe for probe in results.probes
        }
        names = {name for name, *_ in probes}
        comparisons = {
            (comparison.arm, comparison.versus, comparison.protocol): comparison
            for comparison in results.comparisons
            if comparison.versus in names
        }
        return cls(
            probes=probes,
            comparisons=comparisons,
            protocols=list(dict.fromkeys(protocol for *_, protocol in probes)),
            arms=list(dict.fromkeys(arm for arm, *_ in comparisons)),
        )

    def rows(self) -> list[dict[str, Probe]]:
        """Each probe by protocol, in the order of `PROBES`; others last."""
        names = [description.name for description in PROBES]
        by_place = {}
        for (name, arm, protocol), probe in self.probes.items():
            place = names.index(name) if name in names else len(names)
            by_place.setdefault((place, name, arm), {})[protocol] = probe
        return [by_place[place] for place in sorted(by_place)]

    def comparison(self, probe: Probe, arm: str) -> Comparison | None:
        """The arm less the probe; None where the probe is another arm's own."""
        if probe.arm not in ("", arm):
            return None
        return self.comparisons.get((arm, probe.name, probe.accuracy.protocol))

    def level(self, probe: Probe, arm: str = "") -> str:
        """How well the probe did beside chance and the arm."""
        majority = self.probes["majority", "", probe.accuracy.protocol].accuracy.mean
        return probe_level(probe.accuracy, majority, self.comparison(probe, arm))


def _name(probe: Probe) -> str:
    return f"{probe.name} ({probe.arm})" if probe.arm else probe.name


def _difference(probed: _Probed, probe: Probe, arm: str) -> Markup | None:
    """How far the arm is ahead of the probe; None where that was not measured."""
    comparison = probed.comparison(probe, arm)
    if comparison is None:
        return None
    return Markup(f"{difference_interval(comparison)}<br>{probed.level(probe, arm)}")


def _probe_inputs(probed: _Probed) -> Block:
    rows = []
    for by_protocol in probed.rows():
        probe = next(iter(by_protocol.values()))
        description = find_description(probe.name)
        rows.append((_name(probe), description.sees if description else SHUFFLED))
    return fold_away("What each probe sees", table(rows, ("Probe", "Sees"), "Of every image."))


def _sentences(probed: _Probed) -> Iterator[str]:
    networks = {}
    arms = {(protocol, arm): None for arm, _, protocol in probed.comparisons}
    for protocol, arm in arms:
        networks.setdefault(_reaching(probed, arm, protocol), []).append(f"{arm} ({protocol})")
    for reaching, names in networks.items():
        yield conclusion(names, reaching)
    yield from _leak_probe_sentences(probed)
    for probe in probed.probes.values():
        if probe.kind == "random labels":
            yield _shuffled_sentence(probe, probed.level(probe))


def _reaching(probed: _Probed, arm: str, protocol: str) -> tuple[str, ...]:
    """The probes that reach the arm and tell what it may have learnt."""
    names = [description.name for description in PROBES if description.learnt]
    probes = [probed.probes.get((name, "", protocol)) for name in names]
    return tuple(probe.name for probe in probes if probe and probed.level(probe, arm) == REACHES)


def _leak_probe_sentences(probed: _Probed) -> Iterator[str]:
    """What a probe for leaks tells where it was asked under both protocols."""
    for name in (description.name for description in PROBES if description.kind == "leak"):
        pair = [probed.probes.get((name, "", protocol)) for protocol in ("published", "grouped")]
        if all(pair):
            published, grouped = (probe.accuracy for probe in pair)
            tells = (
                "tells of a leak"
                if indicates_leak(published, grouped)
                else "tells nothing of leaks"
            )
            yield (
                f"The {name} {tells}: {score_interval(published)} under the published protocol, "
                f"{score_interval(grouped)} under the grouped one."
            )


def _shuffled_sentence(probe: Probe, reached: str) -> str:
    """What a network trained on shuffled labels reached, and whether it may."""
    verdict = (
        "is at chance on the test images, as it must be"
        if reached == AT_CHANCE
        else "is above chance on the test images: something other than their class gives them away"
    )
    return (
        f"{probe.arm} ({probe.accuracy.protocol}), trained on shuffled labels, {verdict}: "
        f"{score_interval(probe.accuracy)}."
    )


def leak_table(results: Results) -> Block:
    """How many test images resemble a training image, and the accuracy on those and on the rest.

    Below it, what was not looked at.
    """
    if not results.leaks:
        return Block("")
    noun = results.data.group_noun
    sharing = [leak for leak in results.leaks if leak.sharing is not None]
    missed = unseen(results.data, results.look_alikes)
    sentence = paragraph(f"{_leak_sentence(sharing, noun)} {missed}")
    if not sharing:
        return sentence
    rows = [
        (
            leak.arm,
            leak.protocol,
            leak.by,
            percent(leak.share),
            score_interval(leak.sharing),
            leak.others and score_interval(leak.others),
        )
        for leak in sharing
    ]
    columns = ("Arm", "Protocol", "Shared", "Test images", "Accuracy on them", "On the rest")
    caption = (
        f"Test images that were found to share something with a training image: identical pixels, a "
        f"near-duplicate (identical ones included), a look-alike (both included), or the group ({noun}); "
        f"how many do, and the accuracy on them and on the rest (mean over seeds, interval of one run). "
        f"What none was found to share is not listed."
    )
    mark = record_marks(results)[""]
    return table(rows, columns, caption, mark, numeric=(3, 4, 5)) + sentence


def _leak_sentence(sharing: list[Leak], noun: str) -> str:
    """Whether test images that share something with a training image are easier than the rest."""
    if not sharing:
        return "No test image was found to share anything with a training image."
    easier = [leak for leak in sharing if leak.others and leak.sharing.low > leak.others.high]
    places = listed(
        f"{leak.arm} ({leak.protocol}) on those that share {SHARED.get(leak.by, with_article(noun))}"
        for leak in easier or sharing
    )
    if easier:
        return (
            f"The accuracy is higher, beyond both intervals, of {places}: so much of it is recognition "
            f"of what was seen in training, not knowledge of the class."
        )
    if not any(leak.others for leak in sharing):
        return f"All test images share something, so there is no rest to compare with: {places}."
    return f"The accuracy is not higher beyond both intervals: {places}."
