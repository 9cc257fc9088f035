"""Labelled rows counted from a real log, whatever order records come in."""

from pathlib import Path

import pytest

from holdtrue.loop import LabelledRows
from holdtrue.predictionlog import LabelRecord, Prediction, open_writer


def _row(name: str, time: int, **more: object) -> Prediction:
    return Prediction(id=name, received=time, version="v1", row={"a": 1}, value=2.0, time=time, **more)


def _label(name: str, value: object, received: int = 100) -> LabelRecord:
    return LabelRecord(prediction_id=name, value=value, received=received)


def _labelled(log: Path, records: list) -> LabelledRows:
    with open_writer(log, "flat", "w") as out:
        out.write(records)
    rows = LabelledRows(log, "flat")
    rows.read()
    return rows


def test_rows_are_counted_by_their_own_time_and_by_when_their_label_came(tmp_path: Path) -> None:
    records = [_row("a", 10), _row("b", 20), _row("c", 30), _label("b", 5.0, 200), _label("a", 4.0, 300)]
    rows = _labelled(tmp_path, records)
    assert (rows.count(), rows.since(None), rows.since(10), rows.since(11), rows.since(21)) == (2, 2, 2, 1, 0)
    assert (rows.known_at(199), rows.known_at(200), rows.known_at(300)) == (0, 1, 2)


def test_early_double_late_and_odd_labels_count_once_or_not_at_all(tmp_path: Path) -> None:
    records = [
        _label("early", 1.0),
        _row("early", 10),
        _row("twice", 11),
        _row("twice", 11),
        _label("twice", 1.0),
        _label("twice", 2.0),
        _row("odd", 12),
        _label("odd", "dear"),
        _row("fell", 13, fallback="median"),
        _label("fell", 1.0),
        _label("unknown", 1.0),
    ]
    assert _labelled(tmp_path, records).count() == 2


def test_the_latest_of_a_version_come_with_their_rows_in_the_order_of_labels(tmp_path: Path) -> None:
    other = Prediction(id="o", received=5, version="v2", row={"a": 9}, value=1.0, time=5)
    records = [_row("a", 10), other, _row("b", 20), _label("b", 5.0), _label("o", 7.0), _label("a", 4.0)]
    rows = _labelled(tmp_path, records)
    assert [(row.id, row.row, label) for row, label in rows.recent_of("v1")] == [
        ("b", {"a": 1}, 5.0),
        ("a", {"a": 1}, 4.0),
    ]
    assert [row.id for row, _ in rows.recent_of("v2")] == ["o"]
    assert rows.recent_of("v3") == []


def test_what_never_gets_a_label_takes_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_MOST_WAITING", "_MOST_EARLY", "_MOST_DONE"):
        monkeypatch.setattr(f"holdtrue.loop.labelled.{name}", 20)
    rows = [_row(f"r{place}", place) for place in range(100)]
    labelled = _labelled(tmp_path, [*rows, *(_label(f"x{place}", 1.0) for place in range(100))])
    assert len(labelled._waiting) == len(labelled._early) == 20
    with open_writer(tmp_path, "flat", "later") as out:
        out.write([_label("r10", 1.0), _label("r90", 1.0)])
    labelled.read()
    assert labelled.count() == 1


def test_reading_ends_when_asked_to_and_goes_on_later(tmp_path: Path) -> None:
    records = [record for n in range(12_000) for record in (_row(f"r{n}", n), _label(f"r{n}", 1.0))]
    with open_writer(tmp_path, "flat", "w") as out:
        out.write(records)
    rows, asked = LabelledRows(tmp_path, "flat"), iter([False, True])
    assert rows.read(lambda: next(asked)) is False
    assert 0 < rows.count() < 12_000
    assert rows.read() is True
    assert rows.count() == 12_000
