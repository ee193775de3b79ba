"""Tables of what tells how a score came about: probes, and test images that resemble training images."""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.evidence.probes import (
    AT_CHANCE,
    LEAK_RULE,
    PROBES,
    REACHES,
    RULE,
    described,
    level,
    tells_of_leak,
    what_it_means,
)
from lib.report.blocks import Markup, Shown, fold_away, sentence, table
from lib.report.notation import interval, protocol_note, with_article
from lib.results import Comparison, Leak, Probe, Results
from lib.words import listed

KINDS = {
    "baseline": "Baseline",
    "shortcut": "Shortcut",
    "leak": "Leak",
    "random labels": "Random labels",
}
SHUFFLED = "whole images, as the network trained on shuffled labels"
SHARES = {"identical pixels": "the same pixels", "near-duplicate": "the same picture"}


def probes(results: Results, mark: str) -> Shown:
    """What every probe got right, how far the networks are ahead of it, and what that means."""
    if not results.probes:
        return Shown("")
    board = _Board.of(results)
    alone, rows, kind = len(board.protocols) == 1, [], ""
    for asked in board.asked():
        for number, (protocol, one) in enumerate(asked.items()):
            named = (KINDS[one.kind] if one.kind != kind else "", "" if number else _name(one))
            found = [_cell(board, one, arm) for arm in ("", *board.arms)]
            rows.append((*named, *(() if alone else (protocol,)), *found))
            kind = one.kind
    heads = [f"{arm} less probe" for arm in board.arms]
    columns = ("Kind", "Probe", *(() if alone else ("Protocol",)), "Accuracy", *heads)
    caption = (
        f"What classifiers get right that see too little of an image to know what it shows: accuracy on "
        f"the test images (mean over seeds, interval of one run), and how far each network is ahead on "
        f"the same images (95 % interval). {RULE}"
    ) + (protocol_note(board.protocols[0]) if alone else f" {LEAK_RULE}")
    numeric = tuple(range(len(columns) - len(heads) - 1, len(columns)))
    told = "".join(sentence(one).html for one in _sentences(board))
    shown = table(rows, columns, caption, mark, numeric=numeric) + _what_each_sees(board)
    return shown + Shown(told)


def _what_each_sees(board: "_Board") -> Shown:
    asked = [next(iter(one.values())) for one in board.asked()]
    rows = [
        (_name(one), about.sees if (about := described(one.name)) else SHUFFLED) for one in asked
    ]
    return fold_away("What each probe sees", table(rows, ("Probe", "Sees"), "Of every image."))


@dataclass(frozen=True, kw_only=True)
class _Board:
    """The probes of a run by name, arm and protocol, and the networks compared with them."""

    probes: dict[tuple[str, str, str], Probe]
    apart: dict[tuple[str, str, str], Comparison]
    protocols: list[str]
    arms: list[str]

    @classmethod
    def of(cls, results: Results) -> "_Board":
        probes = {(one.name, one.arm, one.accuracy.protocol): one for one in results.probes}
        names = {name for name, *_ in probes}
        compared = [one for one in results.comparisons if one.versus in names]
        return cls(
            probes=probes,
            apart={(one.arm, one.versus, one.protocol): one for one in compared},
            protocols=list(dict.fromkeys(protocol for *_, protocol in probes)),
            arms=list(dict.fromkeys(one.arm for one in compared)),
        )

    def asked(self) -> list[dict[str, Probe]]:
        """Each probe by protocol, in the order of `PROBES`; others last."""
        found, names = {}, [one.name for one in PROBES]
        for (name, arm, protocol), one in self.probes.items():
            place = names.index(name) if name in names else len(names)
            found.setdefault((place, name, arm), {})[protocol] = one
        return [found[key] for key in sorted(found)]

    def against(self, probe: Probe, arm: str) -> Comparison | None:
        """The arm less the probe; None where the probe is another arm's own."""
        if probe.arm not in ("", arm):
            return None
        return self.apart.get((arm, probe.name, probe.accuracy.protocol))

    def level(self, probe: Probe, arm: str = "") -> str:
        """How well the probe did beside chance and the arm."""
        majority = self.probes["majority", "", probe.accuracy.protocol].accuracy.mean
        return level(probe.accuracy, majority, self.against(probe, arm))


