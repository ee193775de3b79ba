"""Printed layers, parameters and sizes against the arithmetic of what is declared."""

from collections.abc import Iterator
from typing import Any

from lib.audit.exact.networks import (
    NETWORKS,
    convolutions,
    dense,
    feature_count,
    printed_shape,
)
from lib.audit.findings import Finding, quoted
from lib.audit.misprints import mended, single_misprints
from lib.audit.rounding import bounds
from lib.papers.declare import Arm, Claim, Paper
from lib.words import listed

SUMMARY_SUMS = ("total", "trainable", "non-trainable", "optimizer")
BYTES = 4  # per parameter, in single precision


def check_architecture(paper: Paper) -> Iterator[Finding]:
    """Layers, sums of parameters, memory, and a name that does not fit."""
    for arm in paper.arms:
        yield from _parameters(paper, arm)
        yield from _parts(paper, arm)
        yield from _feature_maps(arm)
        yield from _memory(paper, arm)
        yield from _network_name(arm)


def _claims(paper: Paper, arm: Arm, metric: str) -> dict[str, Claim]:
    return {
        claim.of: claim for claim in paper.claims if (claim.arm, claim.metric) == (arm.name, metric)
    }


def _finding(arm: Arm, topic: str, fits: bool, **words: Any) -> Finding:
    return Finding(
        check="architecture",
        topic=topic,
        outcome="consistent" if fits else "impossible",
        arm=arm.name,
        **words,
    )


def layer_parameters(arm: Arm) -> dict[str, tuple[int, str]]:
    """The parameters of every printed layer that arithmetic tells, and how it does."""
    counts, before = {}, None
    for layer in arm.layers:
        kind = layer.name.partition("_")[0]
        network = NETWORKS.get(arm.backbone)
        if before is None and network:
            counts[layer.name] = (network.parameters, f"{arm.backbone} without its classifier")
        elif kind == "dense" and before:
            inputs, units = feature_count(before), feature_count(layer.output)
            counts[layer.name] = (dense(inputs, units), f"{inputs:,} × {units:,} + {units:,}")
        elif "pooling" in layer.name or kind in ("flatten", "dropout"):
            counts[layer.name] = (0, "has no parameters")
        before = layer.output
    return counts


