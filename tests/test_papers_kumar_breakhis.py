"""The declaration of the BreakHis paper, against the published counts, the paper's text and real names."""

import re

import numpy as np
import pandas as pd
import pytest
from declarations import between, tree
from sklearn.model_selection import train_test_split

from lib.data import scan
from lib.paper import Assumed, Stated
from lib.papers import load

PAPER = load("kumar_breakhis")
# Images by magnification, Spanhol et al. 2016: benign, malignant.
PUBLISHED = {"40X": (625, 1370), "100X": (644, 1437), "200X": (623, 1390), "400X": (588, 1232)}
KAGGLE = "BreaKHis_v1/BreaKHis_v1/histology_slides/breast"


@pytest.fixture(scope="module")
def text(shared) -> str:
    return (shared / "papers" / "002_8105cfe7a4733d5c.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def coding(text) -> str:
    """The chapter CODING."""
    return between(text, "## **CODING**", "#### **RESULTS AND DISCUSSIONS**")


# Arithmetic


def test_counts_are_the_sums_over_the_four_published_magnifications():
    counts = {name: int(count.value) for name, count in PAPER.dataset.counts.items()}
    benign, malignant = (sum(column) for column in zip(*PUBLISHED.values(), strict=True))
    assert counts == {"benign": benign, "malignant": malignant}
    assert int(PAPER.dataset.total.value) == benign + malignant == 7909
    assert all(isinstance(count, Assumed) for count in PAPER.dataset.counts.values())


def test_the_share_is_the_default_of_scikit_learn():
    assert isinstance(PAPER.split.test_share, Assumed)
    _, tested = train_test_split(np.arange(200), random_state=0)
    assert len(tested) / 200 == PAPER.split.test_share.value


# The text


def test_title_and_authors_stand_in_the_text(text):
    assert f'"{PAPER.title}"' in text
    for author in PAPER.authors:
        assert author.upper() in text
    assert "SRM INSTITUTE OF SCIENCE AND TECHNOLOGY" in text
    assert "Kattankulathur" in text


def test_the_text_names_breakhis_and_no_number_of_images(text):
    assert "Common datasets include BreakHis" in between(
        text, "Data Collection:", "Model Selection"
    )
    for number in (PAPER.dataset.total, *PAPER.dataset.counts.values()):
        assert "prints no number of images" in number.reason
        grouped = f"{int(number.value):,}"
        assert not re.search(rf"\b({number.value}|{grouped})\b", text)


def test_the_text_divides_without_a_size_and_without_strata(coding):
    assert PAPER.split.stratified == Stated(False, "CODING: train_test_split without stratify")
    call = coding[coding.index("train\\_test\\_split(") : coding.index("train\\_ds")]
    assert "random\\_state=SEED" in call
    assert "stratify" not in call
    assert "size" not in call


def test_the_text_leaves_the_size_of_its_images_open(text, coding):
    assert isinstance(PAPER.dataset.side, Assumed)
    assert PAPER.dataset.side.value == 224  # of VGG16, MobileNetV3 and ResNet50V2 alike
    assert "shape=(IMG_SIZE, IMG_SIZE, 3)" in coding
    assert str(PAPER.dataset.side.value) not in text


def test_the_accuracies_told_in_brief_are_those_of_table_2(text):
    (row,) = re.findall(r"^Accuracy\t(\S+)\t(\S+)\t(\S+)", text, re.M)
    assert row == ("0.875389", "0.811526", "0.858255")
    for accuracy in row:
        assert f"{100 * float(accuracy):.1f} %" in PAPER.in_brief


# The files


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("SOB_B_A-14-22549AB-40-001.png", "22549"),
        ("SOB_B_A-14-29960CD-200-007.png", "29960"),
        ("SOB_B_F-14-14134E-100-030.png", "14134"),
        ("SOB_B_PT-14-29315EF-400-012.png", "29315"),
        ("SOB_B_TA-14-13200-40-003.png", "13200"),
        ("SOB_M_DC-14-18842D-200-001.png", "18842"),
        ("SOB_M_DC-14-18842-200-001.png", "18842"),
        ("SOB_M_LC-14-13412-100-009.png", "13412"),
        ("SOB_M_DC-14-13412-100-009.png", "13412"),
        ("SOB_M_MC-14-13418DE-400-014.png", "13418"),
        ("SOB_M_PC-14-15687B-40-002.png", "15687"),
        ("SOB_M_PC-14-9146-40-002.png", "9146"),
        ("SOB_B_A_14-22549AB.png", None),  # a slide's folder, not an image
        ("xSOB_B_A-14-22549AB-40-001.png", None),
        ("SOB_N_A-14-22549AB-40-001.png", None),
        ("1.png", None),
    ],
)
def test_a_name_tells_the_case(name, case):
    found = re.search(PAPER.dataset.group, name)
    assert (found and found[1]) == case


# As the archive of Kaggle unpacks: three images of two benign cases, five of two malignant ones.
SLIDES = (
    "benign/SOB/adenosis/SOB_B_A_14-22549AB/40X/SOB_B_A-14-22549AB-40-001.png",
    "benign/SOB/adenosis/SOB_B_A_14-22549AB/400X/SOB_B_A-14-22549AB-400-001.png",
    "benign/SOB/fibroadenoma/SOB_B_F_14-14134/100X/SOB_B_F-14-14134-100-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-13412/40X/SOB_M_DC-14-13412-40-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-18842/40X/SOB_M_DC-14-18842-40-001.png",
    "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-18842D/200X/SOB_M_DC-14-18842D-200-001.png",
    "malignant/SOB/lobular_carcinoma/SOB_M_LC_14-13412/40X/SOB_M_LC-14-13412-40-001.png",
    "malignant/SOB/lobular_carcinoma/SOB_M_LC_14-13412/100X/SOB_M_LC-14-13412-100-002.png",
)


def test_the_archive_of_kaggle_is_read_by_class_and_case(tmp_path):
    root = tree(
        tmp_path, *(f"{KAGGLE}/{path}" for path in SLIDES), "Folds.csv", f"{KAGGLE}/README.txt"
    )
    found = scan(PAPER, root)
    assert found.root == root / KAGGLE
    files = found.files.set_index("path")
    assert sorted(files.index) == sorted(SLIDES)
    assert files.loc[list(SLIDES), "label"].tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert files.loc[list(SLIDES), "group"].tolist() == [
        *("22549", "22549", "14134"),
        *("13412", "18842", "18842", "13412", "13412"),
    ]
    assert set(files["part"]) == {""}
    assert found.rejected.empty


@pytest.mark.parametrize("folders", [("benign", "malignant"), ("Benign", "MALIGNANT"), ("B", "M")])
def test_flat_folders_are_read_too(tmp_path, folders):
    names = ("SOB_B_A-14-22549AB-40-001.png", "SOB_M_DC-14-18842D-200-001.png")
    root = tree(tmp_path, *(f"{one}/{name}" for one, name in zip(folders, names, strict=True)))
    files = scan(PAPER, root).files
    assert files["label"].tolist() == [0, 1]
    assert files["group"].tolist() == ["22549", "18842"]


def test_real_images_have_the_case_of_their_table(shared):
    folder = shared / "data" / PAPER.slug / "breakhis_200x_part"
    files = scan(PAPER, folder).files.set_index("path")
    table = pd.read_csv(folder / "labels.csv", dtype=str).set_index("file")
    assert len(files) == len(table) == 839
    assert files["label"].value_counts().to_dict() == {0: 202, 1: 637}
    assert files["group"].to_dict() == table["case_number"].to_dict()
