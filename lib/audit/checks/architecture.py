"""Printed layers, parameters, sizes and worked examples against the arithmetic of what is declared."""

from collections.abc import Iterator

from lib.audit.exact.convolution import Check, explain
from lib.audit.exact.networks import NETWORKS, convolutions, dense, features, shape
from lib.audit.findings import Finding, quoted
from lib.audit.rounding import bounds, mended, misprints
from lib.papers.declare import Arm, Claim, Convolution, Paper, Sizes
from lib.words import listed

BYTES = 4  # a parameter in single precision
SHOWN = 4  # steps of a worked example


def check_architecture(paper: Paper) -> Iterator[Finding]:
    """Layers, sums of parameters, memory, a name that does not fit, and worked examples."""
    for arm in paper.arms:
        yield from _parameters(paper, arm)
        yield from _output(arm)
        yield from _memory(paper, arm)
        yield from _called(arm)
    for example in paper.examples:
        yield _example(example)


def _claims(paper: Paper, arm: Arm, metric: str) -> dict[str, Claim]:
    found = (one for one in paper.claims if (one.arm, one.metric) == (arm.name, metric))
    return {one.of: one for one in found}


def _finding(arm: Arm, topic: str, fits: bool, **words: object) -> Finding:
    return Finding(
        check="architecture",
        topic=topic,
        outcome="consistent" if fits else "impossible",
        arm=arm.name,
        **words,
    )


def expected(arm: Arm) -> dict[str, tuple[int, str]]:
    """The parameters of every printed layer that arithmetic tells, and how it does."""
    found, before = {}, None
    for layer in arm.layers:
        kind = layer.name.partition("_")[0]
        network = NETWORKS.get(arm.backbone)
        if before is None and network:
            found[layer.name] = (network.parameters, f"{arm.backbone} without its classifier")
        elif kind == "dense" and before:
            inputs, units = features(before), features(layer.output)
            found[layer.name] = (dense(inputs, units), f"{inputs:,} × {units:,} + {units:,}")
        elif "pooling" in layer.name or kind in ("flatten", "dropout"):
            found[layer.name] = (0, "has no parameters")
        before = layer.output
    return found


