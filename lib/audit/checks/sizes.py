"""Numbers of images: do classes, parts and shares add up?"""

from collections.abc import Iterator
from fractions import Fraction

from lib.audit.findings import Finding, Outcome
from lib.audit.part_sizes import printed_sizes, stated_total
from lib.papers.declare import Paper, Stated, printed_count
from lib.words import listed

PERCENT = Fraction(1, 100)  # papers print shares in whole per cent


def check_sizes(paper: Paper) -> Iterator[Finding]:
    """Classes against the total, parts against the total, and the share of the test images."""
    yield from _classes(paper)
    yield from _parts(paper)
    yield from _share(paper)


def _classes(paper: Paper) -> Iterator[Finding]:
    counts, total = paper.dataset.counts, stated_total(paper)
    if total is None or not any(isinstance(count, Stated) for count in counts.values()):
        return
    added = sum(printed_count(count.value) for count in counts.values())
    assumed = [name for name, count in counts.items() if not isinstance(count, Stated)]
    outcome: Outcome = (
        "consistent" if added == total else "undetermined" if assumed else "impossible"
    )
    yield Finding(
        check="sizes",
        topic="Images of the classes and in all",
        outcome=outcome,
        printed=(
            *(
                f"{name}: {count.value} ({count.where})"
                for name, count in counts.items()
                if isinstance(count, Stated)
            ),
            _told_total(paper),
        ),
        arithmetic=f"{' + '.join(count.value for count in counts.values())} = {added:,}"
        + f"; that of {listed(assumed)} is assumed" * bool(assumed),
        sentence=(
            "The classes add up to the total."
            if added == total
            else "The classes do not add up to the total."
        ),
        weight=2,
    )


def _told_total(paper: Paper) -> str:
    """Images in all and the place where the paper states them."""
    total = paper.dataset.total
    return f"{total.value} ({total.where})" if isinstance(total, Stated) else total.value


def _parts(paper: Paper) -> Iterator[Finding]:
    """Training and test images of an arm against the total."""
    total = stated_total(paper)
    for arm in paper.arms:
        trained, tested = (printed_sizes(paper, arm.name, part) for part in ("train", "test"))
        if total is None or not (trained and tested):
            continue
        sums = {train.images + test.images: (train, test) for train in trained for test in tested}
        pair = sums.get(total)
        yield Finding(
            check="sizes",
            topic="Training and test images and all",
            outcome="consistent" if pair else "impossible",
            printed=(
                *(f"{size.images:,} ({size.where})" for size in (*trained, *tested)),
                _told_total(paper),
            ),
            arithmetic=listed(
                f"{train.images} + {test.images} = {both:,}" for both, (train, test) in sums.items()
            ),
            sentence=(
                f"{pair[0].images:,} and {pair[1].images:,} images make all {total:,}."
                if pair
                else f"The two parts do not make all {total:,} images."
            ),
            weight=2,
            arm=arm.name,
        )


def _share(paper: Paper) -> Iterator[Finding]:
    total, share = stated_total(paper), paper.split.test_share
    tested = {
        size.images: size for arm in paper.arms for size in printed_sizes(paper, arm.name, "test")
    }
    if total is None or not isinstance(share, Stated):
        return
    for images, size in tested.items():
        stated, printed = Fraction(str(share.value)), Fraction(images, total)
        # Cut off to whole per cent, or rounded; and half an image more or less, which cannot be divided.
        fits = (
            stated - PERCENT / 2 - Fraction(1, total)
            <= printed
            <= stated + PERCENT + Fraction(1, total)
        )
        yield Finding(
            check="sizes",
            topic="Share of test images",
            outcome="consistent" if fits else "impossible",
            printed=(
                f"{images:,} ({size.where})",
                f"{_whole_percent(stated)} ({share.where})",
                _told_total(paper),
            ),
            arithmetic=f"{images:,}/{total:,} = {float(printed):.4f}"
            + f"; {images:,} are {_whole_percent(stated)} of {float(images / stated):,.0f}"
            * (not fits),
            sentence=(
                "The test images are the stated share of all."
                if fits
                else f"{images:,} test images are not {_whole_percent(stated)} of {total:,}: images are missing, or "
                "another share was tested on."
            ),
            weight=2,
        )


def _whole_percent(share: Fraction) -> str:
    return f"{float(100 * share):g} %"
