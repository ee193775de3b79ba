"""Runs seen while they run: what a worker leaves, and what a log and a terminal show of it."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from lib.datasets.progress import State
from lib.runs import progress
from lib.runs.progress import (
    Display,
    joined,
    open_output,
    read_run_state,
    write_run_state,
)

NAMES = ["cats", "cells"]
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Seconds that stand still until they are set."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def states(tmp_path):
    return {name: tmp_path / f"{name}.json" for name in NAMES}


def training(share: float, told: str = "epoch 3 of 5", left: str = "") -> State:
    return State(name="Training mobilenetv2", share=share, left=left, told=told)


def outcome(name: str, status: str = "done", reason: str = "", **options) -> SimpleNamespace:
    common = {"seconds": 40.0, "device": "CPU", "attempts": 1}
    return SimpleNamespace(name=name, status=status, reason=reason, **(common | options))


# What a worker leaves


def test_a_state_is_read_as_it_was_written_with_the_time_of_its_writing(states, monkeypatch):
    monkeypatch.setattr(progress.time, "time", lambda: 1.8e9)
    state = joined("Training", 3, 80, 12.5, training(0.45, left="about 3 min left"))
    write_run_state(states["cats"], state)
    read = read_run_state(states["cats"])
    assert read.written == 1.8e9
    assert (read.section, read.cell, read.cells, read.seconds) == ("Training", 3, 80, 12.5)
    assert (read.phase, read.share, read.left) == (
        "Training mobilenetv2",
        0.45,
        "about 3 min left",
    )
    assert [path.name for path in states["cats"].parent.iterdir()] == ["cats.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"section": "half'])
def test_a_state_that_is_not_there_or_half_written_is_none(states, content):
    if content is not None:
        states["cats"].write_text(content)
    assert read_run_state(states["cats"]) is None


def test_a_state_that_cannot_be_written_stops_no_run(tmp_path):
    write_run_state(tmp_path / "gone" / "state.json", joined("Training", 1, 2, 0.0))


def test_a_flood_of_output_is_cut_off_with_a_word_where_the_rest_stands(states, monkeypatch):
    monkeypatch.setattr(progress, "MOST_OUTPUT", 10)
    with open_output(states["cats"]) as output:
        for _ in range(1000):
            output.write("abcd")
    text = progress.output_path(states["cats"]).read_text()
    assert text.startswith("abcdabcdab\n")
    assert "notebook" in text
    assert len(text) < 100


# A log


@pytest.fixture
def log(states):
    """(lines so far without their times, the display)."""
    stream = io.StringIO()
    display = Display(Console(file=stream, highlight=False), NAMES, states)

    def lines() -> list[str]:
        shown = stream.getvalue().splitlines()
        assert all(map(STAMP.match, shown))
        return [STAMP.sub("", line) for line in shown]

    with display:
        yield lines, display


def test_a_log_tells_of_each_run_by_its_name_beginning_sections_and_end(log, states):
    lines, display = log
    for name in NAMES:
        display.started(name)
        write_run_state(states[name], joined("The [data]", 1, 9, 1.0))
    for _ in range(3):
        display.tick()
    display.finished(outcome("cells", reason="run again: parameter epochs: 3 → 4"))
    display.say("Reports: [x]/index.html")
    assert lines() == [
        "cats: started",
        "cells: started",
        "cats: The [data]",
        "cells: The [data]",
        "✓ cells: done in 40 s on CPU (run again: parameter epochs: 3 → 4).",
        "Reports: [x]/index.html",
    ]


def test_a_phase_is_one_line_however_often_it_tells_of_itself(log, states, clock):
    lines, display = log
    display.started("cats")
    for step in range(100):
        write_run_state(states["cats"], joined("Training", 5, 9, 1.0, training(step / 100)))
        display.tick()
        clock[0] += 1
    assert lines() == ["cats: started", "cats: Training", "cats: Training mobilenetv2"]


def test_phases_that_follow_each_other_at_once_do_not_flood_a_log(log, states, clock):
    lines, display = log
    display.started("cats")
    for step in range(100):
        phase = State(name=f"Decoding part {step}", share=0.0, told="")
        write_run_state(states["cats"], joined("The data", 2, 9, 1.0, phase))
        display.tick()
        clock[0] += 1
    assert 100 / progress.QUIET - 2 <= len(lines()) - 2 <= 100 / progress.QUIET


def test_every_five_minutes_a_log_is_told_that_a_section_goes_on_and_how_far_it_is(
    log, states, clock
):
    lines, display = log
    display.started("cats")
    state = joined("Training", 5, 9, 1.0, training(0.45, "epoch 3 of 5", "about 9 min left"))
    for _ in range(720):  # 12 minutes
        write_run_state(states["cats"], state)
        display.tick()
        clock[0] += 1
    goes_on = [line for line in lines() if "still" in line]
    assert len(goes_on) == 2
    assert goes_on[-1].startswith("cats: still in Training, 10 min · Training mobilenetv2 · 45%")
    assert goes_on[-1].endswith("about 9 min left · epoch 3 of 5")


def test_a_worker_without_a_sign_of_life_is_told_once(log, states, clock):
    lines, display = log
    display.started("cats")
    write_run_state(states["cats"], joined("Training", 5, 9, 1.0))
    for _ in range(90):
        display.tick()
        clock[0] += 1
    assert [line for line in lines() if "no sign of life" in line] == [
        "cats: no sign of life for 60 s"
    ]
    # One that goes on may fall silent again.
    write_run_state(states["cats"], joined("Training", 5, 9, 2.0))
    for _ in range(90):
        display.tick()
        clock[0] += 1
    assert sum("no sign of life" in line for line in lines()) == 2


def test_the_state_of_a_run_that_nobody_said_begins_is_its_beginning(log, states):
    lines, display = log
    write_run_state(states["cells"], joined("Training", 5, 9, 1.0))
    display.tick()
    assert lines() == ["cells: Training"]


def test_a_failure_goes_to_stderr_with_its_reason_and_attempts(log, capsys):
    lines, display = log
    display.finished(outcome("cats", "failed", "it [broke]\x1b[2J\nsecond line", attempts=2))
    assert lines() == []
    told = capsys.readouterr().err
    assert "✗ cats: failed after 2 attempts. it [broke]\\x1b[2J\nsecond line" in told


@pytest.mark.parametrize(
    ("status", "told"),
    [("unchanged", "✓ cats: unchanged, not run again."), ("interrupted", "– cats: interrupted.")],
)
def test_every_ending_is_a_line(log, status, told):
    lines, display = log
    display.finished(outcome("cats", status))
    assert lines() == [told]


# --verbose


def test_verbose_streams_what_the_cells_print_by_whole_lines_and_the_name(states):
    stream = io.StringIO()
    console = Console(file=stream, highlight=False)
    with Display(console, NAMES, states, verbose=True) as display:
        display.started("cats")
        with open_output(states["cats"]) as output:
            output.write("Found \x1b[31m12\x1b[0m [/images]\r\n\n 10%\r 90%\r100%\nha")
            display.tick()
            output.write("lf\x1b[2Jend")
            display.tick()
        display.finished(outcome("cats"))
    shown = [STAMP.sub("", line) for line in stream.getvalue().splitlines()]
    assert shown[1:-1] == ["cats │ Found 12 [/images]", "cats │ 100%", "cats │ halfend"]


def test_without_verbose_no_output_is_shown(log, states):
    lines, display = log
    with open_output(states["cats"]) as output:
        output.write("Found\n")
    display.tick()
    display.finished(outcome("cats"))
    assert "Found" not in " ".join(lines())


# A terminal


class Screen:
    """The live part of a display, as it stands after the last look."""

    def __init__(self, states, names, width: int, height: int = 24) -> None:
        options = {"width": width, "height": height, "force_terminal": True, "color_system": None}
        self._console = Console(file=io.StringIO(), highlight=False, **options)
        self.display = Display(self._console, names, states)

    def lines(self) -> list[str]:
        with self._console.capture() as capture:
            self._console.print(self.display._picture())
        return [line.rstrip() for line in capture.get().splitlines()]


@pytest.fixture
def told(states):
    """A run in its training, whose text is long."""
    text = "fit 2 of 5, published: epoch 3 of 5, validation accuracy 0.812"
    state = joined("Training", 41, 80, 9.0, training(0.45, text, "about 12 min left"))
    write_run_state(states["cats"], state)


@pytest.mark.parametrize(("width", "rows"), [(140, 1), (80, 3), (40, 4)])
def test_a_run_is_one_line_on_a_wide_terminal_and_whole_on_a_narrow_one(states, told, width, rows):
    screen = Screen(states, NAMES, width)
    screen.display.started("cats")
    screen.display.tick()
    lines = screen.lines()
    assert max(map(len, lines)) <= width
    *run, waiting, bar = lines
    assert len(run) == rows
    words = " ".join(" ".join(run).split())
    for part in ("cats", "Training mobilenetv2", "epoch 3 of 5", "0.812", "45%", "12 min left"):
        assert part in words
    assert waiting == "· cells  waiting"
    assert "0 of 2 runs ended" in bar


def test_what_ended_leaves_the_live_lines_and_counts_in_the_bar(states, told):
    screen = Screen(states, NAMES, 140)
    screen.display.started("cats")
    screen.display.tick()
    screen.display.finished(outcome("cats"))
    screen.display.started("cells")
    (run, bar) = screen.lines()
    assert "cells" in run
    assert "starting" in run
    assert "1 of 2 runs ended, 1 running" in bar


def test_a_run_that_was_put_off_waits_whatever_it_had_told(states, told):
    screen = Screen(states, NAMES, 140)
    screen.display.started("cats")
    screen.display.tick()
    screen.display.postponed("cats")
    screen.display.tick()
    assert screen.lines()[:-1] == ["· cats  waiting", "· cells  waiting"]


def test_a_hundred_runs_fit_on_the_screen(tmp_path):
    names = [f"cats epochs={number}" for number in range(100)]
    states = {name: tmp_path / f"{number}.json" for number, name in enumerate(names)}
    for width in (80, 140):
        screen = Screen(states, names, width, height=20)
        for name in names[:30]:
            screen.display.started(name)
        lines = screen.lines()
        assert len(lines) < 20
        shown = sum(name in " ".join(lines).split("·")[0] for name in names)
        assert shown >= 4
        (more,) = (line for line in lines if "more runs" in line)
        assert int(more.split()[1]) >= 70


def test_a_terminal_gets_ended_runs_as_lines_that_stay(states, monkeypatch):
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True, color_system=None, emoji=False)
    with Display(console, NAMES, states) as display:
        display.started("cats")
        display.tick()
        display.finished(outcome("cats"))
    text = stream.getvalue()
    assert "✓ cats: done in 40 s on CPU." in text
    assert not STAMP.search(text)
    assert text.rstrip().endswith("\x1b[2K")  # the live lines are gone
