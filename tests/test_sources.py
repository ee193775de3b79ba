"""Data sets that serve several papers: their numbers add up, and are those of the sets themselves."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import papers
from lib.data import load, scan
from lib.paper import Dataset
from lib.sources import BCCD, BLOOD_CELLS, PBC, control

CELLS = tuple(one.name for one in BLOOD_CELLS)
SETS = {"pbc": PBC, "bccd_originals": BCCD}
DECLARED = [(slug, one) for slug in papers.slugs() for one in papers.load(slug).controls]


def _of_paper(name: str):
    """The paper of these cells, with the control set in the place of its images."""
    paper = papers.load("kuncoro_white_blood_cells")
    return paper.images_of(next(one for one in paper.controls if one.name == name))


@pytest.fixture(params=SETS)
def real(request, shared: Path) -> tuple[str, Dataset, Path, str]:
    """A set of ../shared: name, declaration, folder, and what is known of where it comes from."""
    folder = shared / "data" / "kuncoro_white_blood_cells" / request.param
    if not folder.is_dir():
        pytest.skip(f"needs {request.param} of ../shared")
    told = (folder / "SOURCE.md").read_text(encoding="utf-8")
    return request.param, SETS[request.param], folder, told


# Declarations


@pytest.mark.parametrize("dataset", SETS.values(), ids=SETS)
def test_the_classes_add_up_to_the_whole(dataset):
    assert sum(int(one.value) for one in dataset.counts.values()) == int(dataset.total.value)
    assert tuple(dataset.counts) == CELLS


def test_a_cell_is_called_what_it_is_unless_the_paper_has_another_name():
    plain = control("pbc", PBC, "Are they recognised?")
    assert plain.expected == {name: name for name in CELLS}
    assert (plain.name, plain.asks, plain.dataset) == ("pbc", "Are they recognised?", PBC)
    assert tuple(one.name for one in plain.classes) == CELLS
    healthy = control("pbc", PBC, "Are they healthy?", monocyte="healthy", basophil="odd")
    assert list(healthy.expected.values()) == ["odd", *CELLS[1:3], "healthy", "neutrophil"]
    assert plain.expected["monocyte"] == "monocyte"


@pytest.mark.parametrize(("slug", "one"), DECLARED)
def test_every_control_set_says_of_each_class_what_a_model_should_call_it(slug, one):
    paper = papers.load(slug)
    assert set(one.expected) == {name.name for name in one.classes}
    assert set(one.expected.values()) <= set(paper.class_names)
    assert one.asks[-1] in ".?"
    assert one.dataset.sources[0].address.startswith("https://")


@pytest.mark.parametrize(("slug", "one"), DECLARED)
def test_a_control_set_is_read_as_it_declares_and_not_as_the_papers_own(slug, one):
    paper = papers.load(slug)
    images = paper.images_of(one)
    assert images.slug == f"controls/{one.name}"
    assert (images.classes, images.dataset, images.phantom) == (
        one.classes,
        one.dataset,
        one.phantom,
    )
    assert images.arms == paper.arms


def test_names_of_control_sets_are_folders_and_differ_within_a_paper():
    assert len(DECLARED) >= 2
    for slug in papers.slugs():
        names = [one.name for one in papers.load(slug).controls]
        assert len(set(names)) == len(names)
        assert all(name == Path(name).name for name in names)


# The sets themselves


def test_the_counts_are_those_that_come_with_the_set(real):
    name, dataset, folder, told = real
    if name == "bccd_originals":  # all of it lies there: its files can be counted
        files = scan(_of_paper(name), folder).files
        found = {cell: int((files["label"] == place).sum()) for place, cell in enumerate(CELLS)}
        assert found == {cell: int(one.value) for cell, one in dataset.counts.items()}
        assert f"{dataset.total.value} unaugmented single-WBC crops" in told
        assert f"Basophil: only {dataset.counts['basophil'].value} images" in told
    else:  # a sample of it
        for cell, one in dataset.counts.items():
            assert f"{cell} {one.value}" in told


def test_the_licence_and_the_origin_are_those_that_come_with_the_set(real):
    name, dataset, _, told = real
    (source,) = dataset.sources
    if name == "pbc":
        assert source.licence in told
        assert source.address.endswith("snkd93bnjr.1")
        assert "Mendeley snkd93bnjr v1" in told
        assert "Acevedo" in source.citation
        assert "Acevedo et al. 2020" in told
        assert f"{dataset.side.value}x363" in told
        assert "patient ids not given" in told
        assert "no patients" in dataset.defects[0]
    else:
        assert source.address.removeprefix("https://") in told
        assert "Repo states no licence; upstream BCCD MIT" in told
        assert source.licence.startswith("none stated")
        assert "MIT" in source.licence


def test_the_set_loads_as_it_is_declared(real):
    name, dataset, folder, _ = real
    images = load(_of_paper(name), folder, 32)
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
    told = [int(one) for one in re.findall(r"\d+", BCCD.side.reason)]
    assert told == [130, 330]
    assert np.quantile(sizes, [0.01, 0.99]) == pytest.approx(told, rel=0.05)
    assert sizes.min() < BCCD.side.value < sizes.max()
