"""Folders of phantoms: complete, marked, reproducible, named after what was drawn, with known faults."""

import csv
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import papers, phantoms, storage
from lib.datasets import DataError, load, split_grouped, split_published
from lib.datasets.folder import scan
from lib.papers.declare import Assumed, ClassName, Paper
from lib.phantoms import Faults

SIDE = 24  # small and fast; one test draws at the declared size


@pytest.fixture
def paper(paper: Paper) -> Paper:
    """The paper of conftest.py, its phantoms smaller."""
    small = replace(paper.dataset, side=Assumed(SIDE, "for these tests"))
    return replace(paper, dataset=small)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts grey drawings in the place of the family's: all that can be seen is what was added."""

    def put(*, colour: tuple[int, int, int] = (120, 100, 80)) -> None:
        def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
            rng.random()
            return np.full((size, size, 3), colour, np.uint8)

        monkeypatch.setattr("lib.phantoms.families.white_blood_cells.draw", draw)

    return put


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "groups.csv").read_text().splitlines()))


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def _by_group(folder: Path) -> Iterator[tuple[str, list[np.ndarray]]]:
    rows = _rows(folder)
    for group in dict.fromkeys(row["group"] for row in rows):
        yield group, [_pixels(folder / row["path"]) for row in rows if row["group"] == group]


def _counts(folder: Path) -> dict[str, int]:
    """Images by the folder they lie in."""
    return {path.name: len(list(path.iterdir())) for path in folder.iterdir() if path.is_dir()}


# A set


def test_a_folder_holds_the_asked_number_of_distinct_images_of_every_class(paper):
    files = scan(paper, phantoms.folder(paper, 3)).files
    assert files["label"].value_counts().to_dict() == dict.fromkeys(range(5), 3)
    assert files["sha256"].nunique() == 15


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_paper_is_drawn_at_its_declared_side(slug):
    paper = papers.load(slug)
    paths = list(phantoms.folder(paper, 1).rglob("*.png"))
    assert sorted(path.parent.name for path in paths) == sorted(paper.class_names)
    side = paper.dataset.side.value
    for path in paths:
        with Image.open(path) as image:
            assert (image.size, image.mode) == ((side, side), "RGB")


def test_the_mark_says_what_was_drawn_and_makes_the_set_a_phantom(paper):
    faults = Faults(copies=2, other_scanner="monocyte", label_noise=0.25, imbalance=3.0)
    folder = phantoms.folder(paper, 2, faults)
    mark = json.loads((folder / "PHANTOM.json").read_text())
    assert mark.pop("files") == {
        path: hashlib.sha256(content).hexdigest()
        for path, content in _contents(folder).items()
        if path != "PHANTOM.json"
    }
    assert mark == {
        "family": "white_blood_cells",
        "seed": phantoms.SEED,
        "per_class": 2,
        **asdict(faults),
    }
    assert scan(paper, folder).kind == "phantom"


def test_the_same_bytes_are_drawn_again(paper):
    folder = phantoms.folder(paper, 2)
    first = _contents(folder)
    shutil.rmtree(folder)
    assert phantoms.folder(paper, 2) == folder
    assert _contents(folder) == first
    assert len(first) == 12


def test_a_folder_that_is_there_is_not_drawn_again(paper, monkeypatch):
    folder = phantoms.folder(paper, 1)
    monkeypatch.setattr("lib.phantoms.families.white_blood_cells.draw", pytest.fail)
    assert phantoms.folder(paper, 1) == folder


def _picture_deleted(folder: Path) -> None:
    (folder / "monocyte" / "phantom_monocyte_0001.png").unlink()


def _picture_edited(folder: Path) -> None:
    Image.linear_gradient("L").resize((SIDE, SIDE)).save(
        folder / "monocyte" / "phantom_monocyte_0001.png"
    )


def _picture_copied(folder: Path) -> None:
    source = folder / "monocyte" / "phantom_monocyte_0001.png"
    shutil.copyfile(source, folder / "basophil" / source.name)


