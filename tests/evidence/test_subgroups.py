"""Subgroups: what paths tell, scores counted by hand, and what the papers declare."""

from dataclasses import replace

import made_up_paper as made_up
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from lib import papers
from lib.evaluation import intervals
from lib.evidence.subgroups import attribute_values, subgroup_scores
from lib.papers.declare import Attribute, Paper

ZOOM = Attribute(
    name="zoom", pattern=r"-(\d+)x", labels={"40": "40×", "100": "100×"}, where="names"
)
SIDE = Attribute(name="side", pattern=r"^(?:.*/)?([LR])-", labels={"l": "left"}, where="names")


def paper(*attributes: Attribute) -> Paper:
    made = made_up.paper()
    return replace(made, dataset=replace(made.dataset, subgroups=attributes))


def answers(*rows: str, **changes) -> pd.DataFrame:
    """One row an image, "seed path group predicted"; all are cats. "-" is no group."""
    table = pd.DataFrame(
        [row.split() for row in rows], columns=["seed", "path", "group", "predicted"]
    )
    table = table.assign(seed=table["seed"].astype(int), group=table["group"].replace("-", ""))
    fixed = {"arm": "net", "protocol": "published", "fold": 0, "part": "test", "true": "cat"}
    return table.assign(**fixed | changes)


# Seed 0: 2 of 3 right at 40×, 1 of 2 at 100×.  Seed 1: 1 of 1 right at 40×, none at 100×.
ROWS = (
    *("0 a-40x.png - cat", "0 b-40x.png - cat", "0 c-40x.png - dog"),
    *("0 d-100x.png - cat", "0 e-100x.png - dog", "1 a-40x.png - cat"),
)


# What paths tell


def test_a_path_tells_its_value_in_words_or_as_it_stands_there_or_nothing():
    paths = ["cat/L-1-40x.png", "cat/r-2-60x.png", "R-3.png"]
    assert attribute_values((ZOOM, SIDE), paths) == {
        "zoom": {"cat/L-1-40x.png": "40×", "cat/r-2-60x.png": "60"},
        "side": {"cat/L-1-40x.png": "left", "R-3.png": "R"},
    }


def test_without_attributes_nothing_is_known():
    assert attribute_values((), ["a-40x.png"]) == {}
    assert subgroup_scores(made_up.paper(), answers(*ROWS), "patient") == []


# Scores


def test_each_value_is_scored_on_its_own_images():
    low, high = subgroup_scores(paper(ZOOM), answers(*ROWS), "patient")
    assert [(one.name, one.value, one.images, one.groups) for one in (low, high)] == [
        ("zoom", "40×", 3, None),
        ("zoom", "100×", 2, None),
    ]
    assert low.accuracy.per_seed == [pytest.approx(2 / 3), 1.0]
    assert low.accuracy.mean == pytest.approx(5 / 6)


def test_a_seed_that_tested_no_image_of_a_value_is_left_out_of_it():
    _, high = subgroup_scores(paper(ZOOM), answers(*ROWS), "patient")
    assert (high.accuracy.per_seed, high.accuracy.sd) == ([0.5], None)
    wilson = proportion_confint(1, 2, method="wilson")
    assert (high.accuracy.low, high.accuracy.high) == pytest.approx(wilson)


def test_groups_are_counted_once_and_resampled_whole():
    rows = [f"{seed} {n}-{40 * (1 + n % 2)}x.png P{n // 4} {'cat' if n % 3 else 'dog'}"
            for seed in (0, 1) for n in range(16)]  # fmt: skip
    table = answers(*rows)
    low, high = subgroup_scores(paper(ZOOM), table, "patient")
    assert (low.value, low.images, low.groups) == ("40×", 8, 4)
    assert (high.value, high.images, high.groups) == ("80", 8, 4)
    forty = table[table["path"].str.contains("-40x")]
    assert low.accuracy == intervals.accuracy_score("net", "published", forty, "patient")
    assert low.accuracy.method.startswith("too few patients: ")


def test_every_arm_and_protocol_has_its_own_score():
    tables = [
        answers(*ROWS, arm="b"),
        answers(*ROWS, arm="b", protocol="grouped", predicted="cat"),
        answers(*ROWS, arm="a", predicted="dog"),
    ]
    found = subgroup_scores(paper(ZOOM), pd.concat(tables, ignore_index=True), "patient")
    scores = [one.accuracy for one in found]
    assert [(one.arm, one.protocol) for one in scores] == 2 * [
        ("b", "published"),
        ("b", "grouped"),
        ("a", "published"),
    ]
    assert [one.mean for one in scores[1:3]] == [1.0, 0.0]
    assert {one.images for one in found[:3]} == {3}  # not three times as many


def test_training_images_and_images_that_tell_nothing_do_not_count():
    more = (answers("0 f-40x.png - dog", part="train"), answers("0 unknown.png - dog"))
    table = pd.concat([answers(*ROWS), *more], ignore_index=True)
    assert subgroup_scores(paper(ZOOM), table, "x") == subgroup_scores(
        paper(ZOOM), answers(*ROWS), "x"
    )


