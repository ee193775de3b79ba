"""What names say: of folders, of files, of split levels."""

import pytest

from lib import papers
from lib.datasets.names import (
    Meaning,
    file_class,
    first_words,
    folder_class,
    mask_of,
    plain_name,
    sibling_classes,
    split_level,
)
from lib.papers.declare import Paper


@pytest.fixture(scope="module")
def cats() -> Paper:
    """Two of its breeds have a stand-in, and several names are of two words."""
    return papers.load("sulistiana_cat_breeds")


@pytest.fixture(scope="module")
def films() -> Paper:
    """Benign, malignant, normal."""
    return papers.load("hulu_breast_mammography")


def test_names_are_compared_without_case_spaces_underscores_and_hyphens():
    assert plain_name(" Sphynx - Hairless_Cat\t") == "sphynxhairlesscat"
    assert plain_name("bas.ophil+2") == "bas.ophil+2"


# Split levels


@pytest.mark.parametrize(
    ("level", "names"),
    [
        (
            "train",
            ["train", "Training", "Train_set", "train_images", "TrainSet", "01-training data"],
        ),
        ("test", ["TEST", "testing", "Test set", "test-images", "images_test", "2. test (20 %)"]),
        ("val", ["val", "Valid", "VALIDATION", "validation_dataset"]),
        (
            "",
            ["trainee", "TEST_SIMPLE", "latest", "contest", "train and test", "data", "images", ""],
        ),
    ],
)
def test_a_name_is_a_split_level_by_itself_or_with_what_goes_without_saying(level, names):
    assert [split_level(name) for name in names] == [level] * len(names)


# Folders


@pytest.mark.parametrize(
    "name",
    [
        "0_basophil",
        "1. Basophil",
        "basophil (700)",
        "basophil [n=24]",
        "basophil-133",
        "03 BAS",
        "4BA",
    ],
)
def test_a_number_and_a_count_beside_a_class_do_not_matter(paper, name):
    assert folder_class(paper, name) == Meaning(0, False)


@pytest.mark.parametrize("name", ["basophilia", "bas.ophil", "b", "neubas", "0", "(700)", ""])
def test_what_only_resembles_a_class_is_none(paper, name):
    assert folder_class(paper, name) is None


def test_a_stand_in_is_told_apart_from_the_class_itself(cats):
    assert folder_class(cats, "2_British_Shorthair") == Meaning(3, True)
    assert folder_class(cats, "Scottish Fold") == Meaning(3, False)


def _labels(paper: Paper, *names: str) -> dict[str, int]:
    return {name: meaning.label for name, meaning in sibling_classes(paper, names).items()}


def test_among_siblings_a_name_that_holds_the_missing_class_is_that_class(films):
    names = ("benign", "Malignant cases (DDSM)", "normal breast tissue", "masks")
    assert _labels(films, *names) == {names[0]: 0, names[1]: 1, names[2]: 2}


@pytest.mark.parametrize(
    "names",
    [
        ("benign", "malignant", "normal tissue a", "normal tissue b"),  # two for one
        ("benign", "malignant", "normal or benign"),  # two classes in one name
        ("benign", "malignant", "no normal tissue"),  # the contrary
        ("benign", "malignant", "abnormal"),  # no whole word
    ],
)
def test_a_name_that_leaves_a_doubt_is_no_class(films, names):
    assert _labels(films, *names) == {"benign": 0, "malignant": 1}


def test_names_that_hold_a_class_do_not_count_while_another_class_is_missing():
    """Folders of several sources are wrappers, whatever word stands in their names."""
    violina = papers.load("violina_blood_cancer")
    assert _labels(violina, "normal_kaggle_64", "aml_lmu_thumbs") == {}


def test_beside_a_folder_of_the_class_itself_a_name_that_holds_it_is_none(films):
    names = ("benign", "malignant", "normal", "benign masks")
    assert _labels(films, *names) == {"benign": 0, "malignant": 1, "normal": 2}


def test_short_aliases_do_not_count_among_other_words(paper):
    names = ("basophil", "eosinophil", "lymphocyte", "neutrophil", "sheet MO of 5")
    assert 3 not in _labels(paper, *names).values()


# Files


@pytest.mark.parametrize(
    ("stem", "meaning"),
    [
        ("Maine_Coon_101", Meaning(1, False)),
        ("maine coon (3)", Meaning(1, False)),
        ("MaineCoon12", Meaning(1, False)),
        ("007-Persian", Meaning(2, False)),
        ("Birman_5", Meaning(0, True)),
        ("British_Shorthair_101", Meaning(3, True)),
        ("Maine_1", None),
        ("Sphynxes_1", None),
        ("my Sphynx", None),
        ("Sphynx_and_Persian_1", None),
        ("Abyssinian_1", None),
        ("101", None),
    ],
)
def test_a_file_is_of_the_class_whose_whole_name_begins_its_own(cats, stem, meaning):
    assert file_class(cats, stem) == meaning


@pytest.mark.parametrize("stem", ["normal_12", "non_normal_12"])
def test_a_class_that_is_denied_is_none(films, stem):
    assert file_class(films, stem) == (Meaning(2, False) if stem == "normal_12" else None)


@pytest.mark.parametrize(
    ("stem", "words"),
    [("Egyptian_Mau_167", "Egyptian_Mau"), ("_0_1616", "_0_1616"), ("12 pug-3 b", "pug")],
)
def test_the_first_words_end_at_a_number(stem, words):
    assert first_words(stem) == words


# Masks


@pytest.mark.parametrize(
    ("stem", "image"),
    [
        ("benign (100)_mask", "benign (100)"),  # BUSI
        ("benign (100)_mask_1", "benign (100)"),
        ("ISIC_0000000_segmentation", "ISIC_0000000"),
        ("a b-GT", "a b"),
        ("a_seg2", "a"),
        ("a_mask_mask", "a_mask"),
        ("mask", ""),
        ("_mask", ""),
        ("unmask", ""),
        ("a_masked", ""),
        ("a_1", ""),
        ("mask_a", ""),
    ],
)
def test_a_masks_name_tells_its_images(stem, image):
    assert mask_of(stem) == image
