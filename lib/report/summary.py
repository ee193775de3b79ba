"""The answer first: what stands on top of every report and in the last section of every notebook."""

from collections.abc import Sequence
from html import escape

from lib import audit
from lib.evidence.agreement import agreement_sentence
from lib.evidence.probes import description_of, probe_verdicts
from lib.evidence.rivals import best_rival
from lib.evidence.status import Status, deciding_claims, status_of
from lib.papers import lender
from lib.papers.declare import Paper, overall_accuracy
from lib.report import citation
from lib.report.alarms import alarms
from lib.report.blocks import NONE, Block, Markup, badge, stacking_table
from lib.report.gaps import cost_clause
from lib.report.leaks import kept_together
from lib.report.limits import gravest_limitation
from lib.report.notation import as_printed, capitalised, protocol_name, score_interval
from lib.report.probes import ahead_sentence, probe_limitations
from lib.report.remedies import remedy_sentence
from lib.report.sections.small_figures import small_figures
from lib.report.sections.summary_figure import summary_figure
from lib.report.status import STATUS_CLASSES, STATUS_IN_WORDS
from lib.results import (
    IMAGE_KINDS,
    WEIGHTS,
    ClaimResult,
    Model,
    Reference,
    ReferenceScore,
    Results,
    headlines,
    majority_share,
    score_of_claim,
    shown_protocol,
)
from lib.settings import telling_changes
from lib.words import counted, listed


def summary_block(paper: Paper, results: Results, references: Sequence[Reference]) -> Block:
    """Status, paper, answer in a few sentences, one row per model, and what was run.

    Args:
        paper: The declaration the run was made from.
        results: The record of the run.
        references: What was measured on real images, of any paper.
    """
    kept = [reference for reference in references if reference.slug == results.slug]
    return Block(
        f'<section class="summary" aria-label="Summary">{status_line(results)}'
        f"{_paper_line(paper)}"
        f'<div class="answer">{_sentences(paper, results)}'
        f"{summary_figure(paper, results).html}{small_figures(results).html}</div>"
        f"{_model_table(results, kept)}{_run_facts(results)}</section>"
    )


def status_line(results: Results) -> str:
    """The one line above everything else, as HTML: the status, and why."""
    status = status_of(results)
    return (
        f'<p class="status {STATUS_CLASSES[status]}" role="note"><strong>'
        f"{escape(STATUS_IN_WORDS[status])}.</strong> {escape(status_reason(results))}</p>"
    )


def status_reason(results: Results) -> str:
    """Why the status is what it is, in one or two sentences."""
    status, data = status_of(results), results.data
    if status == "drawn":
        reason = (
            f"A program drew the {data.images:,} images; the report shows that the method runs."
        )
    elif status == "other images":
        reason = f"The {data.images:,} images are real, but not proven to be the paper's."
    else:
        reason = _verdict_reason(deciding_claims(results), status)
    return " ".join(filter(None, (reason, _weights_reason(results.models))))


def _verdict_reason(claims: Sequence[ClaimResult], status: Status) -> str:
    if not claims:
        return "The paper prints no accuracy that could be held against this run."
    if status == "reproduced":
        telling = claims
    elif status == "not reproduced":
        telling = [claim for claim in claims if claim.verdict == status]
    else:
        telling = [claim for claim in claims if claim.verdict != "reproduced"]
    reasons = "; ".join(dict.fromkeys(claim.reason for claim in telling))
    printed = listed(f"{as_printed(claim)} ({claim.arm}, {claim.where})" for claim in telling)
    return f"It rests on {printed}: {reasons}."


def _weights_reason(models: Sequence[Model]) -> str:
    """That a backbone starts from other trained weights than the paper's; random ones are an alarm."""
    arms: dict[tuple[str, str], list[str]] = {}
    for model in models:
        if model.weights.used not in (model.weights.declared, "random"):
            arms.setdefault((model.weights.used, model.weights.declared), []).append(model.arm)
    return " ".join(
        f"{listed(names)} started from {WEIGHTS[used]} instead of {WEIGHTS[declared]}."
        for (used, declared), names in arms.items()
    )


def _paper_line(paper: Paper) -> str:
    """Who published what and where, with an entry to copy."""
    title = f"<cite>{escape(paper.title)}</cite>"
    if citation.address(paper):
        title = f'<a href="{escape(citation.address(paper))}">{title}</a>'
    return (
        f'<div class="by"><p>Reproduction of {escape(listed(paper.authors))}, {title}, '
        f"{escape(citation.published_in(paper))}.</p>"
        f'<details class="cite"><summary>Cite the paper (BibTeX)</summary>'
        f"<pre>{escape(citation.bibtex(paper))}</pre></details></div>"
    )


