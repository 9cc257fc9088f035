"""Files that a table names become figures; what cannot be read becomes a value that the contract refuses."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest
from made_media import bomb, film, picture, sound

import holdtrue as ht
from holdtrue.contracts import BatchChecker
from holdtrue.foundation import DataUnreadable
from holdtrue.media import read_figures
from holdtrue.project import FilesSource
from holdtrue.sources import (
    folders_of,
    media_of_source,
    named_media,
    read_files,
    read_media,
    read_table,
    stamp_files,
    table_parts,
)


class Entry(ht.Contract):
    photo: ht.Image = ht.field(column="file name", null=True)
    call: ht.Audio = ht.field(null=True)

    @ht.rule
    def wide(row):
        return row.photo.width() > row.photo.height()


class Heard:
    """Progress that counts."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int | None]] = []
        self.units = 0
        self.outcomes: list[str] = []

    def start(self, step: str, total: int | None = None) -> None:
        self.steps.append((step, total))

    def advance(self, units: int = 1) -> None:
        self.units += units

    def finish(self, outcome: str = "") -> None:
        self.outcomes.append(outcome)


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


TOO_LARGE = "20,000 x 20,000 pixels, more than 100,000,000"
UNKNOWN = "not JPEG, PNG, WEBP, GIF, BMP or TIFF"


def messages(frame: pl.DataFrame) -> list[list[str]]:
    return [[failure.message for failure in row] for row in BatchChecker(Entry.spec).failures(frame)]


def test_paths_become_figures_and_faults_name_the_file(tmp_path: Path) -> None:
    cut = picture("JPEG")[:700]
    write(
        tmp_path,
        {"a/1.jpg": picture("JPEG"), "a/2.jpg": cut, "a/3.txt": b"", "a/4.png": bomb(), "5.png": picture(size=(9, 9))},
    )
    os.mkfifo(tmp_path / "pipe")
    names = [
        "a/1.jpg",
        "a/2.jpg",
        "a/3.txt",
        "a/4.png",
        "5.png",
        "6.jpg",
        "a",
        "pipe",
        "",
        None,
        str(tmp_path / "5.png"),
        "x\0y",
    ]
    heard = Heard()
    frame = read_media(Entry.spec, pl.DataFrame({"file name": names}), [(tmp_path, len(names))], progress=heard)
    found = messages(frame)
    wide = "photo.width() 9, photo.height() 9: breaks photo.width() > photo.height() [rule.wide]"
    assert found == [
        [],
        ['photo: "a/2.jpg" is not an image that can be read: truncated after 700 bytes [photo.type]'],
        ['photo: "a/3.txt" is not an image that can be read: empty [photo.type]'],
        [f'photo: "a/4.png" is not an image that can be read: {TOO_LARGE} [photo.type]'],
        [wide],
        ['photo: "6.jpg" is not an image that can be read: no such file [photo.type]'],
        ['photo: "a" is not an image that can be read: a folder, no file [photo.type]'],
        ['photo: "pipe" is not an image that can be read: no ordinary file [photo.type]'],
        [],
        [],
        [wide],
        ['photo: "x\\u0000y" is not an image that can be read: no such file [photo.type]'],
    ]
    assert heard.steps == [("read photo", 12)] and heard.units == 10 + 2
    assert heard.outcomes == ["12 rows, 7 cannot be read"]
    quarantine = BatchChecker(Entry.spec).check(frame).quarantine
    assert quarantine["file name"].struct.field("file").to_list() == [*names[1:8], names[10], names[11]]


def test_what_is_read_from_a_file_is_what_its_bytes_give(tmp_path: Path) -> None:
    data = [picture("PNG"), picture("JPEG")[:500], b"", None]
    write(tmp_path, {str(place): each for place, each in enumerate(data) if each is not None})
    by_path = read_media(Entry.spec, pl.DataFrame({"photo": ["0", "1", "2", None]}), [(tmp_path, 4)])
    held = pl.DataFrame({"photo": data})
    by_bytes = read_media(Entry.spec, held, [(tmp_path, 4)])
    checker = BatchChecker(Entry.spec)
    assert checker.check(by_path).accepted.equals(checker.check(held).accepted)
    assert messages(by_bytes) == messages(held)
    assert by_bytes.schema["photo"] == by_path.schema["photo"]
    assert [m.replace('"1"', "<500 bytes>").replace('"2"', "<0 bytes>") for row in messages(by_path) for m in row] == [
        m for row in messages(held) for m in row
    ]


