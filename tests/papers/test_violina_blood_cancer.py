"""The declaration of the blood-cancer paper, against its text and the files of its two collections."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np
import pytest
from declarations import (
    between,
    contradiction,
    matching_claims,
    paper_text,
    stated,
    tree,
)
from scipy.stats import hypergeom

from lib.audit.exact.convolution import convolve, explain, output_side, pooled_side
from lib.datasets import DataError, scan
from lib.evaluation import metrics, tolerances
from lib.papers import load
from lib.papers.declare import Assumed, Flip, Rotation, Stated, printed_count

PAPER = load("violina_blood_cancer")
TOLERANCE_OF = tolerances.claim_tolerances(PAPER)
_claims = partial(matching_claims, PAPER)
_contradiction = partial(contradiction, PAPER)
# Files of Kaggle paultimothymooney/blood-cells: images of TRAIN, images of TEST.
KAGGLE_FILES = {
    "eosinophil": (2497, 623),
    "lymphocyte": (2483, 620),
    "monocyte": (2478, 620),
    "neutrophil": (2499, 624),
}
# Folders of AML-Cytomorphology_LMU at TCIA.
TCIA_FOLDERS = (
    *("BAS", "EBO", "EOS", "KSC", "LYA", "LYT", "MMZ", "MOB", "MON", "MYB"),
    *("MYO", "NGB", "NGS", "PMB", "PMO"),
)
NORMAL = "dataset2-master/dataset2-master/images"
CANCER = "AML-Cytomorphology_LMU"
SECTIONS = {
    "Abstract": ("#### **ABSTRACT**", "**Kata Kunci:**"),
    "§Pendahuluan": ("#### **PENDAHULUAN**", "## METODE"),
    "§Metode": ("## METODE", "## HASIL DAN PEMBAHASAN"),
    "§Hasil dan Pembahasan": ("## HASIL DAN PEMBAHASAN", "## Preprocessing Image"),
    "§Preprocessing Image": ("## Preprocessing Image", "## Perancangan Model CNN"),
    "Table 1": ("**Tabel 1.", "Setelah dilakukan proses data balancing"),
    "Table 2": ("**Tabel 2.", "## Perancangan Model CNN"),
    "§Perancangan Model CNN": ("## Perancangan Model CNN", "## SIMPULAN"),
    "below Fig. 4": ("**Gambar 4.", "**Gambar 5."),
    "Fig. 6": ("Classification Report:", "**Gambar 6."),
    "below Fig. 6": ("Berdasarkan gambar 6", "**Gambar 7"),
    "§Simpulan": ("## SIMPULAN", "## DAFTAR PUSTAKA"),
}
RIGHT, TESTED = 1997, 2000  # images, by 99.85 %
SUPPORTS = {"normal": 975, "cancer": 1025}
FIGURE_4 = PAPER.examples[0]
CHANGES = (Flip("horizontal"), Rotation(0.125, "nearest"))  # an eighth of a turn are 45 degrees
DESIGN = "§Perancangan Model CNN"
# Arm, setting, its value, its place, and the passage that states it there.
STATED = [
    ("cnn", "trainable", True, DESIGN, "arsitektur jaringan pada proses training"),
    ("cnn", "augmentation", CHANGES, "Table 2", "horizontal_flip akan melakukan"),
    ("cnn", "augmentation", CHANGES, "Table 2", "besar rotasi sebesar 45 derajat"),
    ("cnn", "pooling", "flatten", DESIGN, "citra akan memasuki flatten layer"),
    ("cnn", "output", "softmax", DESIGN, "dengan bantuan aktivasi softmax"),
    ("cnn", "image_size", 64, "§Hasil dan Pembahasan", "berukuran 64x64 piksel"),
    ("cnn", "image_size", 64, DESIGN, "ukuran yang sama yakni $64 \\times 64$"),
    ("cnn", "pixel_scaling", "[0, 1]", "Table 2", "menjadi 0 – 1, dengan cara membagi"),
    ("cnn", "optimizer", "adam", DESIGN, "optimizer Adam"),
    ("cnn", "learning_rate", 0.001, "Abstract", "learning rate value of 0.001"),
    ("cnn", "learning_rate", 0.001, "Abstract", "nilai learning rate 0,001"),
    ("cnn", "epochs", 10, "Abstract", "a number of epochs of 10"),
    ("cnn", "epochs", 10, "Abstract", "jumlah epoch 10"),
    ("cnn", "epochs", 10, DESIGN, "menggunakan jumlah 10 epoch"),
    ("cnn", "epochs", 10, "§Simpulan", "nilai epoch 10"),
    ("cnn-200", "image_size", 200, DESIGN, "input layer adalah 200 x 200 x 3"),
]


@pytest.fixture(scope="module")
def text(shared) -> str:
    return paper_text(shared, PAPER.slug)


@pytest.fixture(scope="module")
def table_1(text) -> str:
    return between(text, "**Tabel 1.", "Setelah dilakukan proses data balancing")


# Arithmetic


def test_the_set_of_kaggle_is_rebuilt_in_its_own_numbers():
    counts = {kind: int(count.value) for kind, count in PAPER.dataset.rebuild.counts.items()}
    assert counts == {kind: sum(parts) for kind, parts in KAGGLE_FILES.items()}
    assert sum(counts.values()) == 12444
    assert any("12,444 normal images" in defect for defect in PAPER.dataset.defects)


def test_the_parts_of_table_1_make_up_the_total():
    total = printed_count(PAPER.dataset.total.value)
    assert total == 16000 + 2000 + 2000
    assert PAPER.split.test_share.value == 2000 / total


def test_the_supports_of_figure_6_rule_out_a_stratified_split():
    assert PAPER.split.stratified.value is False
    assert "(975 and 1025)" in PAPER.split.stratified.reason
    assert sum(SUPPORTS.values()) == TESTED


def test_each_class_comes_from_one_source():
    given = {source.title: source.classes for source in PAPER.dataset.sources}
    assert len(given) == 2
    (aml,), (normal,) = (
        [classes for title, classes in given.items() if word in title] for word in ("AML", "Kaggle")
    )
    assert (aml, normal) == (("cancer",), ("normal",))


# The text


def test_title_authors_and_affiliation_stand_in_the_text(text):
    assert PAPER.title.upper() in text
    for passage in (*PAPER.authors, "Universitas Widyatama", "Bandung"):
        assert passage in text
    assert PAPER.affiliation.endswith("Universitas Widyatama, Bandung")


def test_both_collections_stand_in_the_text(text):
    results = between(text, "## HASIL DAN PEMBAHASAN", "## Preprocessing Image")
    assert "*The Cancer Imaging Archive* (TCIA)" in results
    assert "*Blood Cell Image* (Kaggle)" in results


@pytest.mark.parametrize("name", ["normal", "cancer"])
def test_counts_stand_in_table_1_and_preprocessing_as_printed(text, table_1, name):
    count = PAPER.dataset.counts[name]
    assert count.where == "Table 1, §Preprocessing Image"
    preprocessing = between(text, "## Preprocessing Image", "**Tabel 1.")
    row = {"cancer": "Kanker darah", "normal": "normal"}[name]
    assert re.search(rf"{row} {re.escape(count.value)}\b", table_1)
    assert re.search(rf"\b{re.escape(count.value)}\b", preprocessing)
    assert printed_count(count.value) == 10000


def test_the_total_stands_in_the_abstract_as_printed(text):
    assert "Abstract" in PAPER.dataset.total.where
    abstract = between(text, "#### **ABSTRACT**", "**Kata Kunci:**")
    assert re.search(rf"\b{re.escape(PAPER.dataset.total.value)} dat", abstract)


def test_the_share_stands_in_table_1(table_1):
    assert PAPER.split.test_share.where.startswith("Table 1")
    assert "Training Testing Validation Kanker darah 10.000 16.000 2000 2000" in table_1


def test_both_readings_of_the_side_stand_where_they_are_said_to(text):
    side = PAPER.dataset.side
    assert side == Stated(
        64, "§Hasil dan Pembahasan: 64 x 64 (200 x 200 in §Perancangan Model CNN)"
    )
    results = between(text, "## HASIL DAN PEMBAHASAN", "## Preprocessing Image")
    assert "berukuran 64x64 piksel" in results
    assert "200 x 200 piksel" in between(text, "## Perancangan Model CNN", "**Gambar 3.")


def test_the_accuracies_told_in_brief_are_the_printed_ones():
    for printed in ("99,85", "1.00", "100"):
        assert _claims(metric="accuracy", printed=printed)
        assert printed.replace(",", ".") in PAPER.in_brief


# The printed numbers


def _printed_as_one(matrix: np.ndarray) -> bool:
    """Whether a report prints 1.00 for accuracy and every precision, recall and F1-score."""
    counts = metrics.tallies(matrix)
    scores = [
        metrics.accuracy(counts),
        *metrics.precision(counts),
        *metrics.recall(counts),
        *metrics.f1(counts),
    ]
    return all(f"{score:.2f}" == "1.00" for score in scores)


def _with_errors(normal: int, cancer: int) -> np.ndarray:
    """The confusion matrix of Fig. 6's images with so many errors in either class."""
    return np.array([[SUPPORTS["normal"] - normal, normal], [cancer, SUPPORTS["cancer"] - cancer]])


