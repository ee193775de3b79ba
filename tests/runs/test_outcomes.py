"""The end of a batch: one row per model and protocol, and why a run failed or was made again, in any terminal."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from lib.runs.outcomes import print_summary

SLUG = "kuncoro_white_blood_cells"
AGAIN = "run again: parameter epochs: 3 → 4"


def outcome(name, status, reason="") -> SimpleNamespace:
    return SimpleNamespace(name=name, status=status, reason=reason)


@pytest.fixture
def printed(record):
    """What is printed of one finished, one failed and one interrupted run."""

    def show(**options) -> str:
        stream = io.StringIO()
        console = Console(file=stream, highlight=False, emoji=False, **options)
        outcomes = [
            outcome(SLUG, "done", AGAIN),
            outcome("lee_leaves", "failed", "In “Training”:\n  it [broke]\x1b[2J"),
            outcome("li_lungs", "interrupted"),
        ]
        agreements = {SLUG: "Its accuracy lies within the noise of data/reference/."}
        print_summary(console, outcomes, {SLUG: record.collect()}, agreements)
        return stream.getvalue()

    return show


def test_a_log_gets_aligned_text_without_colours_and_lines(printed):
    head, done, failed, interrupted, *_ = printed(width=20).splitlines()
    assert head.split() == ["run", "model", "protocol", "accuracy", "printed", "status"]
    assert "\x1b" not in "".join((done, failed))
    assert done[head.index("model") :].startswith("mobilenetv2")
    assert done[head.index("accuracy") :].startswith("1.000 [")
    assert done[head.index("printed") :].startswith("94.839 %")
    assert failed.startswith("lee_leaves")
    assert failed[head.index("status") :] == "failed"
    assert interrupted[head.index("status") :] == "interrupted"


def test_below_the_table_stands_why_runs_failed_or_were_made_again_and_what_agrees(printed):
    *_, again, failed, agrees = printed(width=20).splitlines()
    assert again == f"{SLUG}: done, {AGAIN}."
    assert failed == "lee_leaves: failed. In “Training”: it [broke]\\x1b[2J"
    assert agrees.startswith(f"{SLUG}: Its accuracy lies within")


def test_a_wide_terminal_gets_a_table_and_a_narrow_one_blocks_that_fit(printed):
    wide = printed(width=140, force_terminal=True, color_system=None)
    assert "─" in wide
    assert "94.839 %" in wide
    narrow = printed(width=40, force_terminal=True, color_system=None)
    assert "─" not in narrow
    blocks = narrow[: narrow.index(f"{SLUG}: done")]
    assert max(map(len, blocks.splitlines())) <= 40
    for part in ("mobilenetv2, published", "1.000 [", "printed 94.839 %", "failed"):
        assert part in " ".join(narrow.split())


def test_a_model_that_did_not_learn_is_said_in_its_row(record):
    finished = record.collect()
    silent = [learnt.model_copy(update={"outcome": "one answer"}) for learnt in finished.learning]
    stream = io.StringIO()
    finished = finished.model_copy(update={"learning": silent})
    print_summary(Console(file=stream), [outcome(SLUG, "unchanged")], {SLUG: finished})
    assert stream.getvalue().splitlines()[-1].endswith("not shown to have learnt")


def test_nothing_is_printed_of_no_runs(capsys):
    print_summary(Console(), [], {})
    assert capsys.readouterr().out == ""
