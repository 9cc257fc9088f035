"""The reader: pages, positions, several writers, and the same order again."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import EnvironmentFailed, StoreDamaged
from holdtrue.predictionlog import LogReader, LogWriter, Position, Prediction, Record, served_rows
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