def test_the_headline_is_the_accuracy_below_figure_6():
    first = PAPER.claims[0]
    assert (first.metric, first.of, first.printed) == ("accuracy", "", "99,85")
    assert first.value == pytest.approx(0.9985)
    assert {(claim.arm, claim.part, claim.epoch) for claim in PAPER.claims} == {
        ("cnn", "test", None)
    }


def test_every_place_has_all_its_numbers():
    below, both = f"{DESIGN}, below Fig. 6", f"{DESIGN} (one number for 4), below Fig. 6"
    assert Counter((claim.where, claim.metric) for claim in PAPER.claims) == {
        (f"{below}, §Simpulan", "accuracy"): 1,
        (below, "accuracy"): 1,
        ("Abstract (twice)", "accuracy"): 1,
        ("Fig. 6, row accuracy", "accuracy"): 1,
        **{("Fig. 6", metric): 4 for metric in ("precision", "recall", "f1", "support")},
        ("Fig. 6, row accuracy; Table 1, column Testing", "support"): 1,
        (below, "support"): 2,
        (both, "precision"): 2,
        (both, "recall"): 2,
        (f"Abstract (one number for 2), {below}, §Simpulan", "f1"): 2,
    }


def test_no_number_is_claimed_twice_at_one_place():
    keys = Counter((claim.metric, claim.of, claim.printed, claim.where) for claim in PAPER.claims)
    assert [key for key, times in keys.items() if times > 1] == []