def test_paths_start_from_each_tables_own_folder(tmp_path: Path) -> None:
    for year, size in (("1995", (30, 20)), ("1996", (40, 20))):
        write(
            tmp_path,
            {f"data/{year}/1.png": picture(size=size), f"data/{year}/sales.csv": b"photo,call\n1.png,\n1.png,\n"},
        )
    source = FilesSource(pattern="data/*/*.csv")
    read = read_files(tmp_path, source)
    frame = read_media(Entry.spec, read.frame, folders_of(tmp_path, read))
    assert frame["photo"].struct.field("width").to_list() == [30, 30, 40, 40]
    named = named_media(Entry.spec, read.frame, folders_of(tmp_path, read))
    assert [path.relative_to(tmp_path).as_posix() for path in named] == ["data/1995/1.png", "data/1996/1.png"]
    assert media_of_source(tmp_path, source, Entry.spec) == named
    stamp = stamp_files(tmp_path, source, named)
    assert list(stamp) == ["data/1995/1.png", "data/1995/sales.csv", "data/1996/1.png", "data/1996/sales.csv"]
    parts = [read_media(Entry.spec, part.frame, [(part.folder, part.frame.height)]) for part in table_parts(
        [(tmp_path / f"data/{year}/sales.csv", year + ".csv") for year in ("1995", "1996")]
    )]  # fmt: skip
    assert pl.concat(parts).equals(frame)


def test_a_folder_of_media_is_a_table_of_one_row_a_file(tmp_path: Path) -> None:
    class Labelled(ht.Contract):
        photo: ht.Image = ht.field(column="path")
        kind: ht.Category = ht.field(column="folder")

    write(tmp_path, {"photos/cat/1.jpg": picture("JPEG"), "photos/dog/1.png": picture(), "photos/dog/2.png": b"x"})
    source = FilesSource(pattern="photos/*/*")
    read = read_files(tmp_path, source)
    assert read.spelling == "csv"
    assert read.frame.rows() == [
        ("photos/cat/1.jpg", "cat"), ("photos/dog/1.png", "dog"), ("photos/dog/2.png", "dog")
    ]  # fmt: skip
    assert str(read.origin(1)) == "photos/dog/1.png row 1"
    result = BatchChecker(Labelled.spec).check(read_media(Labelled.spec, read.frame, folders_of(tmp_path, read)))
    assert result.accepted["kind"].to_list() == ["cat", "dog"]
    assert result.quarantine["reasons"].to_list() == [
        [f'photo: "photos/dog/2.png" is not an image that can be read: {UNKNOWN} [photo.type]']
    ]
    files = [(tmp_path / name, name) for name, _ in read.frame.rows()]
    parts = list(table_parts(files, rows=2))
    assert [part.rows_before for part in parts] == [0, 2]
    assert pl.concat([part.frame for part in parts]).equals(read.frame)
    assert {part.folder for part in parts} == {tmp_path}
    (tmp_path / "photos/cat/list.csv").write_text("path\n")
    with pytest.raises(DataUnreadable, match="more than one format: csv, media"):
        read_files(tmp_path, source)
    assert read_table(tmp_path / "photos/cat/1.jpg", name="1.jpg").frame.rows() == [("1.jpg", "")]


def test_sounds_and_films_are_read_as_streams_from_their_files(tmp_path: Path) -> None:
    class Clip(ht.Contract):
        call: ht.Audio
        film: ht.Video

    write(tmp_path, {"a.flac": sound("FLAC"), "b.mkv": film("MKV")})
    frame = pl.DataFrame({"call": ["a.flac", "b.mkv"], "film": ["b.mkv", "b.mkv"]})
    result = BatchChecker(Clip.spec).check(read_media(Clip.spec, frame, [(tmp_path, 2)]))
    with (tmp_path / "b.mkv").open("rb") as file:
        known = read_figures("video", file)
    assert result.accepted["film"].struct.field("content").to_list() == [known.content]
    assert result.quarantine["reasons"].to_list() == [
        ['call: "b.mkv" is not a sound that can be read: MKV, not WAV, FLAC, MP3 or OGG [call.type]']
    ]


def test_only_media_are_named_and_never_what_is_a_secret_by_its_name(tmp_path: Path) -> None:
    data = tmp_path / "data"
    image = picture()
    write(
        tmp_path,
        {
            ".env": b"PASSWORD=x\n",
            "notes.txt": b"root:x:0:0\n",
            ".ssh/1.png": image,
            "data/id_rsa": image,
            "data/1.bin": image,
            "data/2.png": image[:200],
            "data/call.wav": sound(),
        },
    )
    (data / "link.png").symlink_to("id_rsa")
    names = ["../.env", "../notes.txt", "../.ssh/1.png", "id_rsa", "link.png", "/etc/passwd", "call.wav"]
    kept = ["1.bin", "2.png", "1.bin"]
    frame = pl.DataFrame({"photo": names + kept})
    named = named_media(Entry.spec, frame, [(data, frame.height)])
    assert named == (data / "1.bin", data / "2.png")
    found = [row[0].split("read: ")[1] for row in messages(read_media(Entry.spec, frame, [(data, frame.height)]))[:7]]
    secret = "kept out by its name, as secrets are [photo.type]"
    assert found == [
        secret,
        f"{UNKNOWN} [photo.type]",
        *[secret] * 3,
        f"{UNKNOWN} [photo.type]",
        f"WAV, {UNKNOWN} [photo.type]",
    ]
