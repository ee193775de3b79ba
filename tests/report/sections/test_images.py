"""The images: what was found, rejected, double and how it was divided; samples and pairs as drawn."""

import base64
import io
from types import SimpleNamespace

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from report_html import (
    caption,
    cells,
    columns,
    fact_texts,
    page,
    row_of,
)

from lib import papers, report
from lib.datasets.lookalikes import MEASURED
from lib.papers.declare import (
    Source,
)
from lib.report.blocks import Block
from lib.report.leaks import NOT_RULED_OUT
from lib.results import (
    PROTOCOLS,
    Colour,
    Data,
    Drawn,
    FoldCounts,
    LookAlike,
    LookAlikes,
    NearDuplicate,
    NearDuplicates,
    PixelRange,
    Rejected,
)

MARK = "Substitute images"


def _data(**changes) -> Data:
    return made_up.data(**{"counts": {"basophil": 1}} | changes)


# The data


def test_the_data_stand_beside_the_papers(paper, record):
    shown = report.dataset_table(paper, record.images.summary())
    assert columns(shown) == ["Class", "Paper", "Where", "Here"]
    assert row_of(shown, "basophil") == ["basophil", "700", "§II", "6"]
    assert row_of(shown, "all") == ["all", "3500", "§II, §III", "30"]
    assert len(cells(shown)) == 6
    assert caption(shown).startswith(f"{MARK}. ")


def test_a_number_that_the_paper_does_not_print_says_why_it_is_assumed(paper, record):
    shown = report.dataset_table(paper, record.images.summary())
    assert row_of(shown, "neutrophil")[1:3] == [
        "700",
        "assumed: §II names lymphocytes twice and neutrophils never",
    ]


def test_a_place_that_all_numbers_share_stands_in_the_caption():
    paper = made_up.paper()  # everything stands in §1
    shown = report.dataset_table(paper, _data(counts={"cat": 3, "dog": 4}, images=7))
    assert columns(shown) == ["Class", "Paper", "Here"]
    assert cells(shown) == [["cat", "5", "3"], ["dog", "5", "4"], ["all", "10", "7"]]
    assert caption(shown).endswith(" The paper's: §1.")


def test_classes_of_which_the_same_is_said_are_a_sentence_but_not_with_a_stand_in():
    paper, counts = made_up.paper(), {"cat": 3, "dog": 3}
    shown = report.dataset_table(paper, _data(counts=counts, images=6))
    assert cells(shown) == []
    assert page(shown).p.get_text() == (
        f"{MARK}. 3 images in each of 2 classes (cat and dog), 6 in all. The paper: 5 in each (§1), 10 in "
        "all (§1)."
    )
    stand_in = _data(counts=counts, images=6, stand_ins={"cat": ["lynx"]})
    assert cells(report.dataset_table(paper, stand_in))[0][0] == "cat (stand-in: lynx)"


def test_the_facts_tell_what_and_whose_the_images_are(paper, record):
    facts = fact_texts(report.dataset_table(paper, record.images.summary()))
    assert facts["Folder"] == "images"
    assert facts["Decoded to"] == "32 × 32 pixels, RGB"
    (source,) = paper.dataset.sources
    assert facts["Paper's source"] == f"{source.title}; licence: {source.licence}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("exact", "exact: the paper's own files"),
        ("substitute", "substitute: real images"),
        ("phantom", "phantom: drawn by a program"),
    ],
)
def test_the_kind_is_explained(paper, kind, text):
    assert fact_texts(report.dataset_table(paper, _data(kind=kind)))["Kind"].startswith(text)


def test_every_source_is_named_with_its_licence():
    paper = papers.load("violina_blood_cancer")
    data = _data(counts={"normal": 3, "cancer": 2})
    sources = fact_texts(report.dataset_table(paper, data))["Paper's source"]
    for source in paper.dataset.sources:
        assert source.title in sources
        assert f"{source.title}: {source.licence}" in sources


@pytest.mark.parametrize(
    ("groups", "ungrouped", "text"),
    [
        (None, 0, "unknown"),
        (12, 0, "12 patients, from file names"),
        (12, 5, "7 patients and 5 images of unknown patient, from file names"),
    ],
)
def test_groups_are_counted_and_images_of_unknown_group_are_none(paper, groups, ungrouped, text):
    data = _data(groups=groups, groups_from="file names", ungrouped=ungrouped)
    assert fact_texts(report.dataset_table(paper, data))["Groups"] == text


