"""The smallest and the dullest folders of images: one sentence says why no run can be made of them."""

import shutil

import pytest
from image_folders import write_images

from lib import datasets
from lib.datasets import split_published


def test_two_images_in_all_are_refused_and_the_missing_classes_named(paper, tmp_path):
    counts = dict.fromkeys(paper.class_names[:2], 1)
    folder = write_images(tmp_path / "images", paper.class_names, counts=counts)
    with pytest.raises(datasets.DataError, match=paper.class_names[2]):
        datasets.load(paper, folder, 32)


def test_a_class_of_one_image_is_read_but_not_stratified(paper, tmp_path):
    counts = dict.fromkeys(paper.class_names, 9) | {paper.class_names[0]: 1}
    images = datasets.load(
        paper, write_images(tmp_path / "images", paper.class_names, counts=counts), 32
    )
    assert images.count(range(len(images)))[paper.class_names[0]] == 1
    with pytest.raises(ValueError, match=f"{paper.class_names[0]} has 1 image"):
        split_published(images, test_share=0.5, stratified=True, seeds=(0,))


def test_copies_of_one_file_in_every_class_are_refused_with_their_share(paper, tmp_path):
    folder = write_images(tmp_path / "images", paper.class_names, 4)
    first, *others = sorted(folder.rglob("*.png"))
    for other in others:
        shutil.copyfile(first, other)
    with pytest.raises(datasets.DataError, match=r"100 % of the image files \(20 of 20\)"):
        datasets.load(paper, folder, 32)