@pytest.mark.parametrize(
    ("of", "row"),
    [
        ("normal", "darah_normal"),
        ("cancer", "kanker"),
        ("macro avg", "macro avg"),
        ("weighted avg", "weighted avg"),
    ],
)
def test_rows_of_figure_6_stand_in_the_text_as_declared(text, of, row):
    numbers = [claim.printed for claim in _claims(where="Fig. 6", of=of)]
    assert len(numbers) == 4
    assert re.search(rf"\b{row} {' '.join(numbers)}\b", between(text, *SECTIONS["Fig. 6"]))


@pytest.mark.parametrize(
    ("metric", "of", "printed", "place", "passage"),
    [
        ("accuracy", "", "99,85", "below Fig. 6", "training model adalah sebesar 99,85 atau"),
        ("accuracy", "", "99,85", "§Simpulan", "training model adalah sebesar 99,85, dimana"),
        ("accuracy", "", "99", "below Fig. 6", "atau 99%"),
        ("accuracy", "", "100", "Abstract", "produces the best model of 100%"),
        ("accuracy", "", "100", "Abstract", "model terbaik sebesar 100%"),
        ("accuracy", "", "1.00", "Fig. 6", "accuracy 1.00 2000"),
        ("support", "", "2000", "Fig. 6", "accuracy 1.00 2000"),
        ("support", "", "2000", "Table 1", "10.000 16.000 2000 2000"),
        ("support", "normal", "975", "below Fig. 6", "darah normal 975"),
        ("support", "cancer", "1025", "below Fig. 6", "kanker 1025"),
        ("f1", "normal", "100", "Abstract", "f1-score value of each class is 100%"),
        ("f1", "normal", "100", "below Fig. 6", "100% untuk darah normal"),
        ("f1", "normal", "100", "§Simpulan", "100% untuk darah normal"),
        ("f1", "cancer", "100", "below Fig. 6", "100% untuk kanker"),
        ("f1", "cancer", "100", "§Simpulan", "100% untuk kanker"),
        *(
            (metric, of, "100", "below Fig. 6", "precision dan recall menunjukkan 100% pada kedua")
            for metric, of in product(("precision", "recall"), SUPPORTS)
        ),
    ],
)
def test_printed_numbers_stand_where_they_are_said_to(text, metric, of, printed, place, passage):
    places = [claim.where for claim in _claims(metric=metric, of=of, printed=printed)]
    assert any(place in where for where in places)
    assert passage in between(text, *SECTIONS[place])


