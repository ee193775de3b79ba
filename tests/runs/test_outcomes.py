"""The table at the end of a batch: one row per model and protocol, whole in a file, readable in any terminal."""

import io

import pytest
from rich.console import Console

from lib.runs.outcomes import print_outcomes


@pytest.fixture
def printed(record):
    """What is printed of one finished and one failed run."""

    def show(**options) -> str:
        stream = io.StringIO()
        console = Console(file=stream, highlight=False, emoji=False, **options)
        outcomes = {"kuncoro_white_blood_cells": record.collect(), "lee_leaves": None}
        print_outcomes(console, outcomes)
        return stream.getvalue()

    return show


def test_a_log_gets_aligned_text_without_colours_and_lines(printed):
    head, *rows = printed(width=20).splitlines()
    assert head.split() == ["paper", "model", "protocol", "accuracy", "printed", "status"]
    assert "\x1b" not in "".join(rows)
    assert [row.split("  ")[0] for row in rows] == ["kuncoro_white_blood_cells"] * 1 + [
        "lee_leaves"
    ]
    done, failed = rows
    assert done[head.index("model") :].startswith("mobilenetv2")
    assert done[head.index("accuracy") :].startswith("1.000 [")
    assert done[head.index("printed") :].startswith("94.839 %")
    assert failed[head.index("status") :] == "failed"


def test_a_wide_terminal_gets_a_table_and_a_narrow_one_blocks_that_fit(printed):
    wide = printed(width=140, force_terminal=True, color_system=None)
    assert "─" in wide
    assert "94.839 %" in wide
    narrow = printed(width=40, force_terminal=True, color_system=None)
    assert "─" not in narrow
    assert max(map(len, narrow.splitlines())) <= 40
    for part in ("mobilenetv2, published", "1.000 [", "printed 94.839 %", "failed"):
        assert part in " ".join(narrow.split())


def test_nothing_is_printed_of_no_runs(capsys):
    print_outcomes(Console(), {})
    assert capsys.readouterr().out == ""
