"""The page of a sweep: which value came out best and whether that can be told, one figure, one table; and as CSV."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from lib.evaluation.intervals import has_too_few
from lib.evidence.sweeps import Best, Point, Rival, Sweep, SweepRow
from lib.report.notation import capitalised, protocol_name, score_interval
from lib.report.page import NOTHING_FROM_OUTSIDE, TEMPLATES, environment, page_style
from lib.report.sweep_figures import arm_figures, value_figures
from lib.report.sweep_names import ARMS, full_arm_name, point_text, value_text
from lib.report.typography import typeset
from lib.results import IMAGE_KINDS
from lib.words import interval, listed

NAMED = 4  # tries in a sentence; the table shows all
KIND_SENTENCES = {  # kind of the images → what follows from it for a sweep
    "exact": "",
    "substitute": "The images{of} are real, but not proven to be the paper's.",
    "phantom": "A program drew the images{of}: no value is shown to be better on real images.",
}


def sweep_page(sweep: Sweep, home: str = "") -> str:
    """The page of a sweep, which loads nothing from anywhere.

    Args:
        home: Address of the index of all papers, relative to the page; "" where there is none.
    """
    asked = [row for row in sweep.rows if row.asked]
    shown = [row for row in asked if not row.variant_of]
    by_arm = sweep.parameters == [ARMS]
    figure = ""
    if shown:
        block = arm_figures(shown) if by_arm else value_figures(shown, sweep.parameters)
        figure = block.html
    html = (
        environment()
        .get_template("sweep_page.html.j2")
        .render(
            title=_title(sweep),
            home=home,
            by_arm=by_arm,
            cautions=_cautions(shown),
            answers=_answers(sweep),
            remarks=_remarks(sweep, shown),
            figure=figure,
            matrix=_matrix(sweep, shown) if by_arm else None,
            parameters=[name for name in sweep.parameters if not (by_arm and name == ARMS)],
            rows=[*_failed_cells(sweep), *_cells(sweep)],
            kinds=IMAGE_KINDS,
            policy=NOTHING_FROM_OUTSIDE,
            style=page_style(),
            script=(TEMPLATES / "index.js").read_text(encoding="utf-8"),
        )
    )
    return typeset(html)


def sweep_csv(sweep: Sweep) -> str:
    """results.csv of a sweep: a row per run, arm or variant, and protocol, and one per run without a result."""
    rows = [_csv_row(sweep, row) for row in sweep.rows]
    failed = [
        _csv_point(failure.point)
        | {
            "slug": failure.slug,
            "asked": failure.asked,
            "status": "failed",
            "reason": failure.reason,
        }
        for failure in sweep.failures
    ]
    return pd.DataFrame([*rows, *failed]).to_csv(index=False)


def _csv_row(sweep: Sweep, row: SweepRow) -> dict[str, Any]:
    best = _best_of(sweep, row)
    rival = _rival(best, row)
    behind = rival.difference if rival else None
    return _csv_point(row.point) | {
        "slug": row.slug,
        "arm": row.arm,
        "variant_of": row.variant_of,
        "protocol": row.protocol,
        "status": "done",
        "asked": row.asked,
        "accuracy": round(row.accuracy.mean, 4),
        "low": round(row.accuracy.low, 4),
        "high": round(row.accuracy.high, 4),
        "sd": None if row.accuracy.sd is None else round(row.accuracy.sd, 4),
        "seeds": len(row.accuracy.per_seed),
        "test_images": row.test_images,
        "majority": round(row.majority, 4),
        "learnt": row.learnt,
        "best": best is not None and _is_best(best, row),
        "behind": behind and round(behind.mean, 4),
        "behind_low": behind and round(behind.family_low, 4),
        "behind_high": behind and round(behind.family_high, 4),
        "kind": row.kind,
        "images": row.images,
        "weights": row.weights.used,
        "profile": row.profile,
        "device": row.device,
        "seconds": row.seconds,
        "run_key": row.run_key,
        "report": row.report,
        "reason": "",
    }


def _csv_point(point: Point) -> dict[str, str]:
    return {name: value_text(value) for name, value in point.items()}


# The answer


def _title(sweep: Sweep) -> str:
    if sweep.parameters == [ARMS]:
        return "Which architecture for which task?"
    return f"Sweep over {listed(sweep.parameters)}"


def _answers(sweep: Sweep) -> dict[str, list[tuple[str, str]]]:
    """Paper → for every protocol: its name, and what came out."""
    answers: dict[str, list[tuple[str, str]]] = {}
    best = {(best.slug, best.protocol): best for best in sweep.best}
    tries: dict[tuple[str, str], list[SweepRow]] = {}
    for row in sweep.rows:
        if row.asked and not row.variant_of:
            tries.setdefault((row.slug, row.protocol), []).append(row)
    for place, rows in tries.items():
        sentence = (
            _best_sentence(sweep, best[place]) if place in best else _left_sentence(sweep, rows)
        )
        name = capitalised(protocol_name(rows[0].grouping, rows[0].protocol))
        answers.setdefault(rows[0].paper, []).append((f"{name} split", sentence))
    return answers


def _best_sentence(sweep: Sweep, best: Best) -> str:
    name = _try_name(sweep, best.slug, best)
    number = score_interval(best.accuracy)
    equal = [rival for rival in best.rivals if rival.difference and not rival.difference.mean]
    also = f", as {listed(_named(sweep, best.slug, equal))} did" if equal else ""
    return f"{name} reached the highest accuracy, {number}{also}. {_telling(sweep, best)}"


def _telling(sweep: Sweep, best: Best) -> str:
    """Which others the test images rule out as the best."""
    others = "the other" if len(best.rivals) == 1 else f"the {len(best.rivals)} others"
    if not any(rival.difference for rival in best.rivals):
        return "The runs answered different test images, so that no difference can be given."
    if has_too_few(best.accuracy):
        return f"The test images come from too few groups to rule out {others} as the best."
    level = [rival for rival in best.rivals if not best.is_told_from(rival)]
    if len(level) == len(best.rivals):
        whom = "the other" if len(level) == 1 else f"none of {others}"
        return f"The test images {'do not ' if len(level) == 1 else ''}rule out {whom} as the best."
    if not level:
        whom = "the other" if len(best.rivals) == 1 else f"all {len(best.rivals)} others"
        return f"The test images rule out {whom} as the best."
    names = listed(_named(sweep, best.slug, level), "or")
    return f"The test images rule out {len(best.rivals) - len(level)} of {others} as the best, but not {names}."


def _left_sentence(sweep: Sweep, rows: Sequence[SweepRow]) -> str:
    if not any(row.learnt for row in rows):
        return "No model is shown to do better than a constant answer: no value can be called best."
    (row,) = rows
    return f"Only {_try_name(sweep, row.slug, row)} has a result, {score_interval(row.accuracy)}."


def _named(sweep: Sweep, slug: str, rivals: Sequence[Rival]) -> list[str]:
    names = [_try_name(sweep, slug, rival) for rival in rivals]
    more = len(names) - NAMED
    return names if more < 2 else [*names[:NAMED], f"{more} more"]


def _try_name(sweep: Sweep, slug: str, tried: Best | Rival | SweepRow) -> str:
    """ "epochs=2"; with several models "vgg16 (epochs=2)"; where models are chosen, with their paper."""
    values = [point_text({name: value}) for name, value in tried.point.items() if name != ARMS]
    chosen = ARMS in sweep.parameters
    several = len({row.arm for row in sweep.rows if row.slug == slug and not row.variant_of}) > 1
    if not chosen and not several:
        return " with ".join(values)
    arm = full_arm_name(slug, tried.arm) if chosen else tried.arm
    return f"{arm} ({', '.join(values)})" if values else arm


def _remarks(sweep: Sweep, rows: Sequence[SweepRow]) -> list[str]:
    """What must be known of every highest of several; how the runs differ."""
    remarks = []
    if sweep.best:
        remarks.append(
            "The highest of several flatters: it was chosen by the very test images that it is shown on. "
            "On new images expect less, and confirm the choice on images that took no part in it."
        )
        remarks.append(f"The intervals are those of the test images alone{_seeds_remark(rows)}.")
    if ARMS in sweep.parameters:
        remarks.append(
            "Every model is trained by the recipe of its own paper (pixels, optimizer, epochs, augmentation): "
            "a difference is one of model and recipe together."
        )
    return remarks


def _seeds_remark(rows: Sequence[SweepRow]) -> str:
    seeds = {len(row.accuracy.per_seed) for row in rows}
    if seeds == {1}:
        return "; each value was trained with one seed, and another seed moves all of them"
    return "; another training with other seeds moves the means, too"


def _cautions(rows: Sequence[SweepRow]) -> list[str]:
    """What the images and the weights keep from being concluded."""
    cautions = []
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row.paper)
    for kind, names in by_kind.items():
        of = "" if len(by_kind) == 1 else f" of {listed(dict.fromkeys(names))}"
        cautions.append(KIND_SENTENCES[kind].format(of=of))
    random = [row.arm for row in rows if row.weights.used == "random" != row.weights.declared]
    if random:
        cautions.append(f"{listed(dict.fromkeys(random))} started from random weights.")
    return [caution for caution in cautions if caution]


# Tables


def _cells(sweep: Sweep) -> Iterable[dict[str, Any]]:
    """What the table shows of every row but those of variants."""
    for row in sweep.rows:
        if not row.variant_of:
            yield {
                "failed": False,
                "paper": row.paper,
                "report": row.report,
                "values": _value_cells(row.point),
                "arm": full_arm_name(row.slug, row.arm) if ARMS in sweep.parameters else row.arm,
                "protocol": protocol_name(row.grouping, row.protocol),
                "sort": row.accuracy.mean,
                "accuracy": score_interval(row.accuracy),
                "learnt": row.learnt,
                "behind": _behind(_best_of(sweep, row), row),
                "seeds": len(row.accuracy.per_seed),
                "test_images": round(row.test_images),
                "majority": f"{row.majority:.3f}",
                "kind": row.kind,
                "asked": row.asked,
                "run": f"{row.profile}, {row.seconds:,.0f} s",
            }


def _failed_cells(sweep: Sweep) -> Iterable[dict[str, Any]]:
    for failure in sweep.failures:
        yield {
            "failed": True,
            "paper": failure.paper,
            "values": _value_cells(failure.point),
            "reason": failure.reason,
            "links": failure.links,
            "asked": failure.asked,
        }


def _value_cells(point: Point) -> dict[str, tuple[Any, str]]:
    """Parameter → what it is sorted by, and its text."""
    return {name: (value, value_text(value)) for name, value in point.items()}


def _behind(best: Best | None, row: SweepRow) -> str:
    """How much less than the highest: "0.030 [0.010, 0.050]"."""
    if best is None:
        return "–"
    if _is_best(best, row):
        return "highest"
    rival = _rival(best, row)
    if rival is None or rival.difference is None:
        return "–"
    difference = rival.difference
    return interval(difference.mean, difference.family_low, difference.family_high)


def _best_of(sweep: Sweep, row: SweepRow) -> Best | None:
    """The highest of the tries among which this one is."""
    if not row.asked or row.variant_of:
        return None
    place = (row.slug, row.protocol)
    return next((best for best in sweep.best if (best.slug, best.protocol) == place), None)


def _is_best(best: Best, row: SweepRow) -> bool:
    return (best.arm, best.point) == (row.arm, row.point)


def _rival(best: Best | None, row: SweepRow) -> Rival | None:
    rivals = best.rivals if best else ()
    return next(
        (rival for rival in rivals if (rival.arm, rival.point) == (row.arm, row.point)), None
    )


def _matrix(sweep: Sweep, rows: Sequence[SweepRow]) -> dict[str, Any]:
    """Models × tasks: of every cell a line per protocol, and whether it may be the best there."""
    arms = list(dict.fromkeys(full_arm_name(row.slug, row.arm) for row in rows))
    tasks = {row.slug: row.task for row in rows}
    cells: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        cells.setdefault((full_arm_name(row.slug, row.arm), row.slug), []).append(
            {
                "text": score_interval(row.accuracy),
                "protocol": protocol_name(row.grouping, row.protocol),
                "may_be_best": _may_be_best(sweep, row),
                "learnt": row.learnt,
                "report": row.report,
            }
        )
    return {
        "tasks": tasks,
        "arms": {arm: {slug: cells.get((arm, slug), []) for slug in tasks} for arm in sorted(arms)},
    }


def _may_be_best(sweep: Sweep, row: SweepRow) -> bool:
    best = _best_of(sweep, row)
    rival = _rival(best, row)
    if best is None or not row.learnt:
        return False
    return _is_best(best, row) or bool(rival and rival.difference and not best.is_told_from(rival))
