"""What lies in a folder, in words."""

from declarations import touch

from lib.datasets.inventory import inventory, names_that_would_do, unread
from lib.papers.declare import ClassName


def test_folders_and_files_are_counted_by_suffix(tmp_path):
    touch(tmp_path, "a/1.JPG", "a/b/2.jpg", "a/c.csv", "3.png", "4.png", "LICENCE", ".hidden")
    (tmp_path / "empty").mkdir()
    told = inventory(tmp_path)
    assert told == "a/ (2 .jpg, 1 .csv), empty/ (empty), 2 .png, 1 without suffix"


def test_of_many_folders_and_many_suffixes_the_rest_is_summed_up(tmp_path):
    touch(tmp_path, *(f"{letter}/1.jpg" for letter in "abcdefghijklmno"))
    touch(tmp_path, *(f"a/2.{suffix}" for suffix in ("b", "c", "d", "e", "f")), "a/3.jpg")
    told = inventory(tmp_path)
    assert told.startswith("a/ (2 .jpg, 1 .b, 1 .c, 1 .d, 2 other files), b/ (1 .jpg), ")
    assert told.endswith("l/ (1 .jpg), 3 more folders")


def test_files_are_called_unread_only_where_no_image_is_among_them(tmp_path):
    assert unread(tmp_path) == ""
    touch(tmp_path, "a/1.svs")
    assert unread(tmp_path) == "No file has a name that is read as an image (1 .svs)."
    touch(tmp_path, "a/1.png")
    assert unread(tmp_path) == ""


def test_every_name_that_would_do_is_told():
    classes = (ClassName(name="cat", aliases=("tom", "kitten")), ClassName(name="dog"))
    assert names_that_would_do(classes) == "cat: cat, tom, kitten; dog: dog"
