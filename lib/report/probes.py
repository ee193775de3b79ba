"""What the probes, simple classifiers to a reader, show about the networks: for their section and the limits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lib.evidence.probes import BEATS, PROBES, REACHES, ProbeVerdict, Role, description_of
from lib.report.notation import arm_places, capitalised
from lib.results import Results
from lib.words import listed

UNTRAINED = "random"  # weights that an arm starts from
NO_DEPTH = "nothing shows that a deep network is needed"
VERBS = {  # level of a probe → how a network stands beside it, and several do
    REACHES: ("does not clearly beat", "do not clearly beat"),
    BEATS: ("is beaten by", "are beaten by"),
}
EVERY = {REACHES: "no network clearly beats", BEATS: "every network is beaten by"}
COPIES = "score may come from test images that resemble training images"


def probe_sentences(
    verdicts: Sequence[ProbeVerdict], results: Results, defining: Mapping[str, str]
) -> Iterator[str]:
    """What probes that reach networks mean for these; one sentence for each role of a probe.

    Args:
        defining: As `Dataset.defining`.
    """
    if reached := _reached(verdicts, "shortcut"):
        yield (
            f"{_standing(reached, verdicts, results, 'shortcut')}. So instead of what the classes are named after, "
            f"{_it(reached)} may have learnt {_learnt(_probes(reached, 'shortcut'))}."
        )
    if reached := _reached(verdicts, "content"):
        yield (
            f"{_standing(reached, verdicts, results, 'content')}. That is no shortcut, because some classes are "
            f"defined by {_quantities(_probes(reached, 'content'), defining)}; but {NO_DEPTH}."
        )
    if reached := _reached(verdicts, "plain"):
        yield f"{_standing(reached, verdicts, results, 'plain')}: {NO_DEPTH}."
    yield from _feature_sentences(verdicts, results)
    yield from _look_alike_sentence(verdicts, results)


def ahead_sentence(verdicts: Sequence[ProbeVerdict], results: Results) -> Iterator[str]:
    """Which networks no shortcut probe reaches."""
    ahead = [verdict for verdict in verdicts if not verdict.reaching("shortcut")]
    if ahead:
        yield (
            f"No classifier that sees only a possible shortcut comes close to {_names(ahead, results)}; other "
            f"shortcuts are not ruled out."
        )


def probe_limitations(verdicts: Sequence[ProbeVerdict], results: Results) -> Iterator[str]:
    """The same in short, of the networks that are reached."""
    if reached := _reached(verdicts, "shortcut"):
        yield (
            f"{_standing(reached, verdicts, results, 'shortcut')}: {_its(reached)} score may come from a shortcut."
        )
    if reached := _reached(verdicts, "content", "plain"):
        yield f"{_standing(reached, verdicts, results, 'content', 'plain')}: {NO_DEPTH}."
    yield from _look_alike_sentence(verdicts, results)


def _feature_sentences(verdicts: Sequence[ProbeVerdict], results: Results) -> Iterator[str]:
    reached = _reached(verdicts, "features")
    used = {model.arm: model.weights.used for model in results.models}
    trained = [verdict for verdict in reached if used[verdict.arm] != UNTRAINED]
    untrained = [verdict for verdict in reached if used[verdict.arm] == UNTRAINED]
    if trained:
        yield (
            f"{_standing(trained, verdicts, results, 'features')}: nothing shows that training more than that helped."
        )
    if untrained:
        yield (
            f"{_standing(untrained, verdicts, results, 'features')}: nothing shows that training them helped."
        )


def _look_alike_sentence(verdicts: Sequence[ProbeVerdict], results: Results) -> Iterator[str]:
    if reached := _reached(verdicts, "look-alike"):
        yield f"{_standing(reached, verdicts, results, 'look-alike')}: {_its(reached)} {COPIES}."


def _reached(verdicts: Iterable[ProbeVerdict], *roles: Role) -> list[ProbeVerdict]:
    return [verdict for verdict in verdicts if any(map(verdict.reaching, roles))]


def _standing(
    reached: Sequence[ProbeVerdict],
    verdicts: Sequence[ProbeVerdict],
    results: Results,
    *roles: Role,
) -> str:
    """ "net (published) does not clearly beat a simple classifier that sees only the border".

    Args:
        reached: The networks that a probe in one of the roles reaches.
        verdicts: Of all networks: where several are reached and no other is left, none is named.
    """
    clauses = []
    for level in (REACHES, BEATS):
        networks = [verdict for verdict in reached if _probes([verdict], *roles, level=level)]
        if networks:
            names = _probes(networks, *roles, level=level)
            each = [_probes([verdict], *roles, level=level) for verdict in networks]
            alike = all(of_network == names for of_network in each)
            every = alike and len(networks) == len(verdicts) and not _single(networks)
            rivals = (
                _linear(networks, results, "its" if every else _its(networks))
                if roles == ("features",)
                else _classifiers(names, alike=alike)
            )
            clauses.append(f"{_stands(networks, results, level, every=every)} {rivals}")
    text = "; ".join(clauses)
    return capitalised(text) if text.startswith(tuple(EVERY.values())) else text


def _stands(networks: Sequence[ProbeVerdict], results: Results, level: str, *, every: bool) -> str:
    """Subject and verb: "net (published) does not clearly beat", or of every network "no network clearly beats"."""
    one, several = VERBS[level]
    return (
        EVERY[level]
        if every
        else f"{_names(networks, results)} {one if _single(networks) else several}"
    )


def _classifiers(names: Sequence[str], *, alike: bool) -> str:
    """What they see; without `alike`, not every network stands so beside each of them."""
    seen = listed((f"only {description_of(name).briefly}" for name in names), "or")
    if len(names) == 1:
        return f"a simple classifier that sees {seen}"
    return f"{'' if alike else 'some of the '}simple classifiers that see {seen}"


def _linear(networks: Sequence[ProbeVerdict], results: Results, its: str) -> str:
    used = {model.arm: model.weights.used for model in results.models}
    kind = "initial random" if used[networks[0].arm] == UNTRAINED else "pretrained"
    return f"a linear classifier on {its} {kind} features"


def _probes(verdicts: Iterable[ProbeVerdict], *roles: Role, level: str = "") -> list[str]:
    """Names of the probes in these roles that reach any of the networks; at one level, where it is given."""
    names = {
        rival.probe.name
        for verdict in verdicts
        for role in roles
        for rival in verdict.reaching(role)
        if level in ("", rival.level)
    }
    return [description.name for description in PROBES if description.name in names]


def _learnt(names: Sequence[str]) -> str:
    *others, last = [description_of(name).learnt for name in names]
    return "; ".join([*others, f"or {last}" if others else last])


def _quantities(names: Iterable[str], defining: Mapping[str, str]) -> str:
    """ "colour (eosinophils are named after …) and texture (…)"."""
    seen = {quantity for name in names for quantity in description_of(name).quantities}
    return listed(
        f"{quantity} ({reason})" for quantity, reason in defining.items() if quantity in seen
    )


def _names(verdicts: Iterable[ProbeVerdict], results: Results) -> str:
    return arm_places(((verdict.arm, verdict.protocol) for verdict in verdicts), results.grouping)


def _single(verdicts: Iterable[ProbeVerdict]) -> bool:
    return len({verdict.arm for verdict in verdicts}) == 1


def _it(verdicts: Iterable[ProbeVerdict]) -> str:
    return "it" if _single(verdicts) else "they"


def _its(verdicts: Iterable[ProbeVerdict]) -> str:
    return "its" if _single(verdicts) else "their"
