"""Folders made at random, with tables of groups and classes: a set of images, or a sentence that refuses.

Never another exception.
"""

import csv
import io
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import hypothesis
from hypothesis import strategies as st
from PIL import Image

from lib import papers
from lib.datasets import DataError
from lib.datasets.images import find_obstacle, survey
from lib.datasets.own_set import class_folder_names, own_collection
from lib.papers.declare import Collection

CAT, DOG = "cat", "dog"
COLLECTIONS = (own_collection((CAT, DOG)), *papers.load_all())
FOLDERS = ("train", "test", "val", "images", "masks", "__MACOSX", ".hidden", "(", "*", "=1+1", "a\nb", "é",
           os.fsdecode(b"\xff"), "x" * 200, "no cat", "cat and dog", "data")  # fmt: skip
FILES = ("1", "2", "IMG_1", "mdb001", "SOB_B_A-14-22549AB-40-001", "_0_1616", "phantom_cat_0001", "a_mask", "-",
         "=cmd()", "\x1b[31m", "a\nb", "é", os.fsdecode(b"\xfe"), "..a")  # fmt: skip
SUFFIXES = (".png",) * 5 + (".PNG", ".jpg", ".pgm", ".dcm", ".tif", ".webp", ".zip", ".txt", "")
ODD_FILES = (b"", b"%!PS-Adobe-3.0 EPSF\n", b"GIF89a", b"P5 99999999 9999999 255\n", b"P5\n1 1 999999\n",
             bytes(128) + b"DICM", b"II*\0\x08\0\0\0", b"PK\x03\x04")  # fmt: skip
CELLS = ("", "path", "group", "class", "=1", "..", "/", "a/b", "\\", ".", '"', '"a\nb"', "A", "B", "é", " ", "//",
         "../1.png", "C:\\x\\1.png", "\x00", CAT, DOG)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")


def _image(number: int) -> bytes:
    image = Image.new("RGB", (8, 8), (20 * number, 7 * number, 0))
    image.putpixel((7, 7), (0, 0, 255))  # there must be something to see
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


IMAGES = tuple(_image(number) for number in range(12))
contents = st.one_of(
    st.sampled_from(IMAGES),
    st.sampled_from(IMAGES),
    st.sampled_from(ODD_FILES),
    st.builds(lambda image, end: image[:end], st.sampled_from(IMAGES), st.integers(0, 80)),
)


def _write(path: Path, content: bytes) -> None:
    with suppress(OSError, ValueError):  # a name that no file can have, or a folder of that name
        path.write_bytes(content)


def _write_table(data: st.DataObject, place: Path, kind: str, root: Path) -> None:
    """groups.csv or classes.csv: rows of the images below `root`, and some odd ones."""
    images = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.png"))]
    odd = st.lists(st.sampled_from(CELLS), max_size=4)
    header = data.draw(st.one_of(st.just(["path", kind]), st.just([kind, "path", "x"]), odd))
    value = st.sampled_from(("A", "B", CAT, DOG))
    rows = [header, *([image, data.draw(value)] for image in images)]
    rows += data.draw(st.lists(odd, max_size=2))
    stream = io.StringIO()
    delimiter = data.draw(st.sampled_from(",;\t|"))
    with suppress(csv.Error):
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    content = stream.getvalue().encode(data.draw(st.sampled_from(ENCODINGS)), errors="replace")
    cut = data.draw(st.integers(0, 3))
    _write(place / f"{'groups' if kind == 'group' else 'classes'}.csv", content[cut:])


def _write_layout(data: st.DataObject, root: Path, collection: Collection) -> None:
    folders = [root]
    for name in collection.class_names:
        if data.draw(st.integers(0, 9)):
            (root / name).mkdir()
            folders.append(root / name)
            _write(root / name / "first.png", data.draw(contents))
    names = st.sampled_from((*FOLDERS, *collection.class_names))
    for _ in range(data.draw(st.integers(0, 4))):
        inner = data.draw(st.sampled_from(folders)) / data.draw(names)
        inner.mkdir(exist_ok=True)
        folders.append(inner)
    place = st.sampled_from(folders)
    for _ in range(data.draw(st.integers(0, 8))):
        name = data.draw(st.sampled_from((*FILES, *collection.class_names)))
        _write(
            data.draw(place) / f"{name}{data.draw(st.sampled_from(SUFFIXES))}", data.draw(contents)
        )
    if not data.draw(st.integers(0, 5)):
        with suppress(FileExistsError):
            (data.draw(place) / "link").symlink_to(data.draw(place))
    for kind in ("group", "class"):
        if not data.draw(st.integers(0, 2)):
            _write_table(data, data.draw(place), kind, root)


@hypothesis.given(st.data())
def test_any_folder_is_read_or_refused_in_a_sentence(data):
    collection = data.draw(st.sampled_from(COLLECTIONS))
    root = Path(tempfile.mkdtemp())
    try:
        _write_layout(data, root, collection)
        refusal, images, scanned = "", None, None
        try:
            if collection is COLLECTIONS[0] and data.draw(st.booleans()):
                collection = own_collection(class_folder_names(root))
            scanned, images = survey(collection, root, image_size=8)
        except DataError as error:
            refusal = str(error)
        if images is None:
            assert " should " in refusal
        else:
            summary = images.summary()
            assert summary.images == sum(summary.counts.values())
            assert find_obstacle(scanned, images) or min(summary.counts.values()) > 0
    finally:
        shutil.rmtree(root)