def _sentences(paper: Paper, results: Results) -> str:
    """The alarms, then what the audit found, what came out and how, what it cannot support."""
    items = [
        *(
            f'<li class="{"grave" if alarm.grave else "open"}">{escape(alarm.sentence)}</li>'
            for alarm in alarms(results)
        ),
        *_item("What to try.", remedy_sentence(paper, results)),
        *_item("The paper's own numbers.", audit.worst_finding(paper)),
        *_item("What came out.", _outcomes(results)),
        *_item("How it may have come about.", _origin_of_score(paper, results)),
        *_item("What this cannot support.", gravest_limitation(paper, results)),
    ]
    return f'<ul class="lead">{"".join(items)}</ul>'


def _item(name: str, sentence: str) -> list[str]:
    return [f"<li><b>{escape(name)}</b> {escape(sentence)}</li>"] if sentence else []


def _outcomes(results: Results) -> str:
    """What the models that learnt reach, and what keeping groups together costs.

    Where the paper's headline is of training images, what any model reaches on these comes first.
    """
    protocols = list(dict.fromkeys(fold.protocol for fold in results.folds))
    learnt = {
        protocol: [arm for arm in results.arms if results.learnt(arm, protocol)]
        for protocol in protocols
    }
    clauses = [_reached(results, arms, protocol) for protocol, arms in learnt.items() if arms]
    cost = cost_clause(results)
    sentences = [
        _on_training(results),
        f"{capitalised('; '.join(clauses))}." if clauses else "",
        f"The published split flatters: {cost}." if cost else "",
    ]
    return " ".join(filter(None, sentences))


def _on_training(results: Results) -> str:
    """The headline that is an accuracy on training images, beside ours; "" for another headline."""
    headline = next(iter(results.claims), None)
    if headline is None or (headline.metric, headline.part) != ("accuracy", "train"):
        return ""
    protocol = shown_protocol(fold.protocol for fold in results.folds)
    score = score_of_claim(results.scores, headline, protocol)
    if score is None:
        return ""
    return (
        f"On the images that it was trained on, {headline.arm} reaches {score.mean:.3f} (printed: "
        f"{as_printed(headline)})."
    )


def _reached(results: Results, arms: Sequence[str], protocol: str) -> str:
    """ "under the published split mobilenetv2 reaches 0.944 (printed: 94.839 %)"."""
    means = {score.arm: score.mean for score in headlines(results.scores, protocol)}
    texts: list[str] = []
    for arm in arms:
        claim = overall_accuracy(results.claims, arm)
        printed = f" (printed: {as_printed(claim)})" if claim and protocol == "published" else ""
        texts.append(f"{arm} {'' if texts else 'reaches '}{means[arm]:.3f}{printed}")
    return f"under the {protocol_name(results.grouping, protocol)} split {listed(texts)}"


def _origin_of_score(paper: Paper, results: Results) -> str:
    """What simple classifiers say of the networks that learnt; the first sentence, as the gravest stands first."""
    defining = paper.dataset.defining
    verdicts = probe_verdicts(results, defining)
    sentences = [*probe_limitations(verdicts, results), *ahead_sentence(verdicts, results)]
    return next(iter(sentences), "")


def _model_table(results: Results, references: Sequence[Reference]) -> str:
    """One row per model and variant: printed, reproduced, majority, rival, verdict, real images."""
    protocols = list(dict.fromkeys(fold.protocol for fold in results.folds))
    reference = _main_reference(results, references)
    columns = ["Model", "Printed", *(_protocol_head(results, name) for name in protocols)]
    columns += ["Majority", "Best simple rival", "Verdict"]
    columns += ["Kept result on real images"] if reference else []
    rows = []
    for model in results.models:
        claim = overall_accuracy(results.claims, model.arm)
        row = [
            _model_cell(model),
            _printed_cell(claim),
            *(_score_cell(results, model, protocol) for protocol in protocols),
            _majority_cell(results, protocols),
            _rival_cell(results, model, protocols),
            badge(claim.verdict) if claim else Markup(NONE),
        ]
        row += [_reference_cell(reference, model)] if reference else []
        rows.append(row)
    seeds = _seeds(results)
    of_run = (
        "with its 95 % interval; <i>n</i> images tested"
        if seeds == 1
        else f"mean over {counted(seeds, 'seed')}, 95 % interval of one run, <i>n</i> images tested per seed"
    )
    caption = (
        f"Accuracy on test images, {of_run}.{_protocol_note(results, protocols)} Majority: always giving the most "
        f"frequent answer."
    )
    if reference:
        caption += f" Kept result: {escape(_reference_in_words(results, reference))}."
    if agreed := agreement_sentence(results, references):
        caption += f" {escape(agreed)}"
    return stacking_table(columns, rows, caption)


def _protocol_note(results: Results, protocols: Sequence[str]) -> str:
    """What the two splits are, where both were run."""
    if not {"published", "grouped"} <= set(protocols):
        return ""
    name, kept = protocol_name(results.grouping, "grouped"), kept_together(results.grouping)
    return f" Published: the paper's split; {name}: {kept} on one side of it."


