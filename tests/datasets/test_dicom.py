"""DICOM: the values that a viewer would show, and a reason for what cannot be read."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.datasets.decoding import decode_whole, open_image
from lib.datasets.store import open_store
from lib.storage import file_sha256

GREYS = np.array([[0, 16, 160, 1600], [2000, 2048, 4000, 4095]], np.uint16)  # of 12 bits
OF_12_BITS = np.rint(GREYS * 255.0 / 4095).astype(int)
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


@pytest.fixture
def pydicom():
    return pytest.importorskip("pydicom", reason="needs pydicom, the extra `dicom`")


def _written(
    pydicom: Any,
    path: Path,
    values: np.ndarray = GREYS,
    photometric: str = "MONOCHROME2",
    bits: int = 12,
    **tags: Any,
) -> Path:
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT_LITTLE_ENDIAN
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.Rows, dataset.Columns = values.shape[:2]
    dataset.PhotometricInterpretation = photometric
    dataset.SamplesPerPixel = 3 if values.ndim == 3 else 1
    if values.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored = 8 * values.dtype.itemsize, bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes()
    dataset["PixelData"].VR = "OW"
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _greys(path: Path) -> list[list[int]]:
    return np.asarray(decode_whole(path))[..., 0].tolist()


def test_the_bits_stored_tell_the_range(pydicom, tmp_path):
    assert _greys(_written(pydicom, tmp_path / "a.dcm")) == OF_12_BITS.tolist()
    of_16_bits = np.rint(GREYS * 255.0 / 65535)  # whose largest value tells more
    path = _written(pydicom, tmp_path / "b.dcm", GREYS - GREYS // 2, bits=16)
    assert of_16_bits.max() < 17
    assert _greys(path)[1][3] == 255


def test_rescaled_values_have_the_range_that_the_stored_ones_have(pydicom, tmp_path):
    rescale = {"RescaleSlope": 2, "RescaleIntercept": -1024}
    assert _greys(_written(pydicom, tmp_path / "a.dcm", **rescale)) == OF_12_BITS.tolist()


def test_values_with_a_sign_begin_below_zero(pydicom, tmp_path):
    signed = np.array([[-2048, 0, 2047]], np.int16)
    assert _greys(_written(pydicom, tmp_path / "a.dcm", signed)) == [[0, 128, 255]]


def test_what_is_negative_is_turned_over(pydicom, tmp_path):
    path = _written(pydicom, tmp_path / "a.dcm", photometric="MONOCHROME1")
    assert _greys(path) == (255 - OF_12_BITS).tolist()


def test_a_window_is_applied(pydicom, tmp_path):
    """Centre 1000, width 2001: from 0 to 2000 by the standard (PS3.3, C.11.2.1.2.1)."""
    window = {"WindowCenter": 1000.5, "WindowWidth": 2001}
    path = _written(pydicom, tmp_path / "a.dcm", **window)
    assert _greys(path) == np.rint(GREYS.clip(0, 2000) * 255.0 / 2000).tolist()
    several = {"WindowCenter": [1000.5, 9], "WindowWidth": [2001, 9]}
    assert _greys(_written(pydicom, tmp_path / "b.dcm", **several)) == _greys(path)


def test_a_table_of_values_is_applied(pydicom, tmp_path):
    table = pydicom.Dataset()
    table.LUTDescriptor = [4, 10, 8]  # four entries of 8 bits, the first for 10 and all below
    table.LUTData = np.array([0, 51, 102, 255], "<u2").tobytes()
    values = np.array([[3, 10, 11, 12, 13, 99]], np.uint16)
    path = _written(pydicom, tmp_path / "a.dcm", values, VOILUTSequence=[table])
    assert _greys(path) == [[0, 0, 51, 102, 255, 255]]
    rescaled = {"VOILUTSequence": [table], "RescaleSlope": 0.5, "RescaleIntercept": 5}
    path = _written(pydicom, tmp_path / "b.dcm", values, **rescaled)
    assert _greys(path) == [[0, 0, 0, 51, 102, 255]]  # of 6.5, 10, 10.5, 11, 11.5 and 54.5


@pytest.mark.parametrize("bits", [8, 16])
def test_colours_of_8_bits_are_read_and_others_refused(pydicom, tmp_path, bits):
    colours = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(f"uint{bits}")
    path = _written(pydicom, tmp_path / "a.dcm", colours, "RGB", bits)
    if bits == 8:
        np.testing.assert_array_equal(decode_whole(path), colours)
    else:
        with pytest.raises(ValueError, match="a DICOM file of RGB with 16 bits"):
            decode_whole(path)


def test_of_several_frames_the_first_is_read(pydicom, tmp_path):
    frames = np.concatenate([GREYS.ravel(), GREYS.ravel()[::-1]])
    path = _written(
        pydicom, tmp_path / "a.dcm", NumberOfFrames=2, PixelData=frames.astype("<u2").tobytes()
    )
    assert _greys(path) == OF_12_BITS.tolist()


def test_files_of_a_set_share_one_range_with_or_without_a_window(pydicom, tmp_path):
    paths = [
        _written(pydicom, tmp_path / "a.dcm"),
        _written(pydicom, tmp_path / "b.dcm", GREYS // 2),
        _written(pydicom, tmp_path / "c.dcm", WindowCenter=1000, WindowWidth=2000),
    ]
    opened = open_store(paths, [file_sha256(path) for path in paths], 8)
    assert [pixels.max() for pixels in opened.pixels] == [255, 127, 255]
    assert [(of.kind, of.files, of.low, of.high) for of in opened.ranges] == [
        ("12-bit DICOM", 2, 0, 4095),
        ("windowed DICOM", 1, 0, 1),
    ]


def test_size_and_type_are_told_by_the_header_alone(pydicom, tmp_path):
    path = _written(pydicom, tmp_path / "a.dcm", np.zeros((30, 50), np.uint16))
    path.write_bytes(path.read_bytes()[:-2000])
    with open_image(path) as image:
        assert (image.size, image.format) == ((50, 30), "DICOM")


def _truncated(pydicom: Any, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def _without(name: str) -> Any:
    def remove(pydicom: Any, path: Path) -> None:
        dataset = pydicom.dcmread(path)
        del dataset[name]
        dataset.save_as(path)

    return remove


def _compressed(pydicom: Any, path: Path) -> None:
    """By a method that pydicom has no decoder of its own for."""
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLosslessSV1
    dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8jpeg\xff\xd9"])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_truncated, "broken image: "),
        (_without("PixelData"), "a DICOM file without pixels"),
        (_without("Rows"), "a DICOM file without an image"),
        (_compressed, r"a DICOM file whose pixels pydicom cannot decompress here \(JPEG Lossless"),
    ],
)
def test_what_cannot_be_read_has_a_reason(pydicom, tmp_path, damage, reason):
    path = _written(pydicom, tmp_path / "a.dcm")
    damage(pydicom, path)
    with pytest.raises(ValueError, match=f"^{reason}"):
        decode_whole(path)


def test_without_pydicom_a_file_is_refused_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydicom", None)
    path = tmp_path / "a.dcm"
    path.write_bytes(bytes(128) + b"DICM" + bytes(100))
    with pytest.raises(ValueError, match=r"^a DICOM file.*needs pydicom.*`pip install pydicom`"):
        decode_whole(path)


def test_a_file_called_dicom_that_is_none_is_no_image(tmp_path):
    for content in (b"DICM", bytes(128) + b"DICN" + bytes(9), b"x" * 500):
        (tmp_path / "a.dcm").write_bytes(content)
        with pytest.raises(ValueError, match="not an image"):
            decode_whole(tmp_path / "a.dcm")
