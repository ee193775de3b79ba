"""Archives as they should not be: each is refused for its own reason, and nothing lands outside."""

import errno
import io
import os
import random
import stat
import struct
import zipfile
from types import SimpleNamespace

import pytest

from lib import storage
from lib.datasets import DataError, locate, scan
from lib.datasets.downloads import archive as module
from lib.datasets.downloads.archive import BrokenArchive, UnsafeArchive, is_zip, unpack, unpacked


@pytest.fixture
def archive(tmp_path):
    """Writes an archive of (name or ZipInfo, content) pairs."""

    def write(*members, method=zipfile.ZIP_DEFLATED):
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", method) as packed:
            for name, content in members:
                packed.writestr(name, content)
        return path

    return write


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "beside" / "target"
    folder.mkdir(parents=True)
    yield folder
    assert [path.name for path in folder.parent.iterdir()] == ["target"]
    assert {path.name for path in tmp_path.iterdir()} <= {"archive.zip", "beside"}


def member(name: str, *, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.filename = info.orig_filename = name  # as it is, whatever the constructor makes of it
    info.external_attr = mode << 16
    return info


def files(target) -> dict[str, bytes]:
    found = sorted(path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in found}


def test_files_and_folders_come_out_as_they_went_in(archive, target):
    content = {"a/x.png": b"one", "a/b/ü .png": b"two" * 999999, "c.txt": b""}
    path = archive(("a/", b""), *content.items(), ("empty/", b""))
    assert unpack(path, target) == 3
    assert files(target) == content
    assert (target / "empty").is_dir()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_both_common_methods_are_read(archive, target, method):
    unpack(archive(("a", b"content"), method=method), target)
    assert files(target) == {"a": b"content"}


@pytest.mark.parametrize("kind", [0, stat.S_IFREG | 0o644])
def test_a_file_may_be_marked_as_one_or_not_at_all(archive, target, kind):
    unpack(archive((member("a", mode=kind), b"content")), target)
    assert files(target) == {"a": b"content"}


def test_a_files_mode_is_not_taken_over(archive, target):
    unpack(archive((member("a", mode=stat.S_IFREG | 0o4777), b"")), target)
    assert not (target / "a").stat().st_mode & (stat.S_ISUID | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", "leads upwards"),
        ("a/../../evil", "leads upwards"),
        ("a/..", "leads upwards"),
        ("..", "leads upwards"),
        ("/evil", "an absolute path"),
        ("//evil", "an absolute path"),
        ("C:/evil", "an absolute path"),
        ("c:evil", "an absolute path"),
        ("..\\evil", "a backslash"),
        ("a\\b", "a backslash"),
        ("good.png\0/../../evil", "null character"),
        (".", "has no name"),
    ],
)
def test_a_path_that_leads_out_is_refused_before_anything_is_written(archive, target, name, reason):
    path = archive(("first.png", b"fine"), (member(name), b"evil"))
    with pytest.raises(UnsafeArchive, match=reason):
        unpack(path, target)
    assert files(target) == {}


def test_a_second_name_in_an_extra_field_counts_too(archive, target, monkeypatch):
    """From Python 3.12 on, zipfile takes the name from there; here it is put in by hand."""
    path = archive(("good.png", b"evil"))
    listed = zipfile.ZipFile.infolist

    def with_another_name(opened):
        (one,) = listed(opened)
        one.filename = "../evil"
        return [one]

    monkeypatch.setattr(zipfile.ZipFile, "infolist", with_another_name)
    with pytest.raises(UnsafeArchive, match="leads upwards"):
        unpack(path, target)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_a_link_or_a_device_is_refused(archive, target, kind):
    with pytest.raises(UnsafeArchive, match="'link' is a link or a device"):
        unpack(archive((member("link", mode=kind | 0o777), b"/etc")), target)


