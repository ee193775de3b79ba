"""What a paper's images should be, and what is found of them, told in words."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import papers, phantoms, storage
from lib.datasets import DataError, listing, load, scan
from lib.datasets.folder import content_hash, own_folder
from lib.papers.declare import Paper
from lib.settings import resolve

KUNCORO, VIOLINA = "kuncoro_white_blood_cells", "violina_blood_cancer"


def _expected(slug: str) -> list[tuple[str, str]]:
    return list(listing.expected_lines(papers.load(slug)))


def _found(paper: Paper, folder: Path | str) -> list[tuple[str, str]]:
    return list(listing.found_lines(paper, str(folder)))


def _texts(lines: list[tuple[str, str]]) -> list[str]:
    return [text for _, text in lines]


def _all(lines: list[tuple[str, str]], heading: str) -> list[str]:
    return [text for name, text in lines if name == heading]


def _broken(folder: Path, number: int) -> None:
    for count in range(number):
        (folder / "basophil" / f"broken_{count}.png").write_bytes(b"\x89PNG")


# What is expected


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_source_has_its_address_licence_and_citation(slug):
    sources = papers.load(slug).dataset.sources
    told = _expected(slug)
    assert len(_all(told, "source")) == len(sources)
    for source in sources:
        place = next(i for i, (_, text) in enumerate(told) if text.startswith(source.title))
        assert told[place][0] == "source"
        assert told[place + 1 : place + 3] == [
            ("", source.address),
            ("", f"licence: {source.licence}; cite: {source.citation}"),
        ]


def test_a_source_of_some_classes_only_says_which():
    aml, kaggle = _all(_expected(VIOLINA), "source")
    assert aml.endswith(" (gives cancer)")
    assert kaggle.endswith(" (gives normal)")
    assert "gives" not in _all(_expected(KUNCORO), "source")[0]


def test_counts_are_as_printed_class_by_class():
    assert _all(_expected(KUNCORO), "expected") == [
        "basophil 700, eosinophil 700, lymphocyte 700, monocyte 700, neutrophil 700"
    ]
    assert _all(_expected("hulu_breast_mammography"), "expected") == [
        "benign 133, malignant 137, normal 261"
    ]


@pytest.mark.parametrize("slug", papers.slugs())
def test_counts_that_are_not_all_printed_are_said_to_be_so(slug):
    assumed = slug in (KUNCORO, "hulu_breast_mammography", "kumar_breakhis")
    assert ("not all of them printed in the paper" in _texts(_expected(slug))) == assumed


@pytest.mark.parametrize(
    ("slug", "rule"),
    [
        (KUNCORO, "original photograph: groups.csv; file names"),
        (
            "hulu_breast_mammography",
            "patient: groups.csv; *_case_description_train_set.csv, column patient_id; "
            "*_case_description_test_set.csv, column patient_id; pairs of consecutive films",
        ),
        ("kumar_breakhis", "patient: groups.csv; file names"),
        ("sulistiana_cat_breeds", "groups.csv only"),
        (VIOLINA, "original photograph: groups.csv; a shipped table of Kaggle paultimothymooney/"),
    ],
)
def test_it_is_told_what_gives_an_image_its_group(slug, rule):
    (told,) = _all(_expected(slug), "groups")
    assert told.startswith(rule)


# Nothing found


def test_without_images_the_way_to_get_them_is_told(paper):
    assert _found(paper, "auto") == [
        (
            "found",
            f"nothing in data/{paper.slug}/: runs draw images instead",
        ),
        ("", f"`python -m lib data fetch {paper.slug}` downloads it"),
    ]


def test_of_several_sources_it_is_told_which_is_downloaded_and_which_is_not(paper):
    source = paper.dataset.sources[0]
    fetched = replace(source, title="K", kaggle="a/b", classes=("basophil", "monocyte"))
    by_hand = replace(source, title="H", kaggle="", classes=("neutrophil",))
    both = replace(paper, dataset=replace(paper.dataset, sources=(by_hand, fetched)))
    _, download, rest = _texts(_found(both, "auto"))
    assert download.endswith("downloads K (basophil and monocyte)")
    assert rest.endswith("by hand: H (neutrophil)")


def test_what_cannot_be_fetched_is_not_offered(paper):
    by_hand = replace(paper.dataset.sources[0], kaggle="")
    other = replace(paper, dataset=replace(paper.dataset, sources=(by_hand,)))
    assert _found(other, "auto") == [
        ("found", f"nothing in data/{paper.slug}/: runs draw images instead"),
        ("", f"put there by hand: {by_hand.title} (all classes)"),
    ]


# Something found


def test_images_are_decoded_as_runs_will_so_that_a_run_finds_them_ready(paper, make_folder):
    folder = make_folder()
    _found(paper, folder)
    assert len(_stores()) == 1
    load(paper, folder, resolve(paper, "paper").image_size)
    assert len(_stores()) == 1


def _stores() -> list[Path]:
    return list(storage.store().iterdir())


def test_a_paper_of_several_arms_is_looked_at_in_the_size_they_share(make_folder):
    paper = papers.load("kumar_breakhis")
    folder = make_folder()
    for old, new in zip(sorted(folder.iterdir())[:2], paper.class_names, strict=True):
        old.rename(folder / new)
    _found(paper, folder)
    load(paper, folder, resolve(paper, "paper").image_size)
    assert len(_stores()) == 1


def test_the_size_is_that_of_the_arms_not_the_one_that_phantoms_are_drawn_in(paper, make_folder):
    assert paper.dataset.side.value != paper.arms[0].recipe.image_size.value
    folder = make_folder()
    _found(paper, folder)
    load(paper, folder, paper.dataset.side.value)
    assert len(_stores()) == 2


def test_the_first_lines_tell_place_kind_number_size_and_counts(paper, make_folder):
    folder = make_folder(counts=dict(zip(paper.class_names, (1, 2, 3, 4, 5), strict=True)))
    megabytes = sum(path.stat().st_size for path in folder.rglob("*.png")) / 1e6
    lines = _found(paper, folder)
    assert lines[0] == (
        "found",
        f"{folder}: substitute, 15 images, 8 × 8 pixels, PNG 15, {megabytes:.1f} MB",
    )
    assert lines[1] == ("", "basophil 1, eosinophil 2, lymphocyte 3, monocyte 4, neutrophil 5")
    assert lines[2] == ("", "class read from folder (15)")


def test_the_papers_own_folder_is_looked_into(paper, make_folder):
    own_folder(paper).parent.mkdir(parents=True)
    make_folder().rename(own_folder(paper))
    assert _found(paper, "auto")[0][1].startswith(f"{own_folder(paper)}: substitute, 15 images")


def test_scaled_files_and_faint_images_are_told(paper, make_folder):
    folder, shape = make_folder(), (8, 8)
    assert _all(_found(paper, folder), "warning") == []
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        Image.fromarray((np.arange(64) % 9 + number).astype(np.uint8).reshape(shape)).save(path)
    (warning,) = _all(_found(paper, folder), "warning")
    assert "between 0 and 22" in warning
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(shape)).save(path)
    scaled = "1 file (16-bit PNG): values from 0 to 63 became"
    assert any(text.startswith(scaled) for text in _texts(_found(paper, folder)))


def test_sizes_range_from_the_smallest_to_the_largest_side(paper, make_folder):
    folder = make_folder()
    Image.linear_gradient("L").resize((30, 7)).save(folder / "basophil" / "wide.png")
    assert ", 8 × 7 to 30 × 8 pixels, " in _found(paper, folder)[0][1]
    Image.linear_gradient("L").resize((5, 90)).save(folder / "monocyte" / "high.png")
    assert ", 5 × 7 to 30 × 90 pixels, " in _found(paper, folder)[0][1]


def test_megabytes_are_those_of_the_accepted_files(paper, make_folder):
    folder = make_folder(per_class=1)
    Image.effect_noise((1000, 1000), 90).convert("RGB").save(folder / "basophil" / "big.bmp")
    shutil.copy(folder / "basophil" / "big.bmp", folder / "basophil" / "same.bmp")
    (told,) = _all(_found(paper, folder), "found")
    assert told.endswith(", 3.0 MB")


def test_only_accepted_images_are_counted_and_measured(paper, make_folder):
    folder = make_folder()
    _broken(folder, 2)
    lines = _found(paper, folder)
    assert "15 images, 8 × 8 pixels" in lines[0][1]
    assert lines[1][1].startswith("basophil 3, ")


def test_phantoms_are_called_phantoms(paper):
    lines = _found(paper, phantoms.folder(paper, 1))
    assert "phantom, 5 images, 84 × 84 pixels" in lines[0][1]


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("image_{number}", "groups unknown"),
        (
            "BloodImage_{number:05d}_{label}",
            "3 groups (original photograph), known from file names (BCCD names every ",
        ),
    ],
)
def test_groups_are_counted_or_said_to_be_unknown(paper, make_folder, stem, told):
    _, *texts = _texts(
        _found(paper, make_folder(stem=stem))
    )  # the first names the test's own folder
    (line,) = (text for text in texts if "group" in text)
    assert line.startswith(told)


def test_images_without_a_group_among_others_are_counted(paper, make_folder):
    folder = make_folder(stem="BloodImage_{number:05d}_{label}")
    for label, name in enumerate(paper.class_names[:2]):
        picture = Image.linear_gradient("L").rotate(90 * label)
        picture.save(folder / name / "from elsewhere.png")
    (line,) = (text for text in _texts(_found(paper, folder)) if "groups" in text)
    assert line.startswith("5 groups (original photograph), known from")
    assert line.endswith(", unknown for 2 images")


def test_an_official_split_is_counted_by_part(paper, make_folder):
    folder = make_folder("set/train", per_class=3).parent
    make_folder("set/TEST", per_class=2, size=9)
    texts = _texts(_found(paper, folder))
    assert "official split: train 15, test 10" in texts
    shutil.rmtree(folder / "train")
    (told,) = (text for text in _texts(_found(paper, folder)) if text.startswith("official split"))
    assert told.startswith("official split: test 10; none in train/")
    assert not any("official" in text for text in _texts(_found(paper, make_folder()))[1:])


def test_a_stand_in_is_named(make_folder):
    cats = papers.load("sulistiana_cat_breeds")
    names = ("Birman", "Maine_Coon", "Persian", "Scottish Fold", "sphynx")
    folder = make_folder()
    for old, new in zip(sorted(folder.iterdir()), names, strict=True):
        old.rename(folder / new)
    texts = _texts(_found(cats, folder))
    assert "Birman stands in for American Curl" in texts
    assert sum("stands in" in text for text in texts[1:]) == 1


def test_the_hash_is_the_one_that_a_manifest_compares(paper, make_folder):
    folder = make_folder()
    (told,) = _all(_found(paper, folder), "contents")
    assert told.startswith(f"{content_hash(scan(paper, folder).files)} (SHA-256")


# Rejected files


@pytest.mark.parametrize(("broken", "more"), [(2, 0), (3, 0), (5, 2)])
def test_the_first_rejected_files_are_named_with_their_reasons(paper, make_folder, broken, more):
    folder = make_folder()
    _broken(folder, broken)
    lines = _found(paper, folder)
    told = _all(lines, "rejected")
    assert len(told) == min(broken, 3)
    assert all(
        text.startswith(f"basophil/broken_{number}.png: not an image")
        for number, text in enumerate(told)
    )
    rest = [text for text in _texts(lines) if text.startswith("and ")]
    assert rest == [f"and {more} more: `python -m lib data show {paper.slug}`"] * bool(more)


def test_a_set_of_which_most_is_rejected_is_shown_all_the_same(paper, make_folder):
    """A run would stop, which is said first; a look should tell what is wrong."""
    folder = make_folder()
    _broken(folder, 30)
    lines = _found(paper, folder)
    assert lines[0][0] == "unusable"
    assert "67 % of the image files (30 of 45) cannot be used" in lines[0][1]
    assert "15 images" in lines[1][1]


def test_a_set_without_one_readable_file_is_shown_all_the_same(paper, make_folder):
    folder = make_folder()
    for path in folder.rglob("*.png"):
        path.write_bytes(b"no image " + path.as_posix().encode())
    lines = _found(paper, folder)
    assert lines[0][0] == "unusable"
    assert "substitute, 0 images, none readable" in lines[1][1]


def test_a_useless_folder_is_an_error(paper, tmp_path):
    with pytest.raises(DataError, match="should hold images of every class"):
        _found(paper, tmp_path)
    with pytest.raises(DataError, match="not there"):
        _found(paper, tmp_path / "nowhere")


# Real sets


@pytest.mark.parametrize(
    ("path", "images", "told"),
    [
        ("hulu_breast_mammography/mini_mias", 322, "161 groups (patient), known from pairs of "),
        ("sulistiana_cat_breeds/oxford_pet_standin", 500, "Birman stands in for American Curl"),
        (
            "kuncoro_white_blood_cells/bccd_originals",
            351,
            "351 groups (original photograph), known",
        ),
    ],
)
def test_real_sets_are_told_as_their_descriptions_do(shared, path, images, told):
    lines = _found(papers.load(path.split("/")[0]), shared / "data" / path)
    assert f": substitute, {images} images, " in lines[0][1]
    assert any(text.startswith(told) for text in _texts(lines))