def _class_deleted(folder: Path) -> None:
    shutil.rmtree(folder / "monocyte")


def _groups_edited(folder: Path) -> None:
    text = (folder / "groups.csv").read_text()
    (folder / "groups.csv").write_text(text.replace("monocyte 0", "monocyte 1"))


def _mark_deleted(folder: Path) -> None:
    (folder / "PHANTOM.json").unlink()


def _mark_edited(folder: Path) -> None:
    text = (folder / "PHANTOM.json").read_text()
    (folder / "PHANTOM.json").write_text(text.replace('"copies": 1', '"copies": 2'))


def _mark_emptied(folder: Path) -> None:
    (folder / "PHANTOM.json").write_text("")


def _mark_without_files(folder: Path) -> None:
    mark = json.loads((folder / "PHANTOM.json").read_text())
    del mark["files"]
    (folder / "PHANTOM.json").write_text(json.dumps(mark))


CHANGES = [
    *(_picture_deleted, _picture_edited, _picture_copied, _class_deleted, _groups_edited),
    *(_mark_deleted, _mark_edited, _mark_emptied, _mark_without_files),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_set_that_is_not_as_it_was_drawn_is_drawn_again_and_that_is_said(paper, change, capsys):
    folder = phantoms.folder(paper, 2)
    whole = _contents(folder)
    change(folder)
    assert _contents(folder) != whole
    assert capsys.readouterr().err == ""
    assert phantoms.folder(paper, 2) == folder
    assert _contents(folder) == whole
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"data/phantoms/{folder.name}: ")
    assert line.endswith("The set is thrown away and drawn again.")
    assert list(storage.phantoms().iterdir()) == [folder]


@pytest.mark.parametrize("change", [change for change in CHANGES if change != _picture_copied])
def test_drawn_images_are_phantoms_whatever_became_of_their_set(paper, change, tmp_path):
    folder = phantoms.folder(paper, 2)
    shutil.copyfile(folder / "monocyte" / "phantom_monocyte_0000.png", tmp_path / "kept.png")
    change(folder)
    (folder / "monocyte").mkdir(exist_ok=True)
    shutil.copyfile(tmp_path / "kept.png", folder / "monocyte" / "phantom_monocyte_0000.png")
    assert scan(paper, folder).kind == "phantom"
    shutil.copytree(folder, tmp_path / "copy")
    assert scan(paper, tmp_path / "copy").kind == "phantom"


def test_what_lies_among_the_phantoms_is_one_whatever_it_is_called(paper, tmp_path):
    folder = phantoms.folder(paper, 2)
    (folder / "PHANTOM.json").unlink()
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        path.rename(path.with_name(f"{number}.png"))
    (folder / "groups.csv").unlink()
    (tmp_path / "link").symlink_to(folder)
    assert scan(paper, folder).kind == scan(paper, tmp_path / "link").kind == "phantom"


def test_somebody_elses_images_among_the_phantoms_are_named_and_stay(paper):
    folder = phantoms.folder(paper, 2)
    own = folder / "monocyte" / "mine.png"
    Image.new("RGB", (8, 8)).save(own)
    (folder / "PHANTOM.json").unlink()
    with pytest.raises(DataError, match=r"drawn images alone; monocyte/mine\.png is none"):
        phantoms.folder(paper, 2)
    assert own.is_file()


def test_what_the_system_leaves_in_a_folder_does_not_matter(paper, capsys):
    folder = phantoms.folder(paper, 1)
    (folder / ".DS_Store").touch()
    (folder / "monocyte" / ".ipynb_checkpoints").mkdir()
    shutil.copy(folder / "monocyte" / "phantom_monocyte_0000.png", folder / "monocyte" / ".a.png")
    assert phantoms.folder(paper, 1) == folder
    assert capsys.readouterr().err == ""
    assert (folder / ".DS_Store").exists()


