"""How many images a part has: printed, added up, or by its share."""

from dataclasses import replace

from made_up_paper import claim, paper
from made_up_reports import report_paper, rows

from lib.audit.part_sizes import PartSize, known_sizes, printed_sizes
from lib.papers.declare import Assumed, Split, Stated


def _total(printed: str, part: str, where: str = "§2"):
    return claim("support", printed, unit="count", part=part, where=where)


def _images(sizes: list[PartSize]) -> list[int]:
    return [size.images for size in sizes]


def _shared(total: str, share: float, *claims):
    made = paper(claims=claims)
    return replace(
        made,
        dataset=replace(made.dataset, total=Stated(total, "§1")),
        split=Split(test_share=Stated(share, "§3"), stratified=Stated(False, "§3")),
    )


def test_printed_numbers_come_once_with_their_first_place():
    made = _shared(
        "1.000", 0.5, _total("371", "train"), _total("371", "train", "§4"), _total("369", "train")
    )
    assert printed_sizes(made, "net", "train") == [
        PartSize(images=371, where="§2"),
        PartSize(images=369, where="§2"),
    ]
    assert printed_sizes(made, "other", "train") == []


def test_supports_of_a_report_add_up_to_one():
    assert printed_sizes(report_paper(rows([[3, 1], [1, 5]])), "net", "test") == [
        PartSize(images=10, where="supports of Table 1")
    ]


def test_validation_images_are_the_test_images_unless_both_are_counted():
    alone = _shared("100", 0.2, _total("20", "test"))
    assert _images(printed_sizes(alone, "net", "validation")) == [20]
    both = _shared("100", 0.2, _total("20", "test"), _total("10", "validation"))
    assert _images(printed_sizes(both, "net", "validation")) == [10]
    assert _images(printed_sizes(both, "net", "train")) == []


def test_a_share_of_the_total_is_rounded_up_and_down():
    made = _shared("531", 0.3)
    assert _images(known_sizes(made, "net", "test")) == [159, 160]
    assert _images(known_sizes(made, "net", "train")) == [371, 372]
    assert known_sizes(made, "net", "test")[0].where == "30 % of the 531 of §1"
    assert _images(known_sizes(_shared("3.500", 0.2), "net", "validation")) == [700]


def test_a_printed_number_that_is_the_share_stands_alone():
    assert _images(known_sizes(_shared("531", 0.3, _total("160", "test")), "net", "test")) == [160]
    assert _images(known_sizes(_shared("3500", 0.2, _total("620", "test")), "net", "test")) == [
        620,
        700,
    ]


def test_what_is_assumed_gives_no_size():
    made = _shared("531", 0.3)
    assert (
        known_sizes(
            replace(made, split=replace(made.split, test_share=Assumed(0.3, ""))), "net", "test"
        )
        == []
    )
    assert (
        known_sizes(
            replace(made, dataset=replace(made.dataset, total=Assumed("5", ""))), "net", "test"
        )
        == []
    )
    assert known_sizes(made, "net", "") == []