def _protocol_head(results: Results, protocol: str) -> str:
    return f"{capitalised(protocol_name(results.grouping, protocol))} split"


def _model_cell(model: Model) -> Markup:
    of = f"variant of {model.variant_of}" if model.variant_of else ""
    of = "another paper's model and recipe" if lender(model.arm) else of
    return Markup(f"{escape(model.arm)}{of and f'<small>{escape(of)}</small>'}")


def _printed_cell(claim: ClaimResult | None) -> Markup:
    return Markup(escape(as_printed(claim))) if claim else Markup(NONE)


def _score_cell(results: Results, model: Model, protocol: str) -> Markup:
    """The accuracy with its interval, how many images it rests on and how many were trained on."""
    score = next(
        (score for score in headlines(results.scores, protocol) if score.arm == model.arm), None
    )
    if score is None:
        return Markup(NONE)
    tested, trained = _part_sizes(results, protocol)
    return Markup(f"{score_interval(score)}<small>n = {tested:,}, trained on {trained:,}</small>")


def _part_sizes(results: Results, protocol: str) -> tuple[int, int]:
    """Test images of all folds of one seed, and training images of one fold, both means over seeds."""
    folds = [fold for fold in results.folds if fold.protocol == protocol]
    seeds = {fold.seed for fold in folds}
    tested = sum(sum(fold.test.values()) for fold in folds) / len(seeds)
    trained = sum(sum(fold.train.values()) for fold in folds) / len(folds)
    return round(tested), round(trained)


def _majority_cell(results: Results, protocols: Sequence[str]) -> Markup:
    shares = (f"{majority_share(results.folds, protocol):.3f}" for protocol in protocols)
    return Markup(" / ".join(dict.fromkeys(shares)))


def _rival_cell(results: Results, model: Model, protocols: Sequence[str]) -> Markup:
    """The best probe under the protocol that is shown, and what it sees."""
    protocol = shown_protocol(protocols)
    rival = best_rival(results, model.arm, protocol)
    if rival is None or not results.learnt(model.arm, protocol):
        return Markup(NONE)
    sees = description_of(rival.name).briefly
    return Markup(f"{rival.accuracy.mean:.3f} <small>{escape(sees)}</small>")


def _seeds(results: Results) -> int:
    return len(results.settings["seeds"])


# The kept results on real images


def _main_reference(results: Results, references: Sequence[Reference]) -> Reference | None:
    """The reference of this run's own images, else the one with most images of those with most protocols."""
    return max(
        references,
        key=lambda reference: (
            reference.data.sha256 == results.data.sha256,
            max(len(arm.scores) for arm in reference.arms),
            reference.data.images,
        ),
        default=None,
    )


def _reference_cell(reference: Reference, model: Model) -> Markup:
    arm = next((arm for arm in reference.arms if arm.arm == model.arm), None)
    if arm is None:
        return Markup(NONE)
    return Markup(
        "".join(f"<span>{_reference_text(score, reference)}</span>" for score in arm.scores)
    )


def _reference_text(score: ReferenceScore, reference: Reference) -> str:
    name = protocol_name(reference.grouping, score.protocol)
    return f"{score.accuracy.mean:.3f} {escape(name)}"


def _reference_in_words(results: Results, reference: Reference) -> str:
    data = reference.data
    same = ", the images of this run" if data.sha256 == results.data.sha256 else ""
    mark = IMAGE_KINDS[data.kind].mark
    mark = mark and f"; {mark[0].lower()}{mark[1:]}"
    return (
        f"{reference.title}{same} ({data.images:,} images, {reference.profile} profile, "
        f"{reference.started[:10]}{mark})"
    )


# The run


def _run_facts(results: Results) -> str:
    """When, on what, by whom and by which command."""
    data, provenance = results.data, results.provenance
    weights = dict.fromkeys(WEIGHTS[model.weights.used] for model in results.models)
    facts = [
        ("Run", f"{provenance.started[:10]}, {_duration(provenance.seconds)}"),
        ("By", provenance.author),
        ("Assignment", provenance.assignment),
        ("Images", f"{data.images:,} in {len(data.counts)} classes, from {_origin(results)}"),
        ("Weights", listed(weights)),
        ("Seeds", listed(map(str, results.settings["seeds"]))),
        ("Profile", _profile(results)),
        ("Command", provenance.command or "none: run by hand in a notebook"),
    ]
    listing = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value
    )
    return f'<dl class="run">{listing}</dl>'


def _duration(seconds: float) -> str:
    """ "42 s", "27 minutes", "3.4 hours"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.1f} hours"


def _profile(results: Results) -> str:
    """With the settings in which the run differs from the paper, by its profile or by hand."""
    others = listed(name.replace("_", " ") for name in telling_changes(results.changed))
    return f"{results.profile} (not as in the paper: {others})" if others else results.profile


def _origin(results: Results) -> str:
    data = results.data
    if data.kind == "phantom":
        return "a program that draws them"
    return f"the folder {data.name}"
