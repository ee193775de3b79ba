"""The real sets of ../shared, read by the general rules and the papers' declarations alone."""

import csv
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from lib import papers
from lib.datasets import (
    DataError,
    ImageSet,
    SplitError,
    load,
    near_duplicates,
    scan,
    split_grouped,
    split_official,
    split_published,
)
from lib.datasets.duplicates import LIMIT
from lib.evidence.subgroups import attribute_values


@pytest.fixture(scope="module")
def real(shared: Path) -> Callable[..., ImageSet]:
    """Loads a set of ../shared/data, or a folder elsewhere, once for all tests that look at it."""

    @cache
    def loaded(slug: str, name: str | Path, size: int = 32) -> ImageSet:
        return load(papers.load(slug), shared / "data" / slug / name, size)

    return loaded


def _told(slug: str, images: ImageSet) -> dict[str, dict[str, str]]:
    """What the paths of a set tell, by attribute."""
    return attribute_values(papers.load(slug).dataset.subgroups, images.table["path"])


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


# hulu_breast_mammography


def test_the_mammograms_count_by_class(real):
    images = real("hulu_breast_mammography", "mini_mias")
    assert images.count() == {"benign": 63, "malignant": 52, "normal": 207}
    assert images.rejected.empty


def test_each_woman_has_two_mammograms_those_of_the_table(real, shared):
    images = real("hulu_breast_mammography", "mini_mias")
    table = _rows(shared / "data/hulu_breast_mammography/mini_mias/labels.csv")
    patients = {row["file"]: row["patient"] for row in table}
    told = zip(images.groups, images.table["path"], strict=True)
    assert len({(group, patients[Path(path).stem]) for group, path in told}) == 161
    assert Counter(Counter(images.groups).values()) == {2: 161}
    assert (images.ungrouped, images.summary().group_noun) == (0, "patient")


def test_the_number_of_a_mammogram_tells_the_breast_of_the_table(real, shared):
    images = real("hulu_breast_mammography", "mini_mias")
    table = _rows(shared / "data/hulu_breast_mammography/mini_mias/labels.csv")
    known = {row["file"]: {"L": "left", "R": "right"}[row["laterality"]] for row in table}
    found = _told("hulu_breast_mammography", images)["laterality"]
    assert {Path(path).stem: side for path, side in found.items()} == known


# kumar_breakhis


def test_the_tissue_images_count_by_class(real):
    images = real("kumar_breakhis", "breakhis_200x_part")
    assert images.count() == {"benign": 202, "malignant": 637}
    assert images.rejected.empty


def test_the_cases_in_the_names_are_those_of_the_table(real, shared):
    images = real("kumar_breakhis", "breakhis_200x_part")
    table = _rows(shared / "data/kumar_breakhis/breakhis_200x_part/labels.csv")
    cases = {row["file"]: row["case_number"] for row in table}
    assert dict(zip(images.table["path"], images.groups, strict=True)) == cases
    assert images.summary().groups == 44


def test_tumour_type_and_magnification_in_the_names_are_those_of_the_table(real, shared):
    images = real("kumar_breakhis", "breakhis_200x_part")
    table = _rows(shared / "data/kumar_breakhis/breakhis_200x_part/labels.csv")
    types, zooms = papers.load("kumar_breakhis").dataset.subgroups[::-1]
    found = _told("kumar_breakhis", images)
    known = {row["file"]: types.labels[row["subtype"].lower()] for row in table}
    assert found["tumour type"] == known
    assert len(set(known.values())) == 8
    assert found["magnification"] == {
        row["file"]: zooms.labels[row["magnification"]] for row in table
    }


# violina_blood_cancer

VIOLINA = "violina_blood_cancer"