def test_the_accuracy_is_a_whole_number_of_the_test_images():
    (claim,) = _claims(printed="99,85")
    low, high = claim.rounding
    assert [right for right in range(TESTED + 1) if low <= right / TESTED <= high] == [RIGHT]
    reason = _contradiction("Accuracy").reason
    assert f"{RIGHT:,} of {TESTED:,} test images" in reason


def test_the_accuracy_is_a_whole_number_of_the_other_images_too():
    assert "16,000 and 20,000" in _contradiction("Which images the accuracy").reason
    assert (16000 * 9985 % 10000, 20000 * 9985 % 10000) == (0, 0)


def test_figure_6_prints_1_00_throughout_for_up_to_eight_errors():
    fit = [
        errors for errors in product(range(30), repeat=2) if _printed_as_one(_with_errors(*errors))
    ]
    assert {sum(errors) for errors in fit} == set(range(9))
    three = [errors for errors in fit if sum(errors) == TESTED - RIGHT]
    assert three == [(0, 3), (1, 2), (2, 1), (3, 0)]
    assert "up to eight errors" in _contradiction("Accuracy").reason


def test_99_percent_is_the_accuracy_cut_off_and_not_rounded():
    (whole,), (claim,) = _claims(printed="99"), _claims(printed="99,85")
    assert int(100 * claim.decimal) == int(whole.printed)
    assert not whole.rounding[0] <= claim.value <= whole.rounding[1]


def test_the_numbers_are_of_2000_images_and_may_differ_by_1_point():
    """3 points would be 60 of 2,000 images, twenty times the paper's errors."""
    (first,) = _claims(printed="99,85")
    assert TOLERANCE_OF[first].margin == 0.01
    whole = [
        claim for claim in PAPER.claims if claim.metric != "support" and claim.of not in SUPPORTS
    ]
    assert {TOLERANCE_OF[claim].images for claim in whole} == {TESTED}
    for of, images in SUPPORTS.items():
        scores = [claim for claim in _claims(of=of) if claim.metric != "support"]
        assert {TOLERANCE_OF[claim].images for claim in scores} == {images}


def test_the_supports_of_the_classes_may_differ_as_a_random_draw_does():
    half = hypergeom(20000, 10000, TESTED).std() * 1.96
    assert round(half) == 42
    for of in SUPPORTS:
        for claim in _claims(metric="support", of=of):
            assert TOLERANCE_OF[claim].draw == pytest.approx(half, abs=0.1)
    totals = _claims(metric="support", printed="2000")
    assert {TOLERANCE_OF[claim].margin for claim in totals} == {0}
    assert all(abs(support - 1000) < half for support in SUPPORTS.values())


# The worked examples


def test_figure_4_is_declared_as_the_text_describes_it(text):
    described = between(text, "The diagram illustrates a convolution", "**Gambar 4.")
    for name, matrix in (
        ("5x3 grid with values", FIGURE_4.image),
        ("3x3 filter (Filter) with values", FIGURE_4.kernel),
        ("output matrix (Output) with values", FIGURE_4.output),
    ):
        rows = "; ".join(", ".join(map(str, row)) for row in matrix)
        assert f"{name} [{rows}]" in described
    assert f"with a stride of {FIGURE_4.stride}" in described
    assert "stride 1" in between(text, DESIGN.replace("§", "## "), "**Gambar 4.")