def _name(probe: Probe) -> str:
    return f"{probe.name} ({probe.arm})" if probe.arm else probe.name


def _cell(board: _Board, probe: Probe, arm: str) -> str | None:
    """The probe's accuracy, or how far the arm is ahead of it; None where that was not measured."""
    if not arm:
        return interval(probe.accuracy)
    apart = board.against(probe, arm)
    if apart is None:
        return None
    bounds = f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
    return Markup(f"{bounds}<br>{board.level(probe, arm)}")


def _sentences(board: _Board) -> Iterator[str]:
    networks = {}
    for protocol, arm in dict.fromkeys((protocol, arm) for arm, _, protocol in board.apart):
        networks.setdefault(_reaching(board, arm, protocol), []).append(f"{arm} ({protocol})")
    for reaching, of in networks.items():
        yield what_it_means(of, reaching)
    yield from _leak_sentence(board)
    for probe in board.probes.values():
        if probe.kind == "random labels":
            yield _shuffled_sentence(probe, board.level(probe))


def _reaching(board: _Board, arm: str, protocol: str) -> tuple[str, ...]:
    """The probes that reach the arm and tell what it may have learnt."""
    telling = [one.name for one in PROBES if one.learnt]
    found = [board.probes.get((name, "", protocol)) for name in telling]
    return tuple(one.name for one in found if one and board.level(one, arm) == REACHES)


def _leak_sentence(board: _Board) -> Iterator[str]:
    for name in (one.name for one in PROBES if one.kind == "leak"):
        sides = [board.probes.get((name, "", protocol)) for protocol in ("published", "grouped")]
        if all(sides):
            published, grouped = (one.accuracy for one in sides)
            tells = "tells of a leak" if tells_of_leak(published, grouped) else "tells of no leak"
            yield (
                f"The {name} {tells}: {interval(published)} under the published protocol, "
                f"{interval(grouped)} under the grouped one."
            )


def _shuffled_sentence(probe: Probe, found: str) -> str:
    told = (
        "is at chance on the test images, as it must be"
        if found == AT_CHANCE
        else "is above chance on the test images: something other than their class gives them away"
    )
    where = f"{probe.arm} ({probe.accuracy.protocol})"
    return f"{where}, trained on shuffled labels, {told}: {interval(probe.accuracy)}."


def leaks(results: Results, mark: str) -> Shown:
    """How many test images resemble a training image, and the accuracy on those and on the rest."""
    if not results.leaks:
        return Shown("")
    noun = results.data.group_noun
    said = sentence(_leaks_sentence(results.leaks, noun))
    sharing = [one for one in results.leaks if one.sharing is not None]
    if not sharing:
        return said
    rows = [
        (
            one.arm,
            one.protocol,
            one.by,
            f"{one.share:.1%}",
            interval(one.sharing),
            one.others and interval(one.others),
        )
        for one in sharing
    ]
    columns = ("Arm", "Protocol", "Shared", "Test images", "Accuracy on them", "On the rest")
    caption = (
        f"Test images that share something with a training image: identical pixels, a near-duplicate "
        f"(identical ones included), or the group ({noun}); how many do, and the accuracy on them and "
        f"on the rest (mean over seeds, interval of one run). What no test image shares is not listed."
    )
    return table(rows, columns, caption, mark, numeric=(3, 4, 5)) + said


def _leaks_sentence(found: list[Leak], noun: str) -> str:
    sharing = [one for one in found if one.sharing is not None]
    if not sharing:
        return "No test image shares pixels, a picture or a group with a training image."
    easier = [one for one in sharing if one.others and one.sharing.low > one.others.high]
    told = listed(
        [
            f"{one.arm} ({one.protocol}) on those that share {SHARES.get(one.by, with_article(noun))}"
            for one in easier or sharing
        ]
    )
    if easier:
        return (
            f"The accuracy is higher, beyond both intervals, of {told}: so much of it is recognition of "
            f"what was seen in training, not knowledge of the class."
        )
    if not any(one.others for one in sharing):
        return f"All test images share something, so there is no rest to compare with: {told}."
    return f"The accuracy is not higher beyond both intervals: {told}."
