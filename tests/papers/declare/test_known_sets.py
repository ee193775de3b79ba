"""Data sets that serve several papers: their numbers add up, and are those of the sets themselves."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import papers
from lib.datasets import load, scan
from lib.papers.declare import Control, Dataset
from lib.papers.declare.known_sets import BCCD, BLOOD_CELLS, PBC, control

CELLS = tuple(cell.name for cell in BLOOD_CELLS)
SETS = {"pbc": PBC, "bccd_originals": BCCD}
DECLARED = [(slug, declared) for slug in papers.slugs() for declared in papers.load(slug).controls]


def _control_set(name: str) -> Control:
    """The control set as the paper of these cells declares it."""
    paper = papers.load("kuncoro_white_blood_cells")
    return next(declared for declared in paper.controls if declared.name == name)


@pytest.fixture(params=SETS)
def real(request, shared: Path) -> tuple[str, Dataset, Path, str]:
    """A set of ../shared: name, declaration, folder, and what is known of where it comes from."""
    folder = shared / "data" / "kuncoro_white_blood_cells" / request.param
    if not folder.is_dir():
        pytest.skip(f"needs {request.param} of ../shared")
    origin = (folder / "SOURCE.md").read_text(encoding="utf-8")
    return request.param, SETS[request.param], folder, origin


# Declarations


@pytest.mark.parametrize("dataset", SETS.values(), ids=SETS)
def test_the_classes_add_up_to_the_whole(dataset):
    assert sum(int(count.value) for count in dataset.counts.values()) == int(dataset.total.value)
    assert tuple(dataset.counts) == CELLS


def test_a_cell_is_called_what_it_is_unless_the_paper_has_another_name():
    plain = control("pbc", PBC, "Are they recognised?", file_names="BA_.*")
    assert plain.expected == {name: name for name in CELLS}
    assert (plain.name, plain.asks, plain.dataset) == ("pbc", "Are they recognised?", PBC)
    assert tuple(cell.name for cell in plain.classes) == CELLS
    other = {"monocyte": "healthy", "basophil": "odd"}
    healthy = control("pbc", PBC, "Are they healthy?", file_names="BA_.*", **other)
    assert list(healthy.expected.values()) == ["odd", *CELLS[1:3], "healthy", "neutrophil"]
    assert plain.expected["monocyte"] == "monocyte"


@pytest.mark.parametrize(("slug", "control_set"), DECLARED)
def test_every_control_set_says_of_each_class_what_a_model_should_call_it(slug, control_set):
    paper = papers.load(slug)
    assert set(control_set.expected) == {class_name.name for class_name in control_set.classes}
    assert set(control_set.expected.values()) <= set(paper.class_names)
    assert control_set.asks[-1] in ".?"
    assert control_set.dataset.sources[0].address.startswith("https://")


def test_a_control_set_declares_a_collection_of_its_own():
    """In a folder of its own, with its own classes: `lib.datasets` reads it as it reads a paper's."""
    plain = control("pbc", PBC, "Are they recognised?", file_names="BA_.*")
    assert plain.slug == "controls/pbc"
    assert plain.class_names == CELLS


def test_names_of_control_sets_are_folders_and_differ_within_a_paper():
    assert len(DECLARED) >= 2
    for slug in papers.slugs():
        names = [control_set.name for control_set in papers.load(slug).controls]
        assert len(set(names)) == len(names)
        assert all(name == Path(name).name for name in names)


@pytest.mark.parametrize(
    ("name", "stem", "known"),
    [
        ("pbc", "BA_100102", True),
        ("pbc", "BNE_373543", True),
        ("pbc", "BAS_0001", False),  # AML-Cytomorphology_LMU's
        ("pbc", "image_001", False),
        ("bccd_originals", "BloodImage_00136_1", True),
        ("bccd_originals", "BloodImage_00136", False),  # a whole photograph
        ("bccd_originals", "BloodImage_00159_0577", False),  # a copy of a cell
    ],
)
def test_file_names_show_which_set_it_is(name, stem, known):
    assert bool(re.fullmatch(_control_set(name).file_names, stem)) == known


# The sets themselves


def test_the_counts_are_those_that_come_with_the_set(real):
    name, dataset, folder, origin = real
    if name == "bccd_originals":  # all of it lies there: its files can be counted
        files = scan(_control_set(name), folder).files
        counts = {cell: int((files["label"] == place).sum()) for place, cell in enumerate(CELLS)}
        assert counts == {cell: int(count.value) for cell, count in dataset.counts.items()}
        assert f"{dataset.total.value} unaugmented single-WBC crops" in origin
        assert f"Basophil: only {dataset.counts['basophil'].value} images" in origin
    else:  # a sample of it
        for cell, count in dataset.counts.items():
            assert f"{cell} {count.value}" in origin


def test_the_files_have_the_names_by_which_the_set_is_recognised(real):
    name, _, folder, _ = real
    stems = [path.stem for path in folder.glob("*/*.jpg")]
    assert all(re.fullmatch(_control_set(name).file_names, stem) for stem in stems)


def test_the_licence_and_the_origin_are_those_that_come_with_the_set(real):
    name, dataset, _, origin = real
    (source,) = dataset.sources
    if name == "pbc":
        assert source.licence in origin
        assert source.address.endswith("snkd93bnjr.1")
        assert "Mendeley snkd93bnjr v1" in origin
        assert "Acevedo" in source.citation
        assert "Acevedo et al. 2020" in origin
        assert f"{dataset.side.value}x363" in origin
        assert "patient ids not given" in origin
        assert "no patients" in dataset.defects[0]
    else:
        assert source.address.removeprefix("https://") in origin
        assert "Repo states no licence; upstream BCCD MIT" in origin
        assert source.licence.startswith("none stated")
        assert "MIT" in source.licence


def test_the_set_loads_as_it_is_declared(real):
    name, dataset, folder, _ = real
    images = load(_control_set(name), folder, 32)
    assert images.rejected.empty
    assert min(images.count().values()) > 0
    assert images.group_noun == dataset.group_noun
    if name == "bccd_originals":
        assert len(images) == 351 == len(set(images.groups))  # one crop a photograph
    else:
        assert set(images.count().values()) == {300}
        assert not images.has_groups


@pytest.mark.parametrize("real", ["bccd_originals"], indirect=True)
def test_the_crops_are_square_and_of_the_sizes_that_are_told(real):
    *_, folder, _ = real
    sizes = np.array([Image.open(path).size for path in sorted(folder.glob("*/*.jpg"))])
    assert (sizes[:, 0] == sizes[:, 1]).all()
    stated = [int(number) for number in re.findall(r"\d+", BCCD.side.reason)]
    assert stated == [130, 330]
    assert np.quantile(sizes, [0.01, 0.99]) == pytest.approx(stated, rel=0.05)
    assert sizes.min() < BCCD.side.value < sizes.max()