def sums(arm: Arm, counts: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """As `expected`, of all layers and of those that are trained, where every layer is told."""
    if not counts or len(counts) < len(arm.layers):
        return {}
    backbone, *head = (count for count, _ in counts.values())
    trained = sum(head) + (backbone if arm.trainable.value else 0)
    words = " + ".join(f"{one:,}" for one in head if one)
    return {
        "total": (backbone + sum(head), f"{backbone:,} + {words}"),
        "trainable": (trained, words),
        "non-trainable": (backbone + sum(head) - trained, f"{backbone:,}"),
    }


def _parameters(paper: Paper, arm: Arm) -> Iterator[Finding]:
    """Layers, then sums; each printed number against arithmetic, and the printed ones among them."""
    layers, claims = expected(arm), _claims(paper, arm, "parameters")
    printed = [claims[one.name] for one in arm.layers if one.name in claims]
    added = sum(int(one.value) for one in printed)
    tables = (
        ("Parameters of the layers", layers, ""),
        ("Sums of the parameters", sums(arm, layers), f"; the printed layers add up to {added:,}"),
    )
    for topic, counts, more in tables:
        here = {of: claims[of] for of in counts if of in claims}
        if here:
            yield _counted(arm, topic, here, counts, more)


def _counted(
    arm: Arm, topic: str, claims: dict[str, Claim], counts: dict[str, tuple[int, str]], more: str
) -> Finding:
    wrong = [of for of, one in claims.items() if one.value != counts[of][0]]
    changes = [
        (claims[of], new)
        for of in wrong
        for new in misprints(claims[of])
        if new.value == counts[of][0]
    ]
    return _finding(
        arm,
        topic,
        not wrong,
        printed=quoted(claims.values()),
        arithmetic="; ".join(f"{of}: {counts[of][1]} = {counts[of][0]:,}" for of in claims) + more,
        sentence=(
            f"{listed(claims[of].printed for of in wrong)} cannot be the parameters of {listed(wrong)}: the "
            "printed sizes of the layers give others."
            if wrong
            else "The printed sizes of the layers give the printed numbers of parameters."
        ),
        misprint=mended(changes),
        weight=1,
    )


def _output(arm: Arm) -> Iterator[Finding]:
    """The printed shape of the backbone's output against the size of the input."""
    network = NETWORKS.get(arm.backbone)
    if not (network and arm.layers):
        return
    layer, side = arm.layers[0], network.side(arm.recipe.image_size.value)
    fits = shape(layer.output) == (side, side, network.channels)
    yield _finding(
        arm,
        "Feature maps of the backbone",
        fits,
        printed=(f"{layer.name}: {layer.output} ({arm.layers_where})",),
        arithmetic=f"{arm.recipe.image_size.value} / {network.stride} = {side}; {network.channels:,} channels",
        sentence=f"The feature maps {'have' if fits else 'do not have'} the size that the input gives.",
        weight=1,
    )


def _memory(paper: Paper, arm: Arm) -> Iterator[Finding]:
    """Sizes in KB or MB against numbers of parameters, four bytes each."""
    computed, printed = sums(arm, expected(arm)), _claims(paper, arm, "parameters")
    network = NETWORKS.get(arm.backbone)
    for of, claim in _claims(paper, arm, "memory").items():
        if claim.incomparable and network:  # said of the network as it was published
            count = network.parameters + network.classifier
            words = f"{count:,} parameters of {arm.backbone} with its classifier of 1,000 classes"
        elif of in computed:
            count, words = computed[of][0], f"{computed[of][0]:,} parameters by arithmetic"
        elif of in printed:
            count, words = int(printed[of].value), f"{printed[of].printed} parameters as printed"
        else:
            continue
        yield _size(arm, claim, count, words)


def _size(arm: Arm, claim: Claim, count: int, words: str) -> Finding:
    fits = prints(claim, count)
    changes = [] if fits else [(claim, new) for new in misprints(claim) if prints(new, count)]
    return _finding(
        arm,
        f"Memory of the parameters: {claim.of}",
        fits,
        printed=quoted([claim]),
        arithmetic=f"{words} × {BYTES} bytes = {claim.shown(BYTES * count):.2f} {claim.unit}",
        sentence=(
            "The size in memory is that of the number of parameters."
            if fits
            else f"So many parameters do not take {claim.text}."
        ),
        misprint=mended(changes),
        weight=1,
    )


def prints(claim: Claim, parameters: int) -> bool:
    """Whether so many parameters print as the size; kilobytes of 1,024 or of 1,000 bytes."""
    low, high = bounds(claim, cut=True)
    decimal = {"KB": 1024 / 1000, "MB": (1024 / 1000) ** 2}[claim.unit]
    return any(low <= BYTES * parameters * factor <= high for factor in (1, decimal))


def _called(arm: Arm) -> Iterator[Finding]:
    """A name that stands for another network than the one described."""
    network = NETWORKS.get(arm.called)
    if network is None or arm.filters is None or not network.convolutions:
        return
    filters, fixed = arm.filters.value, network.convolutions
    yield _finding(
        arm,
        f"The network called {arm.called}",
        filters == fixed,
        printed=(
            f"{arm.called}, as the paper calls it",
            f"{len(filters)} convolutions, as it describes it",
        ),
        arithmetic=(
            f"{arm.called}: {len(fixed)} convolutions with {fixed[0]}, {fixed[1]} … {fixed[-1]} filters, "
            f"{network.parameters:,} parameters; described (as declared here): {len(filters)} with "
            f"{listed(filters)} filters, {convolutions(filters):,} parameters"
        ),
        sentence=(
            f"The network that is described is not {arm.called}: results of one say nothing about the other."
        ),
        weight=3,
    )


def _example(example: Convolution | Sizes) -> Finding:
    checks = explain(example)
    wrong = [one for one in checks if not one.agrees]
    one_way = any(
        all(getattr(one, how) == one.printed for one in checks) for how in ("unpadded", "padded")
    )
    fits = one_way if isinstance(example, Convolution) else not wrong
    what = "convolution" if isinstance(example, Convolution) else "sizes"
    return Finding(
        check="architecture",
        topic=f"Worked {what}: {example.where}",
        outcome="consistent" if fits else "impossible",
        printed=_printed(example),
        arithmetic=_steps(wrong or checks),
        sentence=(
            f"Arithmetic gives the printed {what}."
            if fits
            else f"The printed {what} cannot come from the printed input, with zeros around it or without."
        ),
        weight=1,
    )


def _printed(example: Convolution | Sizes) -> tuple[str, ...]:
    if isinstance(example, Convolution):
        rows = " / ".join(" ".join(map(str, row)) for row in example.output)
        return (f"output {rows} ({example.where})",)
    return tuple(f"{what}: {side} ({where})" for what, side, where in example.steps)


def _steps(checks: list[Check]) -> str:
    more = f"; and {len(checks) - SHOWN} more" if len(checks) > SHOWN else ""
    return "; ".join(map(_step, checks[:SHOWN])) + more


def _step(one: Check) -> str:
    without = "no number" if one.unpadded is None else one.unpadded
    padded = "no number" if one.padded is None else one.padded
    return f"{one.of}: {without} without padding, {padded} with; printed {one.printed}"
