"""Convolution and pooling against numbers counted by hand, then against SciPy and Keras' layers."""

from itertools import product

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

from lib.audit.exact.convolution import (
    WorkedNumber,
    convolve,
    explain,
    output_side,
    pooled_side,
)
from lib.papers.declare import Convolution, Sizes

# Lopsided, so that a mirrored kernel or a transposed image would show.
IMAGE = [[1, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 0]]
KERNEL = [[1, 2], [0, -1]]


def _random(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """An image and a kernel that fits into it, of whole numbers."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 9, size=2)
    kernel = rng.integers(-9, 10, size=[int(rng.integers(1, side + 1)) for side in shape])
    return rng.integers(-9, 10, size=shape), kernel


def _checked(found: list[WorkedNumber]) -> list[tuple]:
    return [
        (number.of, number.printed, number.unpadded, number.padded, number.agrees)
        for number in found
    ]


# One convolution


def test_a_convolution_sums_the_products_of_every_window():
    # Top left: 1·1 + 2·2 + 0·0 - 1·1 = 4; next: 2 + 0 + 0 - 3 = -1; next: 0 + 2 + 0 - 1 = 1.
    # Below: 0 + 2 + 0 - 0 = 2; 1 + 6 + 0 - 1 = 6; 3 + 2 + 0 - 0 = 5.
    assert convolve(IMAGE, KERNEL).tolist() == [[4, -1, 1], [2, 6, 5]]


def test_a_stride_leaves_windows_out_down_and_across():
    assert convolve(IMAGE, KERNEL, stride=2).tolist() == [[4, 1]]
    assert convolve(np.ones((5, 5)), np.ones((1, 1)), stride=3).shape == (2, 2)


def test_padding_puts_zeros_on_all_four_sides():
    # [[0, 0, 0], [0, 5, 0], [0, 0, 0]] under windows of 2 × 2.
    assert convolve([[5]], KERNEL, padding=1).tolist() == [[-5, 0], [10, 5]]


@pytest.mark.parametrize("seed", range(40))
def test_every_convolution_is_scipys_correlation(seed):
    image, kernel = _random(seed)
    for stride, padding in product((1, 2, 3), (0, 1, 2)):
        whole = correlate2d(np.pad(image, padding), kernel, mode="valid")
        found = convolve(image, kernel, stride, padding)
        assert found.tolist() == whole[::stride, ::stride].tolist()


def test_the_kernel_is_not_mirrored():
    assert convolve(IMAGE, KERNEL).tolist() != convolve2d(IMAGE, KERNEL, mode="valid").tolist()
    mirrored = np.flip(KERNEL)
    assert convolve(IMAGE, mirrored).tolist() == convolve2d(IMAGE, KERNEL, mode="valid").tolist()


def test_fractions_stay_fractions():
    assert convolve([[0.5, 0.25]], [[2, 4]]).tolist() == [[2.0]]


@pytest.mark.parametrize("kernel", [np.ones((4, 1)), np.ones((1, 5)), np.ones((9, 9))])
def test_a_kernel_larger_than_the_image_is_refused(kernel):
    with pytest.raises(ValueError, match=r"`kernel` should be in 1 … [34], the padded image"):
        convolve(IMAGE, kernel)


def test_padding_can_make_room_for_a_kernel():
    assert convolve(IMAGE, np.ones((5, 5)), padding=1).shape == (1, 2)


@pytest.mark.parametrize(
    ("image", "kernel"),
    [([1, 2], KERNEL), (IMAGE, [1, 2]), (np.ones((2, 2, 3)), KERNEL), (IMAGE, 3)],
)
def test_what_is_no_matrix_is_refused(image, kernel):
    with pytest.raises(ValueError, match=r"should be \(rows, columns\); received"):
        convolve(image, kernel)


# Sides


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "padding", "result"),
    [
        (64, 3, 1, 0, 62),
        (64, 3, 1, 1, 64),  # half the kernel, rounded down, keeps an odd kernel's size
        (64, 5, 1, 2, 64),
        (227, 11, 4, 0, 55),  # AlexNet's first convolution
        (5, 3, 2, 0, 2),
        (6, 3, 2, 0, 2),  # the last column has no window of its own
        (7, 3, 2, 0, 3),
        (3, 3, 1, 0, 1),
        (1, 3, 1, 1, 1),
        (4, 1, 5, 0, 1),
    ],
)
def test_the_side_of_a_convolution(side, kernel, stride, padding, result):
    assert output_side(side, kernel, stride, padding) == result


@pytest.mark.parametrize("seed", range(20))
def test_the_sides_are_those_of_what_is_convolved(seed):
    image, kernel = _random(seed)
    for stride, padding in product((1, 2, 3), (0, 1, 2)):
        assert convolve(image, kernel, stride, padding).shape == tuple(
            output_side(side, kernel_side, stride, padding)
            for side, kernel_side in zip(image.shape, kernel.shape, strict=True)
        )


@pytest.mark.parametrize(
    ("side", "pool", "result"), [(64, 2, 32), (32, 2, 16), (5, 2, 2), (1, 1, 1), (8, 3, 2)]
)
def test_the_side_of_a_pooling(side, pool, result):
    assert pooled_side(side, pool) == result


def test_pooling_halves_unless_told_otherwise():
    assert pooled_side(200) == 100


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: output_side(2, 3), r"`kernel` should be in 1 … 2, .*; received 3\."),
        (lambda: output_side(2, 7, padding=2), r"`kernel` should be in 1 … 6, .*; received 7\."),
        (lambda: output_side(5, 0), r"`kernel` should be in 1 … 5, .*; received 0\."),
        (lambda: output_side(5, 3, stride=0), r"`stride` should be at least 1 .* 0 and 0\."),
        (lambda: output_side(5, 3, padding=-1), r"`padding` 0; received 1 and -1\."),
        (lambda: pooled_side(1), r"`pool` should be in 1 … 1, the image; received 2\."),
        (lambda: pooled_side(4, 0), r"`pool` should be in 1 … 4, the image; received 0\."),
    ],
)
def test_sides_that_cannot_be_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("side", [5, 6, 7, 64])
def test_the_sides_are_those_of_keras(side):
    from lib.models.backend import keras

    layers = keras.layers
    image = keras.KerasTensor((1, side, side, 1))
    for stride in (1, 2, 3):
        plain = layers.Conv2D(1, 3, strides=stride).compute_output_shape(image.shape)
        assert plain[1] == output_side(side, 3, stride)
    same = layers.Conv2D(1, 3, padding="same").compute_output_shape(image.shape)
    assert same[1] == output_side(side, 3, padding=1)
    assert layers.MaxPooling2D(2).compute_output_shape(image.shape)[1] == pooled_side(side)


# What a paper prints


def test_a_printed_output_is_checked_number_by_number():
    # A kernel of one 1 in the middle: padded it copies the image, unpadded its inner 1 × 1.
    example = Convolution(
        where="Fig. 1",
        image=((1, 2, 3), (4, 5, 6), (7, 8, 9)),
        kernel=((0, 0, 0), (0, 1, 0), (0, 0, 0)),
        output=((1, 2, 3), (4, 5, 0), (7, 8, 9)),
    )
    found = explain(example)
    assert _checked(found)[:2] == [
        ("row 1, column 1", 1, None, 1, True),
        ("row 1, column 2", 2, None, 2, True),
    ]
    assert _checked(found)[4:6] == [
        ("row 2, column 2", 5, 5, 5, True),
        ("row 2, column 3", 0, None, 6, False),
    ]
    assert {number.where for number in found} == {"Fig. 1"}
    assert [number.padded for number in found] == list(range(1, 10))


def test_a_printed_output_without_padding_lies_in_the_middle_of_the_padded_one():
    image = tuple(tuple(row) for row in np.arange(20).reshape(4, 5).tolist())
    kernel = ((1, 0, 0), (0, 0, 0), (0, 0, 0))
    example = Convolution(where="", image=image, kernel=kernel, output=((0, 1, 2), (5, 6, 8)))
    assert _checked(explain(example)) == [
        ("row 1, column 1", 0, 0, 0, True),
        ("row 1, column 2", 1, 1, 1, True),
        ("row 1, column 3", 2, 2, 2, True),
        ("row 2, column 1", 5, 5, 5, True),
        ("row 2, column 2", 6, 6, 6, True),
        ("row 2, column 3", 8, 7, 7, False),
    ]


def test_a_printed_output_larger_than_any_computed_one_has_numbers_without_a_partner():
    example = Convolution(
        where="", image=((4,),), kernel=((2,),), output=((0, 0, 0), (0, 8, 0), (0, 0, 0))
    )
    found = explain(example)
    assert [number.padded for number in found] == [None] * 4 + [8] + [None] * 4
    assert [number.agrees for number in found] == [False] * 4 + [True] + [False] * 4


def test_the_stride_of_an_example_counts():
    example = Convolution(
        where="", image=((1, 2, 3), (4, 5, 6), (7, 8, 9)), kernel=((1,),), output=((1, 3), (7, 9))
    )
    assert not all(number.agrees for number in explain(example))
    strided = Convolution(**(vars(example) | {"stride": 2}))
    assert [number.unpadded for number in explain(strided)] == [1, 3, 7, 9]


def test_printed_sides_are_checked_step_by_step_from_the_printed_side_before():
    steps = (("convolution", 8, "§1"), ("pooling", 5, "§2"), ("pooling", 2, "§3"))
    found = explain(Sizes(where="Fig. 2", side=10, steps=steps))
    assert _checked(found) == [
        ("convolution of 10", 8, 8, 10, True),
        ("pooling of 8", 5, 4, 4, False),
        ("pooling of 5", 2, 2, 2, True),
    ]
    assert [number.where for number in found] == ["§1", "§2", "§3"]


def test_a_step_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="convolution or pooling; received 'flatten'"):
        explain(Sizes(where="", side=4, steps=(("flatten", 16, ""),)))
