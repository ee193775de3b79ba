"""DICOM files as a format of Pillow's, read by pydicom (the extra `dicom`)."""

from importlib import import_module
from types import ModuleType
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFile

from lib.datasets.bit_depth import RefusedError

FORMAT = "DICOM"
PREAMBLE = 128  # bytes in front of the mark
MARK = b"DICM"
GREYS = ("MONOCHROME1", "MONOCHROME2")  # of the first, 0 is white


class DicomImageFile(ImageFile.ImageFile):
    """The first frame of a DICOM file.

    Greys are floats, after the rescaling and the window that the file asks for; colours have 8 bits.

    Attributes:
        kind: In words, for greys.
        declared: The lowest and highest value that greys can have, where the file tells.
        source: What in the file tells that.
        negative: Whether the lowest value is white.
    """

    format = FORMAT
    format_description = "Digital Imaging and Communications in Medicine"

    declared: tuple[float, float] | None
    fp: IO[bytes]

    def _open(self) -> None:
        self.fp.seek(PREAMBLE)
        if self.fp.read(len(MARK)) != MARK:
            raise SyntaxError("not a DICOM file")
        self.fp.seek(0)
        header = _pydicom().dcmread(self.fp, stop_before_pixels=True)
        if "Rows" not in header or "Columns" not in header:
            raise RefusedError("a DICOM file without an image")
        self._size = header.Columns, header.Rows
        self._mode = "F" if header.PhotometricInterpretation in GREYS else "RGB"
        self.negative = header.PhotometricInterpretation == "MONOCHROME1"
        self.kind, self.declared, self.source = "", None, ""
        self._loaded = False

    def load(self) -> Any:
        """Reads the pixels."""
        if not self._loaded:
            self.fp.seek(0)
            dataset = _pydicom().dcmread(self.fp)
            pixels = _stored_values(dataset)
            if self.mode == "F":
                self.kind, self.declared, self.source = _describe(dataset)
                pixels = _shown_values(pixels, dataset)
            elif pixels.dtype != np.uint8 or pixels.shape != (self.height, self.width, 3):
                raise RefusedError(
                    f"a DICOM file of {dataset.PhotometricInterpretation} with "
                    f"{dataset.BitsAllocated} bits; of colours, RGB and YBR with 8 bits are read"
                )
            self.im = Image.fromarray(pixels).im
            self._loaded = True
        return super().load()


def _pydicom() -> ModuleType:
    try:
        return import_module("pydicom")
    except ImportError as error:
        raise RefusedError(
            "a DICOM file, which needs pydicom to be read: `pip install pydicom`, and run again"
        ) from error


def _stored_values(dataset: Any) -> np.ndarray:
    """The first frame as it is stored: (rows, columns) or (rows, columns, 3)."""
    if "PixelData" not in dataset:
        raise RefusedError("a DICOM file without pixels (PixelData)")
    from pydicom.pixels import pixel_array

    try:
        return pixel_array(dataset, index=0)
    except (NotImplementedError, RuntimeError) as error:  # no decoder, or none that is installed
        compression = dataset.file_meta.TransferSyntaxUID.name
        raise RefusedError(
            f"a DICOM file whose pixels pydicom cannot decompress here ({compression})"
        ) from error


def _describe(dataset: Any) -> tuple[str, tuple[float, float] | None, str]:
    """(kind, range, what tells the range) of `_shown_values`; 16 bits of 16 are no declaration."""
    if _has_window(dataset):
        return "windowed DICOM", (0, 1), "each file's window"
    bits = dataset.BitsStored
    declared = _ends(dataset) if bits < 16 else None
    return f"{bits}-bit DICOM", declared, "BitsStored"


def _shown_values(stored: np.ndarray, dataset: Any) -> np.ndarray:
    """float32: in physical units; where the file has a window, 0 is its lower end and 1 its upper."""
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    values = apply_modality_lut(stored, dataset)
    if not _has_window(dataset):
        return values.astype(np.float32)
    if dataset.get("VOILUTSequence"):  # a table, whose keys are whole numbers
        values = np.rint(values).astype(np.int64)
    low, high = _window_ends(dataset)
    return ((apply_voi_lut(values, dataset) - low) / (high - low)).astype(np.float32)


def _has_window(dataset: Any) -> bool:
    centre, width = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    return bool(dataset.get("VOILUTSequence")) or None not in (centre, width)


def _window_ends(dataset: Any) -> tuple[float, float]:
    """What `apply_voi_lut` makes of the lowest and of the highest values."""
    from pydicom.pixels import apply_windowing

    if dataset.get("VOILUTSequence"):
        return 0, 2 ** dataset.VOILUTSequence[0].LUTDescriptor[2] - 1
    low, high = apply_windowing(np.array([-1e30, 1e30]), dataset)
    return float(low), float(high)


def _ends(dataset: Any) -> tuple[float, float]:
    """What `apply_modality_lut` makes of the lowest and the highest value that can be stored."""
    from pydicom.pixels import apply_modality_lut

    bits, signed = dataset.BitsStored, bool(dataset.PixelRepresentation)
    stored = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    low, high = sorted(apply_modality_lut(np.array(stored), dataset).tolist())
    return low, high


Image.register_open(FORMAT, DicomImageFile)
