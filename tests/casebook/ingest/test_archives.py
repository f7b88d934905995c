"""Archives that want more than to be read: nothing leaves them, nothing hangs, every refusal says why."""

import io
import os
import struct
import time
import zipfile
from pathlib import Path

import pytest

from ssg.casebook.archives import LARGEST_DIRECTORY, Unreadable, require_short_directory
from ssg.casebook.imports.csv_rows import table_text
from ssg.casebook.ingest import Limits, ingest
from ssg.casebook.ingest.sources import MOST_OPEN, Archives
from ssg.casebook.zipped import is_zipped_set
from ssg.errors import BadInput
from tests.casebook.ingest.making import radiograph, save

LIMITS = Limits(file_mb=4, look_for_text=False)


def archive(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


def link(name, to):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info, to


def encrypted(data):
    """The same archive, its members marked as encrypted, in both places."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data = data[: place + at] + b"\x01\x00" + data[place + at + 2 :]
            place = data.find(mark, place + 4)
    return data


def lying(data, size=100):
    """The same archive, whose members claim to be small."""
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(mark)
        data = data[: place + at] + struct.pack("<I", size) + data[place + at + 4 :]
    return data


GOOD = radiograph(1)
PLAIN = archive([("a.dcm", GOOD)])

HOSTILE = {
    "traversal": (archive([("../../escaped.dcm", GOOD)]), ""),
    "absolute": (archive([("/tmp/escaped.dcm", GOOD)]), ""),
    "windows path": (archive([("C:\\escaped.dcm", GOOD)]), ""),
    "link": (archive([link("a.dcm", "/etc/passwd")]), "it is a link to another place"),
    "nested": (archive([("inner.zip", PLAIN)]), "it is a zip archive"),
    "bomb": (archive([("a.dcm", bytes(60_000_000))]), "it is larger than the 4 MB that are taken"),
    "lying size": (lying(archive([("a.dcm", bytes(60_000_000))])), "it"),
    "encrypted": (encrypted(PLAIN), "it is encrypted"),
    "twice": (
        archive([("a.dcm", GOOD), ("b.dcm", radiograph(2))]).replace(b"b.dcm", b"a.dcm"),
        "the archive holds two files of this name",
    ),
    "truncated": (PLAIN[: len(PLAIN) // 2], "it is damaged or ends too early"),
    "no end": (PLAIN[:-30], "it is damaged or ends too early"),
    "wrong checksum": (PLAIN.replace(GOOD[200:208], b"XXXXXXXX"), "it is damaged or ends too early"),
    "not utf-8": (PLAIN.replace(b"a.dcm", b"\xff\xfe\x80cm"), ""),
    "an empty one": (archive([]), ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_read_within_bounds_or_refused(name, tmp_path):
    data, why = HOSTILE[name]
    if name == "wrong checksum":
        data = archive([("a.dcm", GOOD)], zipfile.ZIP_STORED).replace(GOOD[200:208], b"XXXXXXXX")
    folder = save(tmp_path / "in", {"bad.zip": data, "good.dcm": radiograph(9)})
    out = tmp_path / "deep" / "er" / "out"
    begin = time.monotonic()
    found = ingest([folder], out, LIMITS)
    assert time.monotonic() - begin < 20
    reasons = list(found.report.refused.counts)
    if why:
        assert len(reasons) == 1 and reasons[0].startswith(why), reasons
    assert found.report.taken["DICOM"] >= 1
    assert found.report.files == found.report.taken.total() + found.report.refused.counts.total()
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert not [path for path in made if "escaped" in path]
    assert all(path.startswith(("in/", "deep/er/out/images/")) for path in made)


def test_a_table_of_contents_without_end_is_not_read(tmp_path, monkeypatch):
    many = archive([(f"{number:06}.dcm", b"") for number in range(2_000)], zipfile.ZIP_STORED)
    monkeypatch.setattr("ssg.casebook.archives.LARGEST_DIRECTORY", 50_000)
    folder = save(tmp_path / "in", {"many.zip": many, "good.dcm": GOOD})
    found = ingest([folder], tmp_path / "out", LIMITS)
    assert found.report.refused.counts == {"it holds more files than are taken": 1}
    assert LARGEST_DIRECTORY > 50_000


def test_a_hundred_thousand_entries_are_refused_at_once(tmp_path):
    many = archive([(f"{number:06}", b"") for number in range(100_000)], zipfile.ZIP_STORED)
    folder = save(tmp_path / "in", {"many.zip": many})
    begin = time.monotonic()
    with pytest.raises(BadInput, match="holds more files than are taken"):
        ingest([folder], tmp_path / "out", LIMITS)
    assert time.monotonic() - begin < 20


def test_more_archives_than_may_be_open(tmp_path):
    resource = pytest.importorskip("resource")
    files = {f"{number}.zip": archive([("a.dcm", radiograph(number))]) for number in range(60)}
    folder = save(tmp_path / "in", files)
    ingest([folder / "0.zip"], tmp_path / "warm", LIMITS)  # so that the workers are there already
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    there = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 30
    resource.setrlimit(resource.RLIMIT_NOFILE, (there + 40, hard))
    try:
        found = ingest([folder], tmp_path / "out", LIMITS)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(found.studies) == 60 and not found.report.refused.counts


def test_a_member_is_read_on_where_its_archive_is_closed_meanwhile(tmp_path):
    files = {f"{number}.zip": archive([("a", bytes(3_000_000))], zipfile.ZIP_STORED) for number in range(2 * MOST_OPEN)}
    save(tmp_path, files)
    archives = Archives()
    first = archives.member(tmp_path / "0.zip", archives.members(tmp_path / "0.zip")[0])
    first.read(10)
    for name in files:
        assert len(archives.members(tmp_path / name)) == 1
    assert len(first.read()) == 3_000_000 - 10
    archives.close()


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    folder = save(tmp_path / "in", {"good.dcm": GOOD})
    os.mkfifo(folder / "pipe")
    assert ingest([folder], tmp_path / "out", LIMITS).report.refused.counts == {"it is not a regular file": 1}


def test_links_in_folders_are_not_followed(tmp_path):
    folder = save(tmp_path / "in", {"good.dcm": GOOD})
    (folder / "link.dcm").symlink_to(tmp_path / "elsewhere.dcm")
    found = ingest([folder], tmp_path / "out", LIMITS)
    assert found.report.refused.counts == {"it is a link to another place": 1}


def test_folders_that_are_passed_over_are_counted(tmp_path, monkeypatch):
    folder = save(tmp_path / "in", {"good.dcm": GOOD, "closed/a.dcm": radiograph(2), "zip/good.dcm": radiograph(3)})
    save(tmp_path / "elsewhere", {"b.dcm": radiograph(4)})
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    real = os.scandir

    def closed(path="."):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = ingest([folder], tmp_path / "out", LIMITS)
    assert found.report.refused.counts == {"it is a link to another place": 1, "permission denied": 1}
    assert found.report.refused.examples["permission denied"] == ["closed/"]
    assert found.report.taken == {"DICOM": 2} and found.report.files == 4


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 47])
@pytest.mark.parametrize("moved", [0, 8])
def test_a_long_table_of_contents_is_not_read_where_a_short_one_is_stated_too(stated, moved, tmp_path, monkeypatch):
    """The record for more than 4 GB states another length than the usual one, and may not be where it should be."""
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    head = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    table = entry * 2_000
    at = len(head) + len(table)
    long = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2_000, 2_000, len(table), len(head))
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at + moved, 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, stated, len(head), 0)
    path = tmp_path / "long.zip"
    path.write_bytes(head + table + long + locator + end)
    monkeypatch.setattr("ssg.casebook.archives.LARGEST_DIRECTORY", 50_000)
    with pytest.raises(Unreadable, match="more files than are taken"):
        require_short_directory(path)
    assert not is_zipped_set(path)
    with pytest.raises(BadInput, match="more files than are taken"):
        table_text(path)


def test_pictures_of_an_archive_and_of_a_folder_are_the_same(tmp_path):
    files = {f"x/{number}.dcm": radiograph(number) for number in range(3)}
    folder = save(tmp_path / "in", {**files, "__MACOSX/._x": b"clutter", ".DS_Store": b"clutter"})
    save(tmp_path / "zip", {"all.zip": archive([*files.items(), ("__MACOSX/._x", b"clutter")])})
    one, two = ingest([folder], tmp_path / "a", LIMITS), ingest([tmp_path / "zip" / "all.zip"], tmp_path / "b", LIMITS)
    names = [sorted(path.name for path in (tmp_path / out / "images").iterdir()) for out in "ab"]
    assert names[0] == names[1] and len(names[0]) == 3
    assert one.report.files == two.report.files == 3