def test_the_output_of_figure_4_does_not_follow_from_its_input():
    image, kernel = FIGURE_4.image, FIGURE_4.kernel
    assert convolve(image, kernel).tolist() == [[-4], [-5], [-5]]
    assert convolve(image, kernel, padding=1).tolist() == [
        [-8, -12, 0],
        [-4, -4, -1],
        [-4, -5, -6],
        [-6, -5, 5],
        [2, 5, -6],
    ]
    agreeing = [check.of for check in explain(FIGURE_4) if check.agrees]
    assert agreeing == ["row 1, column 2"]  # 1 of 9


def _turned(matrix) -> Iterator[np.ndarray]:
    """A matrix turned and mirrored in all eight ways."""
    for quarter in range(4):
        turned = np.rot90(np.asarray(matrix), quarter)
        yield turned
        yield turned.T


def _selections(whole: np.ndarray) -> Iterator[np.ndarray]:
    """Every 3 × 3 output that a stride of 1 to 3 down and across leaves of `whole`."""
    for down, across in product((1, 2, 3), repeat=2):
        rows, columns = (
            side - 2 * stride for side, stride in zip(whole.shape, (down, across), strict=True)
        )
        for row, column in product(range(rows), range(columns)):
            yield whole[row : row + 2 * down + 1 : down, column : column + 2 * across + 1 : across]


def _best(image, kernel, output) -> int:
    """How many of nine printed numbers some turn, stride and zero padding explain at once."""
    return max(
        int((selection == output).sum())
        for turned_image, turned_kernel in product(_turned(image), _turned(kernel))
        for selection in _selections(convolve(turned_image, turned_kernel, padding=4))
    )