def patched(path, offset_local: int, offset_central: int, form: str, value: int):
    """Sets a header field of the only member, in its local header and in the table at the end."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.index(b"PK\3\4") + offset_local, value)
    struct.pack_into(form, content, content.index(b"PK\1\2") + offset_central, value)
    path.write_bytes(content)
    return path


def test_an_encrypted_member_is_refused(archive, target):
    path = patched(archive(("a", b"content")), 6, 8, "<H", 1)
    with pytest.raises(UnsafeArchive, match="'a' is encrypted"):
        unpack(path, target)


def test_a_rare_method_is_not_read(archive, target):
    with pytest.raises(BrokenArchive, match="a method other than deflate"):
        unpack(archive(("a", b"content"), method=zipfile.ZIP_LZMA), target)


def test_two_files_of_one_name_are_refused(archive, target):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive(("a.png", b"one"), ("a.png", b"two"))
    with pytest.raises(UnsafeArchive, match=r"two files named 'a\.png'"):
        unpack(path, target)


@pytest.mark.parametrize("inside", ["a/b", "a/b/c"])
def test_a_file_in_the_place_of_a_folder_is_refused(archive, target, inside):
    with pytest.raises(UnsafeArchive, match="both a file and a folder"):
        unpack(archive(("a", b"file"), (inside, b"file")), target)


def test_a_folder_in_the_place_of_a_file_is_refused(archive, target):
    with pytest.raises(UnsafeArchive, match="two files named 'a'"):
        unpack(archive(("a/", b""), ("a", b"file")), target)


def test_names_that_differ_in_case_are_kept_where_the_disk_can(archive, target):
    (target / "X").mkdir()
    alike = (target / "x").exists()
    (target / "X").rmdir()
    path = archive(("a.png", b"one"), ("A.png", b"two"))
    if alike:
        with pytest.raises(UnsafeArchive, match="two files named"):
            unpack(path, target)
    else:
        unpack(path, target)
        assert files(target) == {"a.png": b"one", "A.png": b"two"}


def test_a_bomb_is_refused_by_what_it_claims(archive, target, monkeypatch):
    monkeypatch.setattr(module, "SMALL", 1000)
    path = archive(("a", bytes(10**6)))
    with pytest.raises(UnsafeArchive, match="claim 1 MB unpacked; at most 0 MB are written"):
        unpack(path, target)
    assert files(target) == {}


def test_what_is_small_may_be_packed_tightly(archive, target):
    unpack(archive(("a", bytes(10**6))), target)
    assert files(target) == {"a": bytes(10**6)}


def test_many_small_files_are_a_bomb_together(archive, target, monkeypatch):
    monkeypatch.setattr(module, "SMALL", 1000)
    monkeypatch.setattr(module, "MAX_TOTAL", 2500)
    noise = random.Random(0).randbytes(1000)
    with pytest.raises(UnsafeArchive, match="claim"):
        unpack(archive(("a", noise), ("b", noise), ("c", noise)), target)


def test_a_file_that_is_too_large_is_refused(archive, target, monkeypatch):
    monkeypatch.setattr(module, "MAX_MEMBER", 5)
    with pytest.raises(UnsafeArchive, match="'b' unpacks to more than"):
        unpack(archive(("a", b"12345"), ("b", b"123456")), target)
    assert files(target) == {}


def test_too_many_members_are_refused(archive, target, monkeypatch):
    monkeypatch.setattr(module, "MAX_MEMBERS", 2)
    with pytest.raises(UnsafeArchive, match="it has 3 members; at most 2"):
        unpack(archive(("a", b""), ("b", b""), ("c", b"")), target)


def test_what_is_really_there_counts_not_what_is_claimed(archive, target, monkeypatch):
    """zipfile itself stops at the size that is claimed; a reader that does not is stood in for it."""
    path = archive(("a", b"1234"), ("b", b"1234"))
    monkeypatch.setattr(module, "MAX_TOTAL", 10)
    monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: io.BytesIO(b"1234567"))
    with pytest.raises(UnsafeArchive, match="'b' unpacks to more than"):
        unpack(path, target)
    assert sum(len(content) for content in files(target).values()) <= 10


def test_a_size_that_is_claimed_too_small_is_a_broken_archive(archive, target):
    path = patched(archive(("a", b"content" * 999)), 22, 24, "<I", 7)
    with pytest.raises(BrokenArchive, match="CRC"):
        unpack(path, target)


def test_a_wrong_checksum_is_a_broken_archive(archive, target):
    path = patched(archive(("a", b"content")), 14, 16, "<I", 12345)
    with pytest.raises(BrokenArchive, match="CRC"):
        unpack(path, target)


@pytest.mark.parametrize("content", [b"", b"<html>a login page</html>", b"PK\5\6" + bytes(18)[:-4]])
def test_what_is_no_zip_is_a_broken_archive(tmp_path, target, content):
    path = tmp_path / "archive.zip"
    path.write_bytes(content)
    with pytest.raises(BrokenArchive, match="zip"):
        unpack(path, target)


def test_an_archive_that_was_cut_is_a_broken_archive(archive, target):
    path = archive(("a", random.Random(0).randbytes(5000)))
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(BrokenArchive):
        unpack(path, target)


def test_no_damage_leads_to_another_error(archive, target, tmp_path):
    """A thousand archives, each damaged at random: whole, broken or unsafe, and never outside."""
    rng = random.Random(1)
    good = archive(*((f"{i % 2}/é{i}.png", rng.randbytes(100) + bytes(200)) for i in range(4)))
    whole, outcomes = good.read_bytes(), set()
    for number in range(1000):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 5)):
            content[rng.randrange(0 if number % 2 else len(content) - 300, len(content))] = (
                rng.choice((0, 255, rng.randrange(256)))
            )
        good.write_bytes(content[: rng.randrange(len(content))] if number % 10 == 0 else content)
        place = target / str(number)
        place.mkdir()
        try:
            unpack(good, place)
            outcomes.add("whole")
        except (BrokenArchive, UnsafeArchive) as error:
            outcomes.add(type(error).__name__)
    assert outcomes == {"whole", "BrokenArchive", "UnsafeArchive"}


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(archive, target, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=2 * 10**6))
    with pytest.raises(OSError, match="3 MB are needed, 2 MB are free") as caught:
        unpack(archive(("a", bytes(3 * 10**6))), target)
    assert caught.value.errno == errno.ENOSPC
    assert files(target) == {}


def test_an_error_of_the_system_passes(archive, target, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_copy", full)
    with pytest.raises(OSError, match="No space left") as caught:
        unpack(archive(("a", b"content")), target)
    assert caught.value.errno == errno.ENOSPC


# A zip file that is given as data


@pytest.fixture
def images(make_folder, paper, tmp_path):
    """A zip file of images in class folders, inside one folder, as a file manager packs it."""
    path, folder = tmp_path / "Images.ZIP", make_folder()
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(folder.rglob("*.png")):
            packed.write(file, file.relative_to(folder.parent))
    return path


def left() -> list[str]:
    return sorted(path.name for path in (storage.DATA / "unpacked").iterdir())


def test_a_zip_file_is_data_like_the_folder_it_was_packed_from(images, make_folder, paper):
    folder = locate(paper, str(images))
    assert folder.parent == storage.DATA / "unpacked"
    assert left() == [f"Images-{storage.file_sha256(images)[:8]}"]
    assert scan(paper, folder).sha256 == scan(paper, make_folder()).sha256


def test_a_zip_file_is_unpacked_once(images, monkeypatch):
    folder = unpacked(images)
    monkeypatch.setattr(module, "unpack", lambda *_: pytest.fail("unpacked again"))
    assert unpacked(images) == folder


def test_a_zip_file_is_told_by_its_name_and_a_folder_is_none(images, make_folder, tmp_path):
    (tmp_path / "folder.zip").mkdir()
    places = (images, make_folder(), tmp_path / "folder.zip", tmp_path / "no.zip")
    assert [is_zip(path) for path in places] == [True, False, False, False]


@pytest.mark.parametrize("fault", ["no zip", "unsafe", "disk full"])
def test_a_zip_file_that_cannot_be_unpacked_is_an_error_in_words_and_leaves_nothing(
    archive, fault, monkeypatch
):
    path = archive((member("../evil"), b"evil")) if fault == "unsafe" else archive(("a", b"fine"))
    if fault == "no zip":
        path.write_bytes(b"no zip")
    if fault == "disk full":
        monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=1))
    with pytest.raises(DataError, match="zip") as caught:
        unpacked(path)
    assert str(path) in str(caught.value)
    assert left() == []