def test_a_stand_in_is_named_beside_the_class_it_stands_in_for():
    paper = papers.load("sulistiana_cat_breeds")
    data = _data(
        counts={"American Curl": 100, "Sphynx": 99},
        stand_ins={"American Curl": ["Birman", "Other"]},
    )
    shown = report.dataset_table(paper, data)
    assert [row[0] for row in cells(shown)] == [
        "American Curl (stand-in: Birman, Other)",
        "Sphynx",
        "all",
    ]
    assert [row[-1] for row in cells(shown)] == ["100", "99", "1"]


def test_names_of_folders_cannot_break_the_page(paper):
    data = _data(name="<b>x</b>", stand_ins={"basophil": ["<i>"]})
    shown = report.dataset_table(paper, data)
    assert fact_texts(shown)["Folder"] == "<b>x</b>"
    assert cells(shown)[0][0] == "basophil (stand-in: <i>)"


# Colours


def _source(title: str, *classes: str) -> Source:
    place = {"address": "", "licence": "", "citation": ""}
    return Source(title=title, classes=classes, **place)


def _colour(name: str, **changes) -> Colour:
    values = {
        "images": 500,
        "mean": [210.4, 99.6, 0.0],
        "spread": [30.5, 8.4, 0.0],
        "black": 0.0216,
    }
    return Colour(name=name, **values | changes)


def test_every_class_stands_with_its_source_and_its_colours():
    sources = _source("Set A", "cat"), _source("Set <B>", "dog", "cow")
    paper = made_up.paper(classes=("cat", "dog"), sources=sources)
    colours = [_colour("cat"), _colour("dog", images=7, mean=[1, 2, 254.5], black=0)]
    shown = report.colour_table(colours, paper, _data())
    assert columns(shown) == [
        *("Class", "Source in the paper", "Red", "Green", "Blue", "Black pixels", "Images"),
    ]
    assert cells(shown) == [
        ["cat", "Set A", "210 ± 30", "100 ± 8", "0 ± 0", "2.2 %", "500"],
        ["dog", "Set <B>", "1 ± 30", "2 ± 8", "254 ± 0", "0.0 %", "7"],
    ]
    page = BeautifulSoup(shown.html, "html.parser")
    assert len(page.select("tbody tr")[0].select("td.number")) == 5
    assert caption(shown).startswith(f"{MARK}. Mean ± standard deviation of all pixels")


def test_a_source_that_names_no_class_gives_all_of_them():
    paper = made_up.paper(sources=(_source("Set A"), _source("Set B", "dog")))
    shown = report.colour_table([_colour("cat"), _colour("dog")], paper, _data())
    assert [row[1] for row in cells(shown)] == ["Set A", "Set A; Set B"]


def test_images_that_were_taken_or_drawn_from_more_are_said_to_be(paper):
    drawn = Drawn(per_class=2, seed=7, available={"cat": 1200, "dog": 3})
    facts = fact_texts(report.dataset_table(paper, _data(only={"size": "big"}, drawn=drawn)))
    assert facts["Taken"] == "only images of size big, by their file names"
    assert facts["Drawn"] == "2 images per class, at random (seed 7), out of 1,200 cat and 3 dog"
    facts = fact_texts(report.dataset_table(paper, _data()))
    assert not facts.keys() & {"Taken", "Drawn"}


# Rejected files


def test_scaled_files_and_faint_images_are_told_with_the_data(paper):
    scaled = PixelRange(kind="float TIFF", files=7, low=0, high=0.5, source="thin air")
    shown = report.dataset_table(paper, _data(pixel_ranges=[scaled], brightness=(0, 13)))
    assert "7 files (float TIFF): values from 0 to 0.5" in shown.html
    assert shown.html.index("faint") < shown.html.index("Folder")
    assert "faint" not in report.dataset_table(paper, _data()).html


def _rejected(number: int) -> list[Rejected]:
    """Broken, small, broken, …"""
    return [Rejected(path=f"{i}.png", reason=("broken", "small")[i % 2]) for i in range(number)]


def test_rejected_files_are_listed_with_reasons_up_to_a_number():
    shown = report.rejection_table(_data(rejected=_rejected(23)))
    assert columns(shown) == ["File", "Reason"]
    assert cells(shown) == [[f"{i}.png", ("broken", "small")[i % 2]] for i in range(20)]
    assert caption(shown).startswith(f"{MARK}. 23 files rejected")
    assert "3 more stand in results.json" in caption(shown)