def _one_number_explains(image, kernel, output) -> bool:
    """Whether some other number in one place of input or kernel gives the printed output."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    for matrix, call in (
        (image, lambda changed: convolve(changed, kernel, padding=4)),
        (kernel, lambda changed: convolve(image, changed, padding=4)),
    ):
        for place in np.ndindex(matrix.shape):
            alone = np.zeros_like(matrix)
            alone[place] = 1
            # The output is linear in the one number: rest + number · slope.
            slopes, whole = call(alone), call(matrix)
            rests = whole - matrix[place] * slopes
            for slope, rest in zip(_selections(slopes), _selections(rests), strict=True):
                first = np.argmax(slope != 0)
                if slope.flat[first]:
                    number = (output - rest).flat[first] / slope.flat[first]
                    if (rest + number * slope == output).all():
                        return True
    return False


def test_no_turn_stride_or_padding_explains_figure_4():
    assert _best(FIGURE_4.image, FIGURE_4.kernel, np.array(FIGURE_4.output)) == 4


def test_no_single_other_number_explains_figure_4():
    assert not _one_number_explains(FIGURE_4.image, FIGURE_4.kernel, np.array(FIGURE_4.output))


def test_the_searches_for_an_explanation_find_one_where_there_is_one():
    image, kernel = np.array(FIGURE_4.image), np.array(FIGURE_4.kernel)
    mirrored = convolve(np.rot90(image), kernel[::-1], padding=2)[::2, ::2][:3, :3]
    assert _best(image, kernel, mirrored) == 9
    for matrix, place in ((image, (3, 1)), (kernel, (0, 2))):
        whole = matrix[place]
        matrix[place] = 40
        other = convolve(image, kernel, padding=1)[1:4]
        matrix[place] = whole
        assert _one_number_explains(image, kernel, other)


def test_no_strip_of_a_wider_input_gives_a_row_or_column_of_figure_4():
    """Were the described 5 × 3 numbers part of a 5 × 5 input, one column would still be theirs."""
    lines = [list(line) for line in (*FIGURE_4.output, *zip(*FIGURE_4.output, strict=True))]
    for image, kernel in product(_turned(FIGURE_4.image), _turned(FIGURE_4.kernel)):
        strip = convolve(image, kernel).ravel().tolist()
        assert strip not in lines


def test_the_sides_stand_in_the_text(text):
    design, below = (between(text, *SECTIONS[place]) for place in (DESIGN, "below Fig. 4"))
    assert (
        "yakni $64 \\times 64$ karena pada saat proses konvolusi digunakan nilai padding 0" in below
    )
    assert (
        "hasil dari proses pooling pertama yakni dengan input matriks gambar sebesar $32 \\times 32$"
        in (below)
    )
    assert "proses pooling yang kedua" in below
    assert "Output yang dihasilkan memiliki ukuran gambar $16 \\times 16$" in below
    assert "200 x 200 x 3" in design
    _, small, large = PAPER.examples
    assert (small.side, large.side) == (64, 200)
    assert small.steps == large.steps
    assert [step[:2] for step in small.steps] == [
        ("convolution", 64),
        ("pooling", 32),
        ("pooling", 16),
    ]


def test_the_sides_follow_from_64_pixels_with_padding_and_from_200_not_at_all():
    _, small, large = PAPER.examples
    assert [check.agrees for check in explain(small)] == [True, True, True]
    assert [check.padded == check.printed for check in explain(small)] == [True, True, True]
    assert explain(small)[0].unpadded == 62
    assert [check.agrees for check in explain(large)] == [False, True, True]


def test_without_padding_two_blocks_would_leave_31_and_14():
    first = pooled_side(output_side(64, 3))
    assert (first, pooled_side(output_side(first, 3))) == (31, 14)
    assert "64, 32 and 16" in _contradiction("Padding").reason


# The model


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_the_paper_states_of_its_model_is_declared(arm, name, value, place, passage):
    setting = PAPER.arm(arm).settings[name]
    assert setting.value == value
    assert place in setting.where


@pytest.mark.parametrize(("arm", "name", "value", "place", "passage"), STATED)
def test_what_is_stated_of_its_model_stands_in_the_text(text, arm, name, value, place, passage):
    assert passage in between(text, *SECTIONS[place])


def test_nothing_else_is_said_to_be_stated_of_its_model():
    assert stated(PAPER) == {row[:2] for row in STATED}


def test_the_network_has_five_blocks_of_which_the_text_gives_the_first_two(text):
    arm = PAPER.arm("cnn")
    assert arm.backbone == "ConvBlocks"
    assert arm.filters.value == (32, 64, 128, 256, 512)
    assert isinstance(arm.filters, Assumed)
    design = between(text, *SECTIONS[DESIGN])
    first, second = design.index("Proses konvolusi pertama"), design.index("Proses konvolusi kedua")
    assert "jumlah filter sebanyak 32 filter" in design[first:second]
    assert "jumlah filter sebanyak 64" in design[second:]
    assert "5 proses di convolutional layer dengan jumlah kernel yang berbeda-beda" in design
    assert "5 proses di pooling layer" in design


def test_the_head_has_one_hidden_layer_whose_size_and_dropout_are_assumed(text):
    arm = PAPER.arm("cnn")
    assert (arm.dense.value, arm.dropout.value) == ((128,), (0, 0.5))
    assert all(isinstance(setting, Assumed) for setting in (arm.dense, arm.dropout, arm.weights))
    assert arm.weights.value == "random"
    assert arm.recipe.batch_size.value == 32
    design = between(text, *SECTIONS[DESIGN])
    assert "digunakan hanya satu hidden layer" in design
    hidden, dropout = design.index("hanya satu hidden layer"), design.index("nilai dropout")
    assert hidden < dropout < design.index("aktivasi softmax")


def test_the_sizes_of_the_first_blocks_follow_from_64_pixels_not_from_200(text):
    design = between(text, *SECTIONS[DESIGN])
    side = PAPER.arm("cnn").recipe.image_size.value
    for size in (side, side // 2, side // 4):
        assert re.search(rf"\$?{size} ?(x|\\times) ?{size}\b", design)
    assert not re.search(r"100 ?(x|\\times) ?100|\b50 ?(x|\\times) ?50", design)


@pytest.mark.parametrize(
    ("topic", "place", "passage"),
    [
        ("Accuracy", "Abstract", "the best model of 100%"),
        ("Accuracy", "below Fig. 6", "sebesar 99,85 atau 99%"),
        ("Accuracy", "§Simpulan", "sebesar 99,85"),
        ("Which images the accuracy was measured on", "Abstract", "from training model 20,000"),
        ("Which images the accuracy was measured on", "Abstract", "training model 20.000 data"),
        ("Which images the accuracy was measured on", "below Fig. 6", "dari training model adalah"),
        ("Which images the accuracy was measured on", "§Simpulan", "dari training model adalah"),
        ("Which images the accuracy was measured on", "Table 1", "Testing Validation"),
        ("Which images the accuracy was measured on", "Fig. 6", "accuracy 1.00 2000"),
        ("Number of images", "§Metode", "dataset 1000 data citra sampel kanker dan non kanker"),
        ("Number of images", "Abstract", "20.000 data"),
        ("Number of images", "§Hasil dan Pembahasan", "digunakan 10.000 gambar"),
        ("Number of images", "Table 1", "normal 10.000"),
        ("Padding", "below Fig. 4", "digunakan nilai padding 0"),
        ("The task", "Abstract", "detect the presence and count of Blood Cancer cells"),
        ("The task", "Abstract", "(lymphoblast and non-lymphoblast cells)"),
        ("The task", "§Hasil dan Pembahasan", "Leukemia Myeloid Akut"),
        ("Share of training images", "§Pendahuluan", "merupakan 0,9 dari jumlah keseluruhan"),
        ("Share of training images", "Table 1", "16.000 2000 2000"),
        ("The network", DESIGN, "ukuran kernel $3 \\times 3$"),
        ("Size of the input", DESIGN, "200 x 200 x 3"),
        ("Size of the input", "§Hasil dan Pembahasan", "64x64 piksel"),
        ("The network", "Abstract", "VGG-16"),
        ("The network", "§Pendahuluan", "VGG-16"),
        ("The network", "§Simpulan", "VGG-16"),
        ("The network", DESIGN, "hanya satu hidden layer"),
        ("Learning rate", "Abstract", "learning rate 0,001"),
        ("Learning rate", DESIGN, "nilai learning rate 1,000"),
        ("Which images are augmented", "§Preprocessing Image", "data training dan data testing"),
        ("Which images are augmented", "Table 1", "16.000 2000 2000"),
    ],
)
def test_contradicting_readings_stand_where_they_are_said_to(text, topic, place, passage):
    assert any(place in reading.where for reading in _contradiction(topic).readings)
    assert passage in between(text, *SECTIONS[place])


def test_the_words_of_the_abstract_tell_of_another_study(text):
    introduction = between(text, *SECTIONS["§Pendahuluan"])
    assert "YOLOv2 digunakan sebagai arsitektur objek deteksi" in introduction
    assert "(sel limfoblas dan non-limfoblas)" in introduction
    assert "another study, in §Pendahuluan" in _contradiction("The task").reason


def test_the_paper_calls_the_network_vgg16_but_describes_another():
    assert PAPER.arm("cnn").called == "VGG16"
    assert PAPER.arm("cnn").backbone != "VGG16"


# The files


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *((folder, "cancer") for folder in TCIA_FOLDERS),
        *((kind, "normal") for kind in KAGGLE_FILES),
        *((kind.upper(), "normal") for kind in KAGGLE_FILES),
        ("darah_normal", "normal"),
        ("kanker", "cancer"),
        ("Kanker darah", "cancer"),
        ("Normal", "normal"),
    ],
)
def test_folders_of_both_collections_and_of_the_paper_are_known(tmp_path, folder, name):
    other = "cancer" if name == "normal" else "normal"
    files = scan(PAPER, tree(tmp_path, f"{folder}/1.png", f"{other}/2.png")).files
    read = {
        path: PAPER.class_names[label]
        for path, label in zip(files["path"], files["label"], strict=True)
    }
    assert read[f"{folder}/1.png"] == name


def _both_collections(root):
    """As the two archives unpack, side by side."""
    kinds = [kind.upper() for kind in KAGGLE_FILES]
    return tree(
        root,
        *(f"blood-cells/{NORMAL}/TRAIN/{kind}/_0_99999.jpeg" for kind in kinds),
        *(f"blood-cells/{NORMAL}/TEST/{kind}/_0_99999.jpeg" for kind in kinds),
        *(f"blood-cells/{NORMAL}/TEST_SIMPLE/{kind}/_0_1.jpeg" for kind in kinds),
        "blood-cells/dataset2-master/dataset2-master/labels.csv",
        *(
            f"blood-cells/dataset-master/dataset-master/JPEGImages/BloodImage_0000{n}.jpg"
            for n in range(5)
        ),
        "blood-cells/dataset-master/dataset-master/Annotations/BloodImage_00000.xml",
        *(f"{CANCER}/{folder}/{folder}_0001.tiff" for folder in TCIA_FOLDERS),
        f"{CANCER}/annotations.csv",
    )


def test_the_two_archives_side_by_side_are_one_set(tmp_path):
    root = _both_collections(tmp_path / "violina_blood_cancer")
    scanned = scan(PAPER, root)
    files = scanned.files
    assert Counter(PAPER.class_names[label] for label in files["label"]) == {
        "normal": 8,
        "cancer": 15,
    }
    parts = {
        path.rsplit("/", 2)[0]: part
        for path, part in zip(files["path"], files["part"], strict=True)
    }
    assert parts == {
        f"blood-cells/{NORMAL}/TRAIN": "train",
        f"blood-cells/{NORMAL}/TEST": "test",
        CANCER: "",
    }
    assert set(files["stand_in"]) == {""}
    assert (files["group"] == "").all()


def test_what_is_no_class_folder_of_the_archives_is_listed(tmp_path):
    scanned = scan(PAPER, _both_collections(tmp_path))
    reasons = dict(scanned.rejected.itertuples(index=False))
    assert len(reasons) == 2
    assert "none of the classes" in reasons[f"blood-cells/{NORMAL}/TEST_SIMPLE/"]
    photographs = "blood-cells/dataset-master/dataset-master/JPEGImages/"
    assert reasons[photographs] == "5 images outside the class folders"


def test_the_table_of_originals_groups_the_copies_and_leaves_the_others_alone(tmp_path):
    """The first names of the set's real files, in its layout."""
    copies = (
        "TEST/EOSINOPHIL/_0_196.jpeg",
        "TEST/EOSINOPHIL/_0_852.jpeg",
        "TEST/EOSINOPHIL/_0_2107.jpeg",
    )
    root = tree(tmp_path, *(f"{NORMAL}/{copy}" for copy in copies), f"{CANCER}/MYO/_0_196.png")
    scanned = scan(PAPER, root)
    assert scanned.files["group"].tolist() == [
        "",
        "BloodImage_00026",
        "BloodImage_00062",
        "BloodImage_00026",
    ]
    assert scanned.groups_from.startswith(
        "table shipped with the project (Kaggle paultimothymooney"
    )


