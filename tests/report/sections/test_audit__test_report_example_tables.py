"""Worked examples: every printed number beside the computed ones."""

import made_up_paper as made_up
from bs4 import BeautifulSoup

from lib import report
from lib.papers.declare import Convolution, Sizes

# 2 · 1 + 3 · 1 in the first window without padding; the kernel's other numbers are 0.
CONVOLUTION = Convolution(
    where="Fig. <4>",
    image=((2, 0, 1), (0, 3, 0), (4, 0, 5)),
    kernel=((1, 0), (0, 1)),
    output=((5, 0), (0, 9)),
)
SIZES = Sizes(where="§3", side=8, steps=(("convolution", 8, "§3.1"), ("pooling", 3, "§3.2")))


def pages(shown) -> list[BeautifulSoup]:
    return BeautifulSoup(shown.html, "html.parser").select("figure")


def rows(page: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in line.select("td")] for line in page.select("tbody tr")]


def columns(page: BeautifulSoup) -> list[str]:
    return [one.get_text() for one in page.select("th")]


def test_a_paper_without_examples_shows_nothing():
    assert report.examples(made_up.paper()).html == ""


def test_image_and_kernel_stand_as_printed_with_rows_and_columns_named():
    image, kernel, _ = pages(report.examples(made_up.paper(examples=(CONVOLUTION,))))
    assert columns(image) == ["", "column 1", "column 2", "column 3"]
    assert rows(image) == [
        ["row 1", "2", "0", "1"],
        ["row 2", "0", "3", "0"],
        ["row 3", "4", "0", "5"],
    ]
    assert rows(kernel) == [["row 1", "1", "0"], ["row 2", "0", "1"]]
    assert [one.figcaption.get_text() for one in (image, kernel)] == [
        "Input (Fig. <4>).",
        "Kernel (Fig. <4>).",
    ]
    assert len(image.select("td.number")) == 9


def test_every_output_of_a_convolution_stands_beside_both_ways_to_compute_it():
    output = pages(report.examples(made_up.paper(examples=(CONVOLUTION,))))[2]
    assert columns(output) == [
        *("Number", "Printed", "Without padding", "With padding", "Agrees", "Where"),
    ]
    found = rows(output)
    # Without padding: 2 + 3, 0 + 0, 0 + 0, 3 + 5; the paper prints 9 for the last.
    assert [row[:3] for row in found] == [
        ["row 1, column 1", "5", "5"],
        ["row 1, column 2", "0", "0"],
        ["row 2, column 1", "0", "0"],
        ["row 2, column 2", "9", "8"],
    ]
    assert [row[4] for row in found] == ["yes", "yes", "yes", "no"]
    assert {row[5] for row in found} == {"Fig. <4>"}
    assert len(output.select("td.number")) == 12


def test_a_number_that_cannot_be_computed_is_a_dash():
    larger = Convolution(
        where="x", image=((1, 2), (3, 4)), kernel=((1, 1), (1, 1)), output=((1, 2, 3),) * 3
    )
    output = pages(report.examples(made_up.paper(examples=(larger,))))[2]
    # Without padding there is one number, 10; it lies on the middle of the printed nine.
    assert [row[2] for row in rows(output)] == ["–"] * 4 + ["10"] + ["–"] * 4


def test_sizes_start_each_step_from_the_printed_size_before_it():
    (page,) = pages(report.examples(made_up.paper(examples=(SIZES,))))
    assert rows(page) == [
        ["convolution of 8", "8", "6", "8", "yes", "§3.1"],
        ["pooling of 8", "3", "4", "4", "no", "§3.2"],
    ]
    assert "from 8 pixels (§3)" in page.figcaption.get_text()


def test_examples_follow_one_another_as_in_the_paper():
    shown = report.examples(made_up.paper(examples=(SIZES, CONVOLUTION)))
    starts = [one.figcaption.get_text().split()[0] for one in pages(shown)]
    assert starts == ["Sides", "Input", "Kernel", "The"]