def test_an_attribute_with_one_value_divides_nothing():
    table = answers("0 L-1-40x.png - cat", "0 R-2-40x.png - cat", "0 R-3.png - dog")
    assert [one.name for one in subgroup_scores(paper(ZOOM, SIDE), table, "x")] == ["side", "side"]


def test_values_stand_as_they_are_declared_and_the_others_behind_by_name():
    rows = [f"0 {n}-{zoom}x.png - cat" for n, zoom in enumerate((9, 100, 40, 60, 7, 80, 61))]
    for order in (rows, rows[::-1]):
        found = subgroup_scores(paper(ZOOM), answers(*order), "x")
        assert [one.value for one in found] == ["40×", "100×", "60", "61", "7", "80", "9"]


# What the papers declare

HULU, KUMAR, VIOLINA, KUNCORO = (
    "hulu_breast_mammography",
    "kumar_breakhis",
    "violina_blood_cancer",
    "kuncoro_white_blood_cells",
)
ZIP = "BreaKHis_v1/BreaKHis_v1/histology_slides/breast"


@pytest.mark.parametrize(
    ("slug", "path", "told"),
    [
        (HULU, "benign/mdb001.jpg", {"laterality": "right"}),
        (HULU, "mdb322.pgm", {"laterality": "left"}),
        (HULU, "benign_mdb003_clahe.png", {"laterality": "right"}),
        (HULU, "mdb001lm.pgm", {"laterality": "left"}),  # it says so itself
        (HULU, "mdb002rl.pgm", {"laterality": "right"}),
        (HULU, "normal/IMG002.png", {}),
        (HULU, "mdb001/IMG002.png", {}),
        (HULU, "normal/mdb0012.png", {}),
        (
            KUMAR,
            f"{ZIP}/benign/SOB/adenosis/SOB_B_A_14-22549AB/40X/SOB_B_A-14-22549AB-40-001.png",
            {"magnification": "40×", "tumour type": "adenosis (benign)"},
        ),
        (
            KUMAR,
            "malignant/SOB_M_DC-14-18842D-400-012.png",
            {"magnification": "400×", "tumour type": "ductal carcinoma"},
        ),
        (
            KUMAR,
            "benign/SOB_B_PT-14-21998AB-100-idx003.jpg",
            {"magnification": "100×", "tumour type": "phyllodes tumour (benign)"},
        ),
        (
            KUMAR,
            "no_SOB_M_DC-14-13412-40-1/benign___SOB_B_TA_14_3411F_200_001_aug.png",
            {"magnification": "200×", "tumour type": "tubular adenoma (benign)"},
        ),
        (KUMAR, "SOB_M_DC-14-13412-40-1/200.png", {}),
        (KUMAR, "benign/xSOB_B_TA-14-3411F-200-001.png", {}),
        (KUMAR, "benign/200.png", {}),
        (VIOLINA, "images/TEST/EOSINOPHIL/_0_1616.jpeg", {"kind of cell": "eosinophil"}),
        (VIOLINA, "neutrophil/12.png", {"kind of cell": "neutrophil"}),  # as it is built again
        (VIOLINA, "AML-Cytomorphology_LMU/MYB/MYB_0001.tiff", {"kind of cell": "myelocyte (MYB)"}),
        (VIOLINA, "EOS/EOS_r0c01.jpg", {"kind of cell": "eosinophil (EOS)"}),
        (VIOLINA, "normal/EOS_0001.png", {}),
        (KUNCORO, "neutrophil/SNE_993408.jpg", {"nucleus of neutrophils": "segmented"}),
        (KUNCORO, "BNE_1013.jpg", {"nucleus of neutrophils": "band"}),
        (KUNCORO, "aug_SNE_993408_0.jpg", {"nucleus of neutrophils": "segmented"}),
        (KUNCORO, "neutrophil/tSNE_993408.png", {}),
        (KUNCORO, "SNE_993408/1.png", {}),
        (KUNCORO, "neutrophil/NEUTROPHIL_1013.jpg", {}),
        (KUNCORO, "neutrophil/BloodImage_00409_0473.jpg", {}),
    ],
)
def test_real_names_tell_what_they_are_known_to_tell(slug, path, told):
    found = attribute_values(papers.load(slug).dataset.subgroups, [path])
    assert {name: of[path] for name, of in found.items() if of} == told


@pytest.mark.parametrize("slug", papers.slugs())
def test_the_name_of_a_phantom_tells_nothing(slug):
    declared = papers.load(slug)
    names = declared.class_names
    paths = [
        f"{folder}/phantom_{one}_{n:04}.png" for folder in names for one in names for n in (1, 40)
    ]
    assert not any(attribute_values(declared.dataset.subgroups, paths).values())
