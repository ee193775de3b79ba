"""Unpacks a zip archive that a stranger made: whole, within bounds, and nowhere but where it should.

`unpack` is for an archive that was just downloaded, `unpacked` for one that is given as data.
"""

import errno
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from lib import storage
from lib.storage import DataError, file_sha256, new_folder

DIGITS = 8  # of an archive's SHA-256 in the name of its folder there
MAX_MEMBERS = 200_000
MAX_MEMBER = 4 * 10**9  # bytes of one file
MAX_TOTAL = 20 * 10**9  # bytes of all files
MAX_RATIO = 200  # unpacked bytes to packed ones; images are packed already, bombs reach 1000
SMALL = 100 * 10**6  # bytes that do no harm, whatever the ratio
CHUNK = 1 << 20
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what Kaggle and every common tool write
ENCRYPTED = 0x1  # bit of a member's flags
PLAIN_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)  # 0: written on a system that keeps no kinds


class BrokenArchive(Exception):
    """The file is no whole zip archive; another download may help."""


class UnsafeArchive(Exception):
    """The archive holds what no set of images should; another download brings the same."""


def is_zip(path: Path) -> bool:
    """Whether `path` is a file that is called .zip."""
    return path.suffix.lower() == ".zip" and path.is_file()


def unpacked(archive: Path) -> Path:
    """The folder of what a zip archive holds: below data/unpacked/, written once and kept.

    It is named after the archive, since reports call the images by their folder, and its content.

    Raises:
        DataError: The archive is broken, unsafe or cannot be read, or the disk fails; nothing is left.
    """
    try:
        folder = storage.unpacked() / f"{archive.stem}-{file_sha256(archive)[:DIGITS]}"
        storage.note_use(folder)
        if not folder.is_dir():
            with new_folder(folder) as temporary:
                unpack(archive, temporary)
    except (BrokenArchive, UnsafeArchive) as error:
        raise DataError(
            f"{archive} should be a whole zip file of plain files; {error}. Nothing of it is kept: unpack "
            f"it by other means, and give the folder."
        ) from error
    except OSError as error:
        raise DataError(
            f"{archive} should be unpacked into {storage.unpacked()}; it failed: {error}. Make room "
            f"and make sure that both can be read and written, or give a folder instead."
        ) from error
    return folder


def unpack(archive: Path, target: Path) -> int:
    """Unpacks `archive` into the existing folder `target`; returns how many files it wrote.

    Two names that the disk cannot tell apart (the same, or the same but for case on a disk that
    ignores it) are refused. Where it raises, `target` holds a part: unpack into a temporary folder.

    Raises:
        BrokenArchive: No zip archive, a member cut short, or one whose checksum is wrong.
        UnsafeArchive: A path that leads out, a link or device, encryption, two files of one name,
            or more files or bytes than the bounds above.
        OSError: The disk is full (ENOSPC, also where that is clear beforehand) or not writable.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            _check_members(members)
            allowed = _allowed_bytes(archive, members)
            _check_space(target, members)
            files = [member for member in members if not member.is_dir()]
            for member in members:
                place = target / PurePosixPath(member.filename)
                if member.is_dir():
                    _make_folder(place)
                else:
                    allowed -= _write(opened, member, place, min(allowed, MAX_MEMBER))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BrokenArchive(str(error) or "it ends too early") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # sent to a place before the file's start
            raise BrokenArchive("its table of contents points outside of it") from error
        raise
    return len(files)


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnsafeArchive(f"it has {len(members)} members; at most {MAX_MEMBERS} are unpacked")
    for member in members:
        # From Python 3.12 on, an extra field of the member may give it another name.
        for name in (member.orig_filename, member.filename):
            fault = _path_fault(name) or _kind_fault(member)
            if fault:
                raise UnsafeArchive(f"its member {name!r} {fault}")
        if member.compress_type not in READABLE:
            raise BrokenArchive(
                f"its member {member.filename!r} is packed by a method other than deflate"
            )


def _path_fault(name: str) -> str:
    """Why a member's path is not safe, "" if it is."""
    if "\\" in name or "\0" in name:
        return "has a backslash or a null character in its path"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "has an absolute path"
    if ".." in name.split("/"):
        return "has a path that leads upwards"
    return "" if PurePosixPath(name).parts else "has no name"


def _kind_fault(member: zipfile.ZipInfo) -> str:
    """Why a member is no plain file or folder, "" if it is one."""
    if member.flag_bits & ENCRYPTED:
        return "is encrypted"
    if stat.S_IFMT(member.external_attr >> 16) not in PLAIN_KINDS:
        return "is a link or a device, no file"
    return ""


def _allowed_bytes(archive: Path, members: Iterable[zipfile.ZipInfo]) -> int:
    """How many bytes may be written in all; raises where the headers claim more already."""
    allowed = min(MAX_TOTAL, max(MAX_RATIO * archive.stat().st_size, SMALL))
    largest = max(members, key=lambda member: member.file_size, default=None)
    if largest and largest.file_size > MAX_MEMBER:
        raise UnsafeArchive(_too_large(largest.filename, MAX_MEMBER))
    claimed = sum(member.file_size for member in members)
    if claimed > allowed:
        raise UnsafeArchive(
            f"its members claim {claimed / 1e6:,.0f} MB unpacked; at most {allowed / 1e6:,.0f} MB "
            f"are written for an archive of {archive.stat().st_size / 1e6:,.1f} MB"
        )
    return allowed


def _too_large(name: str, allowed: int) -> str:
    return f"its member {name!r} unpacks to more than {allowed / 1e6:,.0f} MB"


def _check_space(target: Path, members: Iterable[zipfile.ZipInfo]) -> None:
    needed, free = sum(member.file_size for member in members), shutil.disk_usage(target).free
    if needed > free:
        raise OSError(
            errno.ENOSPC, f"{needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free"
        )


def _make_folder(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UnsafeArchive(f"it has both a file and a folder at {place.name!r}") from error


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, allowed: int) -> int:
    """Writes one file; the number of its bytes."""
    _make_folder(place.parent)
    try:
        with opened.open(member) as source, place.open("xb") as written:
            return _copy(source, written, member.filename, allowed)
    except FileExistsError as error:
        raise UnsafeArchive(f"it has two files named {member.filename!r}, case aside") from error


def _copy(source: IO[bytes], written: IO[bytes], name: str, allowed: int) -> int:
    """Copies what is really there, which may be more than the header claims."""
    count = 0
    while data := source.read(CHUNK):
        count += len(data)
        if count > allowed:
            raise UnsafeArchive(_too_large(name, allowed))
        written.write(data)
    return count