def test_twenty_rejected_files_are_all_listed():
    shown = report.rejection_table(_data(rejected=_rejected(20)))
    assert len(cells(shown)) == 20
    assert "more" not in caption(shown)


def test_one_reason_for_all_is_a_sentence_with_the_files_folded_away():
    rejected = [Rejected(path=f"<{i}>.png", reason="broken") for i in range(22)]
    shown = page(report.rejection_table(_data(rejected=rejected)))
    assert shown.p.get_text() == f"{MARK}. 22 files rejected: broken."
    folded = shown.details.get_text()
    assert "<0>.png, <1>.png" in folded
    assert "<20>.png" not in folded
    assert "2 more stand in results.json" in folded
    assert shown.table is None


@pytest.mark.parametrize("reasons", [2, 1])
def test_copies_are_told_apart_from_other_rejected_files(reasons):
    rejected = _rejected(3)[: 4 - reasons : 3 - reasons]  # two reasons, or one
    shown = report.rejection_table(_data(rejected=rejected, copies=2))
    assert "2 of them are byte-identical copies" in page(shown).get_text()
    assert "copies" not in report.rejection_table(_data(rejected=rejected)).html


def test_without_rejected_files_it_says_so():
    assert "No file was rejected" in report.rejection_table(_data()).html


# Near-duplicates


def _doubles(**changes) -> NearDuplicates:
    closest = [
        NearDuplicate(first=f"a/{i}.png", second=f"b/{i}.png", distance=2 * i) for i in range(11)
    ]
    values = {
        "bits": 256,
        "limit": 30,
        "pairs": 31,
        "images": 17,
        "between_groups": 5,
        "between_classes": 3,
        "closest": closest,
    }
    return NearDuplicates(**values | changes)


def test_the_closest_pairs_are_listed_in_order_up_to_a_number():
    shown = report.near_duplicate_table(_doubles(), _data())
    assert columns(shown) == ["One image", "The other", "Bits apart"]
    assert cells(shown) == [[f"a/{i}.png", f"b/{i}.png", str(2 * i)] for i in range(8)]


def test_pairs_are_counted_with_images_classes_and_groups_and_the_rule():
    text = page(report.near_duplicate_table(_doubles(), _data())).p.get_text()
    assert text.startswith(
        f"{MARK}. 31 pairs of near-duplicates found among 17 images (hashes of 256 bits that differ in at "
        "most 30): 3 join two classes, 5 join two patients. "
    )


def test_the_names_of_the_pairs_are_folded_away():
    folded = page(report.near_duplicate_table(_doubles(), _data())).details
    assert folded.summary.get_text() == "8 pairs by name"
    assert len(cells(folded)) == 8


def test_where_groups_are_unknown_no_pair_is_said_to_join_two():
    text = page(report.near_duplicate_table(_doubles(between_groups=None), _data())).p.get_text()
    assert "30): 3 join two classes. Hashes" in text
    assert "patient" not in text
    none = page(report.near_duplicate_table(_doubles(between_groups=0), _data())).p.get_text()
    assert (
        "pairs of near-duplicates found among 17 images (hashes of 256 bits that differ in at most "
        "30): 3 join two classes, 0 join two patients"
    ) in none


def test_without_pairs_it_says_so_with_the_rule():
    none = _doubles(pairs=0, images=0, between_groups=0, between_classes=0, closest=[])
    shown = report.near_duplicate_table(none, _data(groups=9))
    assert cells(shown) == []
    assert (
        "No near-duplicates were found (hashes of 256 bits that differ in at most 30)" in shown.html
    )
    assert NOT_RULED_OUT not in shown.html
    assert NOT_RULED_OUT in report.near_duplicate_table(none, _data(groups=None)).html


# Look-alikes


def _look_alikes(**changes) -> LookAlikes:
    closest = [LookAlike(first=f"a/{i}", second=f"b/{i}", cosine=0.99 - i / 1000) for i in range(9)]
    return made_up_runs.look_alikes(
        **{"pairs": 1200, "images": 70, "between_classes": 3, "closest": closest} | changes
    )


