"""The reader: pages, positions, several writers, and the same order again."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import EnvironmentFailed, StoreDamaged
from holdtrue.predictionlog import (
    LabelRecord,
    LogReader,
    LogWriter,
    Position,
    Prediction,
    Record,
    Refusal,
    abandoned_tails,
    served_rows,
)
from holdtrue.predictionlog.frames import framed


def prediction(name: str, received: int) -> Prediction:
    return Prediction(id=name, received=received, version="v1", row={"beds": 3}, value=1.0)


def names(records: list[Record]) -> list[str]:
    return [record.id for record in records if isinstance(record, Prediction)]


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    reader = LogReader(tmp_path / "nowhere", "house")
    records, position = reader.read()
    assert (records, position) == ([], Position())
    assert list(reader.all()) == []
    assert served_rows(tmp_path, "house", target="price").height == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 2), st.integers(0, 20)),  # writer, time received (may go back)
        st.tuples(st.just("read"), st.integers(1, 7), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_reading_in_pages_gives_everything_once_and_every_page_again(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_writers:
        root = Path(folder)
        writers = [
            open_writers.enter_context(LogWriter(root, "house", f"w-{n}", "none", segment_bytes=150)) for n in range(3)
        ]
        reader, position = LogReader(root, "house"), Position()
        written: list[list[str]] = [[], [], []]
        pages: list[tuple[Position, Position, list[Record]]] = []
        for verb, number, received in [*steps, ("read", 1000, 0)]:
            if verb == "append":
                name = f"{number}:{len(written[number])}"
                writers[number].append(prediction(name, received))
                written[number].append(name)
                continue
            records, after = reader.read(position, limit=number)
            assert len(records) <= number
            pages.append((position, after, records))
            position = Position.from_bytes(after.to_bytes())
        read = [name for _, _, records in pages for name in names(records)]
        for number in range(3):  # nothing lost, nothing twice, each writer's own order kept
            assert [name for name in read if name.startswith(f"{number}:")] == written[number]
        for before, after, records in pages:
            assert reader.between(before, after) == records
        assert reader.read(position)[0] == []


def test_between_writers_the_one_received_first_goes_first(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "a") as a, LogWriter(tmp_path, "house", "b") as b:
        for number in range(0, 10, 2):
            a.append(prediction(str(number), number))
        for number in range(1, 10, 2):
            b.append(prediction(str(number), number))
    assert names(LogReader(tmp_path, "house").read()[0]) == [str(number) for number in range(10)]


def test_a_record_longer_than_what_is_read_at_once_is_read(tmp_path: Path) -> None:
    long = Prediction(id="long", received=1, version="v1", row={"text": "x" * 5_000_000}, value=1.0)
    with LogWriter(tmp_path, "house", "a") as writer:
        for record in (prediction("first", 1), long, prediction("last", 1)):
            writer.append(record)
    assert names(LogReader(tmp_path, "house").read()[0]) == ["first", "long", "last"]


def test_what_is_no_segment_or_no_record_is_named(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "a") as writer:
        writer.append(prediction("first", 1))
    path = tmp_path / "house" / "a" / "00000001.log"
    whole = path.read_bytes()
    path.write_bytes(whole + framed([b"\x01"]))
    with pytest.raises(StoreDamaged, match=r"00000001\.log holds a record"):
        LogReader(tmp_path, "house").read()
    path.write_bytes(whole[:5] + b"\x02" + whole[6:])
    with pytest.raises(EnvironmentFailed, match="has format 2, known is 1"):
        LogReader(tmp_path, "house").read()
    path.write_bytes(b"something else entirely" + whole)
    with pytest.raises(StoreDamaged, match="does not begin"):
        LogReader(tmp_path, "house").read()


@pytest.mark.parametrize("page", [1, 7, 1000])
@pytest.mark.parametrize(
    ("kept", "torn", "after"), [(90, 0, 0), (90, 9, 3), (40, 0, 200), (99, 5, 1), (0, 0, 150), (0, 3, 2)]
)
def test_a_reader_goes_back_where_the_log_lost_what_it_read(
    tmp_path: Path, page: int, kept: int, torn: int, after: int
) -> None:
    reader, position, read = LogReader(tmp_path, "house"), Position(), []

    def read_on() -> list[Record]:
        nonlocal position
        found = []
        while True:
            records, position = reader.read(position, page)
            found += names(records)
            if not records:
                return found

    path = tmp_path / "house" / "w" / "00000001.log"
    ends = []
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        ends.append(path.stat().st_size)
        for number in range(100):
            writer.append(prediction(f"old{number}", number))
            ends.append(path.stat().st_size)
        read += read_on()
    assert reader.checked(position) == (position, ())
    path.write_bytes(path.read_bytes()[: ends[kept] + torn])  # as a power cut may leave it
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        for number in range(after):
            writer.append(prediction(f"new{number}", number))
    position, (setback,) = reader.checked(position)
    assert (setback.writer, setback.segment, setback.place) == ("w", "00000001", ends[100])
    assert setback.to_place in (*ends[: kept + 1], 0)
    again = read_on()
    assert [name for name in again if name.startswith("new")] == [f"new{number}" for number in range(after)]
    assert len(again) - after <= 2 * (100 - kept) + page  # not much further back than it must
    assert reader.checked(position) == (position, ())


def test_a_reader_goes_back_to_the_segment_before_where_its_own_is_gone(tmp_path: Path) -> None:
    reader, folder = LogReader(tmp_path, "house"), tmp_path / "house" / "w"
    with LogWriter(tmp_path, "house", "w", "none", segment_bytes=400) as writer:
        for number in range(20):
            writer.append(prediction(f"p{number}", number))
            _, position = reader.read(reader.read(None, number)[1] if number else None)
    _, position = reader.read(reader.read(None, 7)[1])
    newest = sorted(folder.glob("*.log"))[-1]
    newest.unlink()
    position, (setback,) = reader.checked(position)
    assert setback.to_segment < newest.stem
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        writer.append(prediction("new", 50))
    assert names(reader.read(position)[0])[-1] == "new"


def test_bytes_that_no_reader_gets_past_are_named_once_their_writer_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "house" / "w" / "00000001.log"
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        writer.append(prediction("a", 1))
        whole = path.stat().st_size
        with path.open("ab") as file:
            file.write(b"half")
        assert abandoned_tails(tmp_path, "house") == []  # its writer may still be writing it
    (tail,) = abandoned_tails(tmp_path, "house")
    assert (tail.path, tail.place, tail.bytes) == (path, whole, 4)
    _, position = LogReader(tmp_path, "house").read()
    assert abandoned_tails(tmp_path, "house", position) == [tail]
    LogWriter(tmp_path, "house", "w").open().close()
    assert abandoned_tails(tmp_path, "house") == []


def test_answered_rows_still_to_be_read_are_counted(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, "house")
    other = [
        LabelRecord(prediction_id="a", value=1.0, received=1),
        Refusal(id="b", received=1, version="v", failures=()),
    ]
    with LogWriter(tmp_path, "house", "w", "none", segment_bytes=400) as writer:
        for number in range(30):
            writer.write([prediction(f"p{number}", number), *other])
    with LogWriter(tmp_path, "house", "v", "none") as writer:
        writer.append(prediction("late", 99))
    assert reader.answered_after(Position(), 1000) == 31
    assert reader.answered_after(Position(), 7) == 7
    taken, position = reader.read(None, 45)
    left = 31 - sum(isinstance(record, Prediction) for record in taken)
    assert reader.answered_after(position, 1000) == left
    assert reader.answered_after(reader.read(position, 1000)[1], 1000) == 0