@pytest.fixture(scope="module")
def blood(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two collections that the paper combines, side by side in one folder."""
    folder = tmp_path_factory.mktemp("blood")
    for name in ("normal_kaggle_64", "aml_lmu_thumbs"):
        (folder / name).symlink_to(shared / "data" / VIOLINA / name)
    return folder


def test_the_two_collections_of_blood_cells_make_one_set(real, blood):
    images = real(VIOLINA, blood)
    assert images.count() == {"normal": 12444, "cancer": 298}
    assert images.rejected.empty
    of_class = dict(zip(images.table["path"].str.split("/").str[0], images.labels, strict=True))
    assert of_class == {"normal_kaggle_64": 0, "aml_lmu_thumbs": 1}


def test_the_parts_are_those_of_the_kaggle_set(real, blood):
    images = real(VIOLINA, blood)
    assert images.summary().parts == {"train": 9957, "test": 2487}
    assert set(images.table["part"][images.labels == 1]) == {""}
    with pytest.raises(SplitError, match="298 of cancer are not"):
        split_official(images, seeds=(0,))


def test_every_copy_of_a_cell_knows_its_photograph(real, blood, shared):
    images = real(VIOLINA, blood)
    table = _rows(shared / "data" / VIOLINA / "normal_kaggle_64" / "augmented_to_original.csv")
    originals = {(row["split"], row["class"], Path(row["file"]).stem): row for row in table}
    normal = images.table[images.labels == 0]
    for path, group in zip(normal["path"], normal["group"], strict=True):
        level, kind, name = Path(path).parts[-3:]
        assert f"{group}.jpg" == originals[level, kind, Path(name).stem]["original"]
    assert normal["group"].nunique() == 348


def test_cells_of_leukaemia_are_groups_of_their_own(real, blood):
    images = real(VIOLINA, blood)
    cancer = images.table[images.labels == 1]
    assert cancer["group"].tolist() == cancer["path"].tolist()
    assert (images.ungrouped, images.summary().groups) == (298, 348 + 298)


def test_the_folder_of_a_cell_tells_its_kind(real, blood):
    (found,) = _told(VIOLINA, real(VIOLINA, blood)).values()
    assert Counter(found.values()) == {
        "eosinophil": 3120,
        "lymphocyte": 3103,
        "monocyte": 3098,
        "neutrophil": 3123,
        "eosinophil (EOS)": 59,
        "typical lymphocyte (LYT)": 59,
        "monocyte (MON)": 60,
        "myeloblast (MYO)": 60,
        "segmented neutrophil (NGS)": 60,
    }


@pytest.mark.parametrize(
    ("name", "missing"), [("aml_lmu_thumbs", "normal"), ("normal_kaggle_64", "cancer")]
)
def test_one_collection_alone_lacks_the_other_class(shared, name, missing):
    with pytest.raises(DataError, match=f"found none of {missing} "):
        scan(papers.load(VIOLINA), shared / "data" / VIOLINA / name)


# kuncoro_white_blood_cells

KUNCORO = "kuncoro_white_blood_cells"


def test_the_lookalike_is_complete_but_for_one_file_that_is_there_twice(real):
    images = real(KUNCORO, "bccd_lookalike")
    assert sum(images.count().values()) == 3499
    assert set(images.count().values()) == {699, 700}
    (reason,) = images.rejected["reason"]
    assert reason.startswith("byte for byte the same as ")


def test_the_lookalike_has_the_351_photographs_it_was_made_from(real):
    images = real(KUNCORO, "bccd_lookalike")
    assert images.summary().groups == 351
    assert images.ungrouped == 0
    originals = real(KUNCORO, "bccd_originals")
    assert set(images.groups) == set(originals.groups)
    assert len(set(originals.groups)) == len(originals) == 351


def test_three_photographs_of_basophils_allow_three_folds(real):
    images = real(KUNCORO, "bccd_lookalike")
    with pytest.raises(SplitError, match=r"basophil has 3 \((699|700) images\)"):
        split_grouped(images, images.groups, folds=4, seeds=(0,))
    assert [
        one.shared_groups(images)
        for one in split_grouped(images, images.groups, folds=3, seeds=(0,))
    ] == [0, 0, 0]
    (leaky,) = split_published(images, test_share=0.2, stratified=False, seeds=(0,))
    assert leaky.shared_groups(images) > 0.9


@pytest.mark.parametrize(
    ("name", "counts"),
    [("bccd_originals", [3, 88, 33, 20, 207]), ("pbc", [300, 300, 300, 300, 300])],
)
def test_the_other_white_cells_count_by_class(real, name, counts):
    images = real(KUNCORO, name)
    assert list(images.count().values()) == counts
    assert images.rejected.empty


def test_cells_from_barcelona_have_no_groups(real):
    assert real(KUNCORO, "pbc").summary().groups is None


def test_only_names_from_barcelona_tell_the_nucleus_of_a_neutrophil(real):
    (found,) = _told(KUNCORO, real(KUNCORO, "pbc")).values()
    assert Counter(found.values()) == {"band": 153, "segmented": 142}
    assert {Path(path).parent.name for path in found} == {"neutrophil"}
    assert _told(KUNCORO, real(KUNCORO, "bccd_originals")) == {"nucleus of neutrophils": {}}


# sulistiana_cat_breeds


def test_two_breeds_are_stood_in_for_by_others(real):
    images = real("sulistiana_cat_breeds", "oxford_pet_standin")
    assert set(images.count().values()) == {100}
    assert images.rejected.empty
    assert images.summary().stand_ins == {
        "American Curl": ["Birman"],
        "Scottish Fold": ["British_Shorthair"],
    }


def test_the_official_split_of_the_cats_is_80_to_20_a_breed(real):
    images = real("sulistiana_cat_breeds", "oxford_pet_standin")
    (fold,) = split_official(images, seeds=(0,))
    assert set(images.count(fold.train).values()) == {80}
    assert set(images.count(fold.test).values()) == {20}


# Near-duplicates


def test_no_two_cats_are_the_same_picture(real):
    images = real("sulistiana_cat_breeds", "oxford_pet_standin", 96)
    assert near_duplicates(images, limit=2 * LIMIT).pairs.empty  # far from it


def test_some_cells_of_bccd_stand_in_two_photographs(real):
    images = real(KUNCORO, "bccd_originals", 96)
    summary = near_duplicates(images).summary(images)
    assert 8 <= summary.between_groups <= 12  # twelve cells are there twice
    assert summary.between_groups == summary.pairs
    assert len(summary.closest) == summary.pairs
