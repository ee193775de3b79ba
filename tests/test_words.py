"""Numbers and lists in sentences."""

import os
import subprocess
import sys

import pytest

from lib import ROOT
from lib.words import (
    counted,
    interval,
    listed,
    part_of,
    percent,
    printable,
    printable_lines,
    signed,
)


@pytest.mark.parametrize(
    ("items", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", 3), "a, b and 3")],
)
def test_items_are_listed(items, text):
    assert listed(items) == text


def test_numbers_are_grouped_and_the_last_word_may_be_another():
    assert listed([1]) == "1"
    assert listed([1, 2000, 3], "or") == "1, 2,000 or 3"
    assert listed([]) == ""
    assert listed(one for one in "ab") == "a and b"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 cats"), (1, "1 cat"), (2, "2 cats"), (1200, "1,200 cats")]
)
def test_numbers_take_their_noun(number, text):
    assert counted(number, "cat") == text


def test_a_share_of_one_is_all():
    assert part_of(1, "images") == "all images"
    assert part_of(0.9999, "images") == "over 99.9 % of the images"
    assert part_of(0, "images") == "0.0 % of the images"


def test_differences_have_signs_and_scores_have_none():
    assert signed(0.03, -0.01, 0.07) == "+0.030 [-0.010, +0.070]"
    assert signed(0.0, 0.0, 0.0) == "+0.000"
    assert interval(0.9, 0.88, 0.92) == "0.900 [0.880, 0.920]"
    assert interval(0.9, 0.9, 0.92) == "0.900 [0.900, 0.920]"
    assert interval(0.9, 0.9001, 0.8999) == "0.900"  # bounds that are written like the number


def test_shares_are_percentages_with_one_decimal():
    assert [percent(share) for share in (0.487, 1.0, 0.0)] == ["48.7 %", "100.0 %", "0.0 %"]


def test_a_share_is_not_rounded_to_all_or_nothing():
    assert [percent(share) for share in (0.9997, 0.0004)] == ["over 99.9 %", "under 0.1 %"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Übung (1) ✓.png", "Übung (1) ✓.png"),
        ("a\x1b[2Jb\x07", r"a\x1b[2Jb\x07"),
        ("a\r\nb\tc\u2028", r"a\r\nb\tc\u2028"),
        ("gnp.\u202etac", r"gnp.\u202etac"),
        (os.fsdecode(b"caf\xe9.png"), r"caf\udce9.png"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(name, shown):
    assert printable(name) == shown


def test_a_text_keeps_its_lines_and_tabs():
    assert printable_lines("a\n\tb\x1b\x0b") == "a\n\tb" + r"\x1b\x0b"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_no_character_ends_a_program_whatever_the_encoding(encoding):
    code = "from lib.words import escape_unencodable as e; e(); print('\u2713 ok \\udce9')"
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    tick = "\u2713".encode(encoding, "backslashreplace")
    assert (process.returncode, process.stdout.split()) == (0, [tick, b"ok", rb"\udce9"])


def test_a_reader_that_closes_the_output_ends_the_program_without_a_word():
    code = "import sys; from lib.words import printed_whole as p; sys.exit(p(lambda: print('x' * 10**6) or 0))"
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=-1, stderr=-1)
    writer.stdout.read(1)
    writer.stdout.close()
    assert (writer.wait(), writer.stderr.read()) == (141, b"")
    writer.stderr.close()