def test_look_alikes_are_counted_and_the_first_are_listed():
    shown = report.look_alike_table(_look_alikes(), _data())
    assert columns(shown) == ["One image", "The other", "Cosine"]
    assert cells(shown) == [[f"a/{i}", f"b/{i}", f"{0.99 - i / 1000:.3f}"] for i in range(8)]
    text = page(shown).p.get_text()
    assert "1,200 pairs of look-alikes found among 70 images" in text
    assert "of at least 0.975): 3 join two classes. " in text
    assert "patient" not in text
    known = page(report.look_alike_table(_look_alikes(between_groups=5), _data())).p.get_text()
    assert "): 3 join two classes, 5 join two patients. " in known


@pytest.mark.parametrize("weights", MEASURED)
def test_beside_look_alikes_stands_what_the_search_misses(weights):
    for number in (0, 1200):
        html = report.look_alike_table(_look_alikes(pairs=number, weights=weights), _data()).html
        assert all(
            trial.name in BeautifulSoup(html, "html.parser").text for trial in MEASURED[weights]
        )


def test_a_search_that_was_not_made_is_said_with_its_reason():
    shown = report.look_alike_table(LookAlikes(hindrance="a <reason>"), _data())
    assert "were not searched for: a &lt;reason&gt;." in shown.html


# Folds


def _fold(**changes) -> FoldCounts:
    values = {
        "protocol": "published",
        "seed": 4,
        "fold": 0,
        "train": {"a": 5, "b": 3},
        "test": {"a": 1, "b": 2},
        "shared_groups": None,
        "near_duplicates": 0,
        "look_alikes": None,
    }
    return FoldCounts(**values | changes)


def _fold_table(folds: list[FoldCounts], **data) -> Block:
    return report.fold_table(folds, _data(**data), made_up_runs.grouping())


@pytest.mark.parametrize(("leak", "text"), [(0.0, "0.0 %"), (0.9957, "99.6 %")])
def test_folds_count_images_and_show_leak_and_twins(leak, text):
    folds = [
        _fold(shared_groups=leak, near_duplicates=3),
        _fold(fold=1, test={"a": 2, "b": 7}, shared_groups=leak),
    ]
    shown = _fold_table(folds)
    assert columns(shown) == ["Training", "Test", "a", "b", "Leak", "Twins"]
    assert cells(shown) == [["8", "3", "1", "2", text, "3"], ["8", "9", "2", "7", text, "0"]]


def test_of_other_seeds_the_caption_tells_how_many_images_they_test_on():
    folds = [_fold(), _fold(seed=5, test={"a": 2, "b": 7}), _fold(seed=6)]
    assert len(cells(_fold_table(folds))) == 1
    assert caption(_fold_table(folds)).endswith(
        " Seed 4; the 2 others, in splits.csv, test on 3 to 9 (published) images per fold."
    )
    assert "Seed" not in caption(_fold_table(folds[:1]))


def test_what_is_unknown_or_was_not_found_has_no_column_but_a_sentence():
    shown = _fold_table([_fold()])
    assert columns(shown) == ["Training", "Test", "a", "b"]
    assert "Which images show the same patient is not known." in caption(shown)
    assert "No test image was found to have a near-duplicate among" in caption(shown)
    searched = caption(_fold_table([_fold(look_alikes=0)]))
    assert "No test image was found to have a near-duplicate or look-alike" in searched


def test_folds_show_look_alikes_where_some_were_found():
    shown = _fold_table([_fold(look_alikes=3, near_duplicates=1), _fold(fold=1, look_alikes=0)])
    assert columns(shown)[-2:] == ["Twins", "Look-alikes"]
    assert [row[-1] for row in cells(shown)] == ["3", "0"]
    assert "Look-alikes" not in caption(_fold_table([_fold(near_duplicates=1)]))


def test_folds_of_several_protocols_are_told_apart():
    folds = [_fold(seed=1), *(_fold(protocol="grouped", seed=1, fold=fold) for fold in (0, 1))]
    shown = _fold_table(folds)
    assert columns(shown)[:3] == ["Protocol", "Fold", "Training"]
    assert [row[:2] for row in cells(shown)] == [
        ["published", "0"],
        ["grouped", "0"],
        ["grouped", "1"],
    ]
    assert caption(shown).startswith(
        f"{MARK}. Training and test images, and test images by class. One random split per seed; folds "
        "(grouped: no patient on both sides). "
    )
    page = BeautifulSoup(shown.html, "html.parser")
    plain = [cell.get_text() for cell in page.select("td:not(.number)")]
    assert plain == ["published", "grouped", "grouped"]


def test_folds_of_the_grouped_protocol_alone_are_called_so():
    shown = _fold_table([_fold(protocol="grouped")])
    assert cells(shown)[0][0] == "grouped"
    assert "random split" not in caption(shown)