def parameter_sums(arm: Arm, counts: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """As `layer_parameters`, of all layers and of those that are trained, where each has a number."""
    if not counts or len(counts) < len(arm.layers):
        return {}
    backbone, *head = (count for count, _ in counts.values())
    trained = sum(head) + (backbone if arm.trainable.value else 0)
    words = " + ".join(f"{count:,}" for count in head if count)
    return {
        "total": (backbone + sum(head), f"{backbone:,} + {words}"),
        "trainable": (trained, words),
        "non-trainable": (backbone + sum(head) - trained, f"{backbone:,}"),
    }


def _parameters(paper: Paper, arm: Arm) -> Iterator[Finding]:
    """Layers, then sums; each printed number against arithmetic, and the printed ones among them."""
    layers, claims = layer_parameters(arm), _claims(paper, arm, "parameters")
    printed = [claims[layer.name] for layer in arm.layers if layer.name in claims]
    added = sum(int(claim.value) for claim in printed)
    tables = (
        ("Parameters of the layers", layers, ""),
        (
            "Sums of the parameters",
            parameter_sums(arm, layers),
            f"; the printed layers add up to {added:,}",
        ),
    )
    for topic, counts, more in tables:
        counted = {of: claims[of] for of in counts if of in claims}
        if counted:
            yield _count_finding(arm, topic, counted, counts, more)


def _parts(paper: Paper, arm: Arm) -> Iterator[Finding]:
    """Trained and other parameters against their total, and rows against it; needs no network.

    Keras 3 counts the optimizer's numbers in the total and prints them in a row of their own.
    """
    claims = _claims(paper, arm, "parameters")
    total, trained, fixed = (claims.get(of) for of in ("total", "trainable", "non-trainable"))
    if total is None:
        return
    rows = [claim for of, claim in claims.items() if of not in SUMMARY_SUMS]
    optimizer = int(claims["optimizer"].value) if "optimizer" in claims else 0
    parts = int(trained.value + fixed.value) + optimizer if trained and fixed else None
    added = sum(int(claim.value) for claim in rows) + optimizer if rows else None
    # A part of the rows may be printed, but not more than there is.
    apart = (parts is not None and parts != total.value) or (added or 0) > total.value
    short = added is not None and added < total.value
    if parts is None and added is None:
        return
    told = [total, *(claim for claim in (trained, fixed) if claim)]
    yield _finding(
        arm,
        "Parts and total of the parameters",
        not apart,
        printed=quoted(told),
        arithmetic="; ".join(
            [
                *([f"trainable and other parts: {parts:,}"] if parts is not None else []),
                *([f"rows: {added:,}"] if added is not None else []),
                f"total: {int(total.value):,}",
            ]
        ),
        sentence=(
            "The printed parts do not add up to the printed total."
            if apart
            else "The printed parts do not exceed the printed total; not every row may be printed."
            if short
            else "The printed parts add up to the printed total."
        ),
        weight=1,
    )


def _count_finding(
    arm: Arm, topic: str, claims: dict[str, Claim], counts: dict[str, tuple[int, str]], more: str
) -> Finding:
    wrong = [of for of, claim in claims.items() if claim.value != counts[of][0]]
    changes = [
        (claims[of], misprint)
        for of in wrong
        for misprint in single_misprints(claims[of])
        if misprint.value == counts[of][0]
    ]
    told = wrong or list(claims)
    return _finding(
        arm,
        topic,
        not wrong,
        printed=quoted(claims[of] for of in told),
        arithmetic="; ".join(f"{of}: {counts[of][1]} = {counts[of][0]:,}" for of in told) + more,
        sentence=(
            f"{listed(claims[of].printed for of in wrong)} cannot be the parameters of {listed(wrong)}: the "
            "printed sizes of the layers give others."
            if wrong
            else "The printed sizes of the layers give the printed numbers of parameters."
        ),
        misprint=mended(changes),
        weight=1,
    )


def _feature_maps(arm: Arm) -> Iterator[Finding]:
    """The printed shape of the backbone's output against the size of the input."""
    network = NETWORKS.get(arm.backbone)
    if not (network and arm.layers):
        return
    layer, side = arm.layers[0], network.side(arm.recipe.image_size.value)
    fits = printed_shape(layer.output) == (side, side, network.channels)
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
    computed, printed = (
        parameter_sums(arm, layer_parameters(arm)),
        _claims(paper, arm, "parameters"),
    )
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
        yield _memory_finding(arm, claim, count, words)


def _memory_finding(arm: Arm, claim: Claim, count: int, words: str) -> Finding:
    fits = is_memory_of(claim, count)
    changes = [
        (claim, misprint)
        for misprint in single_misprints(claim)
        if not fits and is_memory_of(misprint, count)
    ]
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


def is_memory_of(claim: Claim, parameters: int) -> bool:
    """Whether so many parameters print as the size; kilobytes of 1,024 or of 1,000 bytes."""
    low, high = bounds(claim, digits="mixed")
    decimal = {"KB": 1024 / 1000, "MB": (1024 / 1000) ** 2}[claim.unit]
    return any(low <= BYTES * parameters * factor <= high for factor in (1, decimal))


def _network_name(arm: Arm) -> Iterator[Finding]:
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
            f"called {arm.called}",
            f"described with {len(filters)} convolutions",
        ),
        arithmetic=(
            f"{arm.called}: {len(fixed)} convolutions with {fixed[0]}, {fixed[1]} … {fixed[-1]} filters, "
            f"{network.parameters:,} parameters; described: {listed(filters)} filters, "
            f"{convolutions(filters):,} parameters"
        ),
        sentence=(
            f"The network described is not {arm.called}: results of one say nothing about the other."
        ),
        weight=3,
    )