def test_fewer_phantoms_are_the_first_of_more(paper):
    fewer, more = (_contents(phantoms.folder(paper, number)) for number in (2, 5))
    pictures = {path: content for path, content in fewer.items() if path.endswith(".png")}
    assert len(pictures) == 10
    assert pictures.items() <= more.items()


def test_a_drawing_that_fails_leaves_nothing(paper, monkeypatch):
    monkeypatch.setattr("lib.phantoms.families.white_blood_cells.draw", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        phantoms.folder(paper, 1)
    assert list(storage.phantoms().iterdir()) == []


def test_a_disk_that_is_full_is_told_with_place_and_remedy_and_nothing_stays(paper, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    told = rf"drawn images should be written to {re.escape(str(storage.phantoms()))}; .* No space"
    with pytest.raises(DataError, match=f"{told}.* fewer `phantoms_per_class`"):
        phantoms.folder(paper, 1)
    assert list(storage.phantoms().iterdir()) == []


def test_a_class_the_family_does_not_know_is_refused_and_nothing_stays(paper):
    other = replace(paper, classes=(*paper.classes, ClassName(name="platelet")))
    with pytest.raises(ValueError, match="platelet"):
        phantoms.folder(other, 1)
    assert list(storage.phantoms().iterdir()) == []


# A specimen beside the set


def test_a_specimen_is_in_no_phantom_set(paper, monkeypatch):
    monkeypatch.setattr(phantoms, "LIGHT_SPREAD", 0)  # which would hide that a drawing is the same
    folders = [phantoms.folder(paper, 9), phantoms.folder(paper, 8, Faults(label_noise=0.25))]
    drawings = [_pixels(path) for folder in folders for path in folder.rglob("*.png")]
    assert len(drawings) == 5 * (9 + 8)
    for name in paper.class_names:
        specimen = phantoms.specimen(paper, name).astype(int)
        # Not merely other bytes: of 24 × 24 pixels most differ from those of every drawing.
        assert min((specimen != drawing).any(2).mean() for drawing in drawings) > 0.5


def test_a_specimen_is_the_same_every_time_and_another_for_every_class(paper):
    specimens = [phantoms.specimen(paper, name) for name in paper.class_names]
    assert len({specimen.tobytes() for specimen in specimens}) == 5
    for name, specimen in zip(paper.class_names, specimens, strict=True):
        np.testing.assert_array_equal(phantoms.specimen(paper, name), specimen)


@pytest.mark.parametrize("slug", papers.slugs())
def test_a_specimen_has_the_side_that_its_paper_declares(slug):
    paper = papers.load(slug)
    side = paper.dataset.side.value
    for name in paper.class_names:
        specimen = phantoms.specimen(paper, name)
        assert (specimen.shape, specimen.dtype) == ((side, side, 3), np.uint8)
        assert np.ptp(specimen) > 30


def test_a_specimen_of_a_class_is_of_that_class(paper, monkeypatch):
    requests = []

    def draw(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
        requests.append((kind, size))
        return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)

    monkeypatch.setattr("lib.phantoms.families.white_blood_cells.draw", draw)
    phantoms.specimen(paper, "monocyte")
    assert requests == [("monocyte", SIDE)]


# Its name


def test_the_name_changes_with_number_classes_side_and_faults(paper):
    bigger = replace(paper.dataset, side=Assumed(SIDE + 1, "other"))
    variants = [
        paper,
        replace(paper, classes=paper.classes[:2]),
        replace(paper, classes=paper.classes[::-1]),
        replace(paper, dataset=bigger),
    ]
    folders = [phantoms.folder(variant, 1) for variant in variants]
    folders += [phantoms.folder(paper, 2), phantoms.folder(paper, 1, Faults(copies=2))]
    assert len(set(folders)) == 6
    assert [len(list(folder.rglob("*.png"))) for folder in folders] == [5, 2, 5, 5, 10, 5]
    assert all(folder.name.startswith("white_blood_cells-") for folder in folders)


@pytest.mark.parametrize(
    "changed", ["__init__", "drawing", "copies", "families/white_blood_cells", "families/a/b"]
)
def test_the_name_changes_with_the_code_that_draws(paper, monkeypatch, tmp_path, changed):
    source = tmp_path / "phantoms"
    shutil.copytree(Path(phantoms.__file__).parent, source)
    monkeypatch.setattr(phantoms, "__file__", str(source / "__init__.py"))
    before = phantoms.folder(paper, 1)
    path = source / f"{changed}.py"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write("# changed\n")
    assert phantoms.folder(paper, 1) != before


# Groups


def test_groups_csv_gives_every_image_its_group_and_what_it_was_drawn_as(paper):
    folder = phantoms.folder(paper, 9)
    rows = _rows(folder)
    assert list(rows[0]) == ["path", "group", "drawn_as"]
    there = {path for path in _contents(folder) if path.endswith(".png")}
    assert sorted(row["path"] for row in rows) == sorted(there)
    assert all(row["drawn_as"] == row["path"].split("/")[0] for row in rows)
    groups = Counter(row["group"] for row in rows)
    assert phantoms.GROUP_SIZE == 4
    assert sorted(groups.values()) == [1] * 5 + [4] * 10
    assert len({(row["group"], row["drawn_as"]) for row in rows}) == len(groups)


def test_the_drawings_of_a_group_share_light_and_other_groups_have_another(paper, plain):
    plain()
    by_group = dict(_by_group(phantoms.folder(paper, 8)))
    assert len(by_group) == 10
    for images in by_group.values():
        assert all((image == image[0, 0]).all() for image in images)
        assert len({tuple(image[0, 0]) for image in images}) == 1
    lights = np.array([images[0][0, 0] for images in by_group.values()])
    assert len(np.unique(lights, axis=0)) == 10
    gains = lights / (120, 100, 80)
    assert 0.02 < gains.std() < 0.1  # 0.057 expected: 4 % of light, 4 % of each colour
    assert (gains.std(axis=1) > 0.005).mean() > 0.5  # colours change, not brightness alone
    assert abs(gains.mean() - 1) < 0.04


def test_light_alone_changes_in_grey_pictures(paper, plain):
    plain(colour=(90, 90, 90))
    lights = np.array([images[0][0, 0] for _, images in _by_group(phantoms.folder(paper, 8))])
    assert (lights == lights[:, :1]).all()
    assert len(np.unique(lights)) > 3


def test_bright_pictures_do_not_wrap_round(paper, plain):
    plain(colour=(252, 250, 248))
    for path in phantoms.folder(paper, 20).rglob("*.png"):
        assert _pixels(path).min() > 200


# Faults


def test_by_default_nothing_is_wrong(paper):
    assert phantoms.folder(paper, 2) == phantoms.folder(paper, 2, Faults())
    assert asdict(Faults()) == {
        "copies": 1,
        "other_scanner": "",
        "other_file": "",
        "label_noise": 0.0,
        "imbalance": 1.0,
    }


def test_copies_of_one_drawing_are_one_group_and_the_number_of_images_stays(paper):
    folder = phantoms.folder(paper, 10, Faults(copies=4))
    assert _counts(folder) == dict.fromkeys(paper.class_names, 10)
    groups = Counter(row["group"] for row in _rows(folder))
    assert sorted(groups.values()) == [2] * 5 + [4] * 10


def test_copies_show_the_same_drawing_turned_and_mirrored(paper, monkeypatch):
    numbers = iter(range(10, 250, 10))

    def quarter(kind: str, *, size: int, rng: np.random.Generator) -> np.ndarray:
        pixels = np.full((size, size, 3), 250, np.uint8)
        pixels[: size // 2, : size // 2] = next(numbers)
        return pixels

    monkeypatch.setattr(phantoms, "LIGHT_SPREAD", 0)
    monkeypatch.setattr("lib.phantoms.families.white_blood_cells.draw", quarter)
    by_group = dict(_by_group(phantoms.folder(paper, 12, Faults(copies=6))))
    assert len(by_group) == 10
    darkest = {group: {image.min() for image in images} for group, images in by_group.items()}
    assert sorted(map(len, darkest.values())) == [1] * 10
    assert len(set.union(*darkest.values())) == 10
    corners = ((2, 2), (2, -3), (-3, 2), (-3, -3))
    dark = {
        min(corners, key=lambda corner: image[corner].sum())
        for images in by_group.values()
        for image in images
    }
    assert dark == set(corners)
    assert all(len({image.tobytes() for image in images}) == 6 for images in by_group.values())


def test_turned_copies_have_no_corners_that_give_them_away(paper, plain):
    """They are filled with the colour of the drawing's rim."""
    plain()
    for _, images in _by_group(phantoms.folder(paper, 8, Faults(copies=4))):
        for image in images:
            assert np.abs(image - image[SIDE // 2, SIDE // 2]).max() <= 1


@pytest.mark.parametrize("faults", [Faults(), Faults(copies=5)])
def test_groups_can_be_kept_apart(paper, faults):
    images = load(paper, phantoms.folder(paper, 40, faults), SIDE)
    assert images.summary().groups == (40 if faults.copies > 1 else 50)
    for fold in split_grouped(images, images.groups, folds=5, seeds=[0, 1]):
        assert fold.shared_groups(images) == 0


def test_a_random_split_leaks_copies(paper):
    images = load(paper, phantoms.folder(paper, 40, Faults(copies=8)), SIDE)
    for fold in split_published(images, test_share=0.2, stratified=False, seeds=[0, 1]):
        assert fold.shared_groups(images) > 0.95


def _framed(image: np.ndarray) -> bool:
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool((rim == 20).all())


@pytest.mark.parametrize(("side", "width"), [(24, 1), (50, 2), (100, 4)])
def test_the_other_scanner_frames_and_tints_one_class_only(paper, plain, side, width, monkeypatch):
    plain()
    monkeypatch.setattr(phantoms, "LIGHT_SPREAD", 0)
    sized = replace(paper, dataset=replace(paper.dataset, side=Assumed(side, "for this test")))
    folder = phantoms.folder(sized, 2, Faults(other_scanner="monocyte"))
    for row in _rows(folder):
        image = _pixels(folder / row["path"])
        assert _framed(image) == (row["drawn_as"] == "monocyte")
        inner = image[width:-width, width:-width]
        expected = [127, 100, 73] if row["drawn_as"] == "monocyte" else [120, 100, 80]
        assert (inner == expected).all()
        assert (image == 20).all(2).sum() == (
            side**2 - (side - 2 * width) ** 2 if row["drawn_as"] == "monocyte" else 0
        )


def test_the_other_classes_are_drawn_as_without_the_other_scanner(paper):
    clean, tinted = (
        _contents(phantoms.folder(paper, 3, faults))
        for faults in (Faults(), Faults(other_scanner="monocyte"))
    )
    changed = {path for path in clean if clean[path] != tinted[path]}
    assert changed == {"PHANTOM.json", *(path for path in clean if path.startswith("monocyte/"))}


def test_the_other_file_is_a_jpeg_of_the_same_drawing(paper):
    clean, other = (
        phantoms.folder(paper, 3, faults) for faults in (Faults(), Faults(other_file="monocyte"))
    )
    pictures, changed = _contents(clean), _contents(other)
    same = {name for name in pictures if name.endswith(".png") and "monocyte" not in name}
    assert len(same) == 12
    assert all(changed[name] == pictures[name] for name in same)
    saved = sorted((other / "monocyte").iterdir())
    assert [path.name[-8:] for path in saved] == ["0000.jpg", "0001.jpg", "0002.jpg"]
    for path in saved:
        with Image.open(path) as image:
            assert image.format == "JPEG"
        drawn = _pixels(clean / "monocyte" / f"{path.stem}.png")
        assert 0 < np.abs(_pixels(path) - drawn).mean() < 8  # grey levels
    assert [row["path"] for row in _rows(other)] == sorted(
        name for name in changed if name.startswith(paper.class_names)
    )


@pytest.mark.parametrize(("share", "astray"), [(0.05, 1), (0.25, 5), (0.5, 10)])
def test_label_noise_moves_exactly_its_share_of_every_class_to_the_next(paper, share, astray):
    folder = phantoms.folder(paper, 20, Faults(label_noise=share))
    names = paper.class_names
    moves = Counter((row["drawn_as"], row["path"].split("/")[0]) for row in _rows(folder))
    expected = {(name, name): 20 - astray for name in names}
    expected |= {(name, names[(label + 1) % 5]): astray for label, name in enumerate(names)}
    assert moves == expected


def test_noise_tells_the_truth_about_what_was_drawn(paper):
    clean, noisy = (
        phantoms.folder(paper, 8, faults) for faults in (Faults(), Faults(label_noise=0.25))
    )
    drawn = {path.read_bytes(): path.parent.name for path in clean.rglob("*.png")}
    rows = _rows(noisy)
    assert {(noisy / row["path"]).read_bytes(): row["drawn_as"] for row in rows} == drawn
    groups = {(clean / row["path"]).read_bytes(): row["group"] for row in _rows(clean)}
    assert {(noisy / row["path"]).read_bytes(): row["group"] for row in rows} == groups


def test_which_images_go_astray_is_left_to_chance(paper):
    rows = _rows(phantoms.folder(paper, 20, Faults(label_noise=0.25)))
    astray = [row["path"][-8:-4] for row in rows if not row["path"].startswith(row["drawn_as"])]
    assert len(set(astray)) > 10  # of 25: the first five of every class would make 5


@pytest.mark.parametrize(
    ("imbalance", "counts"),
    [
        (1.0, [16] * 5),
        (16.0, [16, 8, 4, 2, 1]),
        (4.0, [16, 11, 8, 6, 4]),
        (1000.0, [16, 3, 1, 1, 1]),
    ],
)
def test_imbalance_is_the_first_class_against_the_last(paper, imbalance, counts):
    folder = phantoms.folder(paper, 16, Faults(imbalance=imbalance))
    assert [_counts(folder)[name] for name in paper.class_names] == counts


def test_faults_can_be_combined(paper):
    faults = Faults(copies=3, other_scanner="neutrophil", label_noise=0.5, imbalance=2.0)
    folder = phantoms.folder(paper, 8, faults)
    rows = _rows(folder)
    drawn = Counter(row["drawn_as"] for row in rows)
    assert [drawn[name] for name in paper.class_names] == [8, 7, 6, 5, 4]
    assert Counter(row["path"].split("/")[0] for row in rows)["basophil"] == 4 + 2
    assert max(Counter(row["group"] for row in rows).values()) == 3


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"other_scanner": "platelet"}, "`other_scanner` should be one of basophil, .*'platelet'"),
        ({"other_file": "JPEG"}, "`other_file` should be one of basophil, .*'JPEG'"),
        ({"copies": 0}, "`copies` and `imbalance` should be at least 1.*copies=0"),
        ({"label_noise": -0.1}, "`label_noise` from 0 up to 1.*label_noise=-0.1"),
        ({"label_noise": 1.0}, "`label_noise` from 0 up to 1.*label_noise=1.0"),
        ({"label_noise": float("nan")}, "`label_noise` from 0 up to 1.*label_noise=nan"),
        ({"imbalance": 0.5}, "`imbalance` should be at least 1.*imbalance=0.5"),
    ],
)
def test_an_impossible_fault_is_refused_before_anything_is_drawn(paper, faults, message):
    with pytest.raises(ValueError, match=message):
        phantoms.folder(paper, 1, Faults(**faults))
    assert not storage.phantoms().exists()