def test_every_protocol_has_its_rule_in_words():
    shown = _fold_table([_fold(protocol=protocol) for protocol in PROTOCOLS])
    assert [row[0] for row in cells(shown)] == list(PROTOCOLS)
    rules = caption(shown).partition(". Training images")[0]
    assert len(rules.split("; ")) == len(PROTOCOLS)
    assert "random split per seed; the images' own split (official)" in rules


def test_the_caption_of_folds_says_what_leak_and_twins_are():
    found = _fold(shared_groups=0.5, near_duplicates=1)
    text = caption(_fold_table([found], group_noun="original photograph"))
    assert (
        "Substitute images. Training and test images, and test images by class. One random split "
        "per seed. Leak: the share of test images whose original photograph is also among the "
        "training images"
    ) in text
    assert "Twins: test images with a near-duplicate among the" in text
    assert "where known" not in text
    assert "where known" in caption(_fold_table([found], ungrouped=3))


def test_every_number_of_a_run_is_marked_as_a_number(record):
    """The check of whole reports takes the numbers of these cells and holds them against the record."""
    results = record.collect()
    shown = SimpleNamespace(
        html=report.fold_table(results.folds, results.data, results.grouping).html
        + report.near_duplicate_table(_doubles(), results.data).html
        + report.dataset_table(record.paper, results.data).html
    )
    page = BeautifulSoup(shown.html, "html.parser")
    plain = [cell.get_text() for cell in page.select("td:not(.number)")]
    assert [text for text in plain if text.isdigit()] == []
    assert len(page.select("td.number")) == 8 + 8 + 6 * 2


LONG = ("American Shorthair", "Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b>", "x")


def test_samples_take_classes_of_different_sizes(record):
    pixels = record.images.samples(per_class=3)
    pixels["basophil"] = pixels["basophil"][:1]
    shown = report.sample_figure(pixels, _data())
    assert caption(shown).startswith(f"{MARK}. Up to 3 random images per")
    assert 'alt="Sample images of basophil, eosinophil' in shown.html


def test_long_names_of_classes_leave_room_for_their_samples(figures):
    report.sample_figure(
        {name: np.zeros((8, 16, 16, 3), np.uint8) for name in LONG}, made_up.data()
    )
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    names = [text for axis in figure.axes for text in axis.texts]
    (images,) = {axis.bbox.x0 for axis in figure.axes[::8]}
    assert max(box.x1 for box in made_up.boxes(figure, names)) < images


UNMARKED = made_up.data(kind="exact")


def pair(first, second):
    return np.stack([np.full((300, 300, 3), value, np.uint8) for value in (first, second)])


def picture(shown):
    """The pixels of the embedded figure."""
    source = BeautifulSoup(shown.html, "html.parser").img["src"]
    with Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_twins_stand_one_above_the_other_in_the_order_given():
    pixels = picture(
        report.near_duplicate_figure(
            [("0 bits", pair(0, 60)), ("9 bits", pair(120, 180))], made_up.data(kind="exact")
        )
    )
    height, width, _ = pixels.shape
    quarters = [
        pixels[int(height * y), int(width * x), 0] for x in (0.25, 0.75) for y in (0.35, 0.8)
    ]
    assert quarters == pytest.approx([0, 60, 120, 180], abs=3)  # photographs lose a little


def test_twins_are_told_in_words_too():
    shown = report.near_duplicate_figure([("7 bits", pair(0, 60))], _data())
    text = caption(shown)
    assert text.startswith(f"{MARK}. Pairs of images found to show the same picture")
    assert "bits in which the hashes differ," in text
    assert BeautifulSoup(shown.html, "html.parser").img["alt"].startswith("Pairs of images")


def test_the_bits_stand_above_each_pair():
    seven, eight = (
        report.near_duplicate_figure([(title, pair(0, 60))], made_up.data(kind="exact")).html
        for title in ("7 bits", "8 bits")
    )
    assert seven != eight


def test_a_single_pair_and_eight_of_them_are_drawn():
    widths = [
        picture(
            report.near_duplicate_figure([("1 bit", pair(0, 1))] * n, made_up.data(kind="exact"))
        ).shape[1]
        for n in (1, 8)
    ]
    assert widths[1] > 5 * widths[0]


def test_without_twins_there_is_no_figure():
    assert report.near_duplicate_figure([], made_up.data()).html == ""