@pytest.mark.parametrize("collection", [f"{NORMAL}/TRAIN/EOSINOPHIL", f"{CANCER}/MYO"])
def test_one_collection_alone_is_no_data_set(tmp_path, collection):
    missing = "cancer" if "EOS" in collection else "normal"
    with pytest.raises(DataError, match=f"none of {missing}"):
        scan(PAPER, tree(tmp_path, *(f"{collection}/{number}.png" for number in range(3))))


def test_the_real_collections_side_by_side_have_the_declared_numbers_and_groups(shared, tmp_path):
    for name in ("normal_kaggle_64", "aml_lmu_thumbs"):
        (tmp_path / name).symlink_to(shared / "data" / PAPER.slug / name)
    files = scan(PAPER, tmp_path).files
    normal = files[files["label"] == 0]
    kinds = normal["path"].str.split("/").str[-2].str.lower()
    counts = normal.groupby([kinds, "part"]).size()
    for kind, (training, testing) in KAGGLE_FILES.items():
        assert (counts[kind, "train"], counts[kind, "test"]) == (training, testing)
    assert (normal["group"] != "").all()
    assert normal["group"].nunique() == 348
    train, test = (set(normal["group"][normal["part"] == part]) for part in ("train", "test"))
    assert train.isdisjoint(test)
    assert (files["label"] == 1).sum() == 298
    assert set(files["group"][files["label"] == 1]) == {""}
