"""Overview, what a REF leads to, usage, doctor, the template, the loop's lease and the notes of servers."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

import pytest
from opened_projects import opened

import holdtrue.workspace
from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import SECOND, DataNotFound, UnknownReference, WrongUse
from holdtrue.pipeline import RunRequest, travel
from holdtrue.predictionlog import LogReader, Prediction
from holdtrue.registry import promote, rollback
from holdtrue.workspace import (
    Workspace,
    accept_alarm,
    await_version,
    examine,
    known_model,
    model_name,
    noted,
    overview,
    predict_file,
    run_loop,
    running_servers,
    show_reference,
    store_usage,
    write_template,
)

MODEL = "house-price"


def test_every_public_name_is_there_and_no_other() -> None:
    for name in holdtrue.workspace.__all__:
        assert getattr(holdtrue.workspace, name) is not None
    assert set(holdtrue.workspace.__all__) == set(holdtrue.workspace._HOME_OF)
    with pytest.raises(AttributeError):
        holdtrue.workspace.nothing  # noqa: B018


def test_the_overview_follows_what_the_loop_has_seen(workspace: Workspace, tmp_path: Path) -> None:
    (before,) = overview(workspace).models
    assert (before.name, before.version, before.versions, before.answered) == (MODEL, "v1", 1, 0)
    rows = workspace.root / "live" / "1996.parquet"
    report = predict_file(workspace, "production", rows, tmp_path / "out.csv")
    waiting = overview(workspace)
    assert (waiting.models[0].answered, waiting.models[0].unwatched) == (0, report.answered)
    assert [note.partition(":")[0] for note in waiting.notes] == ["no loop runs"]
    said: list[str] = []
    run_loop(workspace, said.append, once=True)
    assert workspace.catalog.leases.acquire("loop", "another/1", 10, workspace.clock.now())
    found = overview(workspace)
    (after,) = found.models
    assert (after.answered, after.unwatched, after.refused) == (report.answered, 0, report.refused)
    assert found.notes == ()
    assert after.comparisons[0].unit == "USD" and after.comparisons[0].baseline is not None
    assert any(alarm.quantity == "wall" for alarm in after.alarms)
    assert found.bytes_stored > 0 and found.month == pytest.approx(found.bytes_stored * 0.023e-9)
    assert any(line.startswith("ALERT house-price: wall") for line in said) and "nothing is left to do" in said[-1]


def test_the_overview_says_that_production_was_rolled_back(workspace: Workspace) -> None:
    catalog, store, clock = workspace.catalog, workspace.store, workspace.clock
    second = travel(RunRequest(parameters={"trees": 50}), workspace.ground).version
    assert second is not None
    promote(catalog, store, second, by="person:anna", why="the second", force=True, clock=clock)
    assert (overview(workspace).models[0].version, overview(workspace).models[0].back) == ("v2", False)
    rollback(catalog, store, MODEL, by="person:anna", why="it looks wrong", clock=clock)
    assert (overview(workspace).models[0].version, overview(workspace).models[0].back) == ("v1", True)


def test_what_a_reference_leads_to(workspace: Workspace, tmp_path: Path) -> None:
    predict_file(workspace, "v1", workspace.root / "live" / "1997.parquet", tmp_path / "out.csv")
    one = next(each for each in LogReader(workspace.log, MODEL).all() if isinstance(each, Prediction))
    run = workspace.catalog.runs.list()[0]
    for ref, kind, words in (
        ("production", "version", ["house-price:v1", "sales@1", "trees = 60", "passed: mae < 25,000"]),
        (f"{MODEL}:v1", "version", ["no git"]),
        ("sales@1", "data", ["data/sales.parquet", "11,109", "price"]),
        (f"run:{run.id}", "run", ["the first"]),
        (f"prediction:{one.id}", "prediction", ["house-price:v1", "sales@1", "not come yet", "through batch"]),
    ):
        shown = show_reference(workspace, ref)
        text = "\n".join(f"{title} {value}" for title, value in shown.lines)
        assert shown.kind == kind and all(word in text for word in words), text
    for ref in ("nobody:v1", "v7", "sales@9", "run:x", "prediction:x", "alarm:x"):
        with pytest.raises(UnknownReference):
            show_reference(workspace, ref)


def test_a_prediction_is_shown_with_its_reasons(workspace: Workspace, tmp_path: Path) -> None:
    predict_file(workspace, "v1", workspace.root / "live" / "1997.parquet", tmp_path / "out.csv")
    one = next(each for each in LogReader(workspace.log, MODEL).all() if isinstance(each, Prediction))
    shown = show_reference(workspace, f"prediction:{one.id}")
    reasons = shown.record["reasons"]
    assert reasons.unit == "USD" and len(reasons.shares) == 13
    assert reasons.base + sum(reasons.shares.values()) == pytest.approx(one.value)
    sizes = [abs(share) for share in reasons.shares.values()]
    assert sizes == sorted(sizes, reverse=True)
    text = dict(shown.lines)["reasons"]
    assert text.startswith(f"{next(iter(reasons.shares))} ") and "the other 7 " in text and text.endswith("(USD)")


def test_a_prediction_is_found_by_the_key_of_its_row(folder: Path, tmp_path: Path) -> None:
    model = folder / "model.py"
    model.write_text(model.read_text().replace('    time="sdate",\n', '    time="sdate",\n    key="lotsize",\n'))
    workspace = opened(folder)
    second = travel(RunRequest(), workspace.ground).version
    assert second is not None
    predict_file(workspace, "v2", workspace.root / "live" / "1997.parquet", tmp_path / "out.csv")
    rows = [each for each in LogReader(workspace.log, MODEL).all() if isinstance(each, Prediction)]
    key = rows[0].row["lotsize"]
    last = [each for each in rows if each.row["lotsize"] == key][-1]
    assert dict(show_reference(workspace, f"prediction:{key}").lines)["prediction"] == last.id


def test_models_by_name(workspace: Workspace) -> None:
    assert model_name(workspace) == model_name(workspace, MODEL) == MODEL
    assert known_model(workspace.catalog, "") is None and known_model(workspace.catalog, MODEL) == MODEL
    with pytest.raises(UnknownReference, match="no model x"):
        known_model(workspace.catalog, "x")


def test_the_sum_of_a_thousand_versions(workspace: Workspace) -> None:
    found = store_usage(workspace)
    assert found.versions == 1 and 0 < found.stored <= found.content
    assert found.month == pytest.approx(found.stored * 0.023e-9)
    assert found.plain_thousand_month == pytest.approx(found.plain_thousand * 0.023e-9)
    assert found.next_thousand <= found.plain_thousand


def test_an_alarm_is_accepted_once_and_with_a_reason(workspace: Workspace) -> None:
    alarm = AlarmRecord(
        id="a1", model=MODEL, watch="w", epoch=1, raised_at=1, group="inputs", quantity="wall", data={"message": "m"}
    )
    workspace.catalog.watches.save(f"{MODEL}/x", b"", b"", alarms=[alarm], events=[])
    for identity, why in (("a1", " "), ("alarm:a1", "")):
        with pytest.raises(WrongUse, match="reason"):
            accept_alarm(workspace, identity, why)
    assert accept_alarm(workspace, "alarm:a1", "known").status == "accepted"
    event = workspace.catalog.events.list(limit=1)[0]
    assert (event.kind, event.actor, event.why, event.subject) == ("alarm.accepted", "person:anna", "known", "alarm:a1")
    with pytest.raises(WrongUse, match="is accepted, not open"):
        accept_alarm(workspace, "a1", "again")


def test_one_loop_at_a_time(workspace: Workspace) -> None:
    assert workspace.catalog.leases.acquire("loop", "another/1", 10 * SECOND, workspace.clock.now())
    said: list[str] = []
    with pytest.raises(WrongUse, match="another loop"):
        run_loop(workspace, said.append, once=True)
    turns = iter([False, False, True])
    run_loop(workspace, said.append, wait=True, stop=lambda: next(turns))
    assert len(said) == 1 and "waiting" in said[0]


def test_servers_leave_notes_and_the_dead_count_for_nothing(workspace: Workspace) -> None:
    assert await_version(workspace, MODEL, "any") == ()
    with noted(workspace, "http://127.0.0.1:9"):
        (note,) = running_servers(workspace)
        assert (note.pid, note.url) == (os.getpid(), "http://127.0.0.1:9")
        folder = workspace.root / ".holdtrue" / "servers"
        # A server that was killed leaves its note; its number is another process's by now.
        ghost = folder / "0.json"
        ghost.write_text(f'{{"pid": {os.getpid()}, "url": "http://127.0.0.1:9", "started": 0}}')
        (folder / "1.json").write_text("half a no")
        assert running_servers(workspace) == (note,)
        assert not ghost.exists()
    ghost.write_text(f'{{"pid": {os.getpid()}, "url": "http://127.0.0.1:9", "started": 0}}')
    assert await_version(workspace, MODEL, "any") == ()
    assert running_servers(workspace) == ()
    assert list(folder.iterdir()) == []


def test_doctor_sees_what_is_wrong(workspace: Workspace) -> None:
    found = {each.name: each.status for each in examine(workspace)}
    assert found.pop("disk") in ("fine", "warning") and set(found.values()) == {"fine"}
    workspace.catalog.leases.acquire("loop", "dead/1", 1, workspace.clock.now() - 10)
    (pack,) = sorted((workspace.root / ".holdtrue" / "store").rglob("*.pack"))[:1]
    pack.unlink()
    log = workspace.log / "house-price" / "server-9"
    log.mkdir(parents=True)
    (log / "00000001.log").write_bytes(b"HTLOG\x01\r\n" + bytes(8) + b"half a record")
    found = {each.name: each.status for each in examine(workspace)}
    assert (found["leases"], found["store"], found["prediction log"]) == ("warning", "bad", "bad")
    assert {each.name for each in examine(None)} == {"libraries", "model libraries"}


def test_doctor_imports_the_code_as_it_is_and_leaves_nothing_behind(workspace: Workspace) -> None:
    def looked() -> tuple[str, str]:
        (found,) = [each for each in examine(workspace) if each.name == "model.py"]
        return found.status, found.message

    before = set(sys.modules)
    assert looked() == ("fine", "can be imported, and defines house-price")
    assert not [name for name in set(sys.modules) - before if "doctor" in name]
    code = workspace.root / "model.py"
    text = code.read_text()
    code.write_text(text.replace("house.gate(", "house.gaet("))
    status, message = looked()
    assert status == "bad" and "model.py:" in message and "gaet" in message
    code.write_text("x = 1\n")
    assert looked() == ("bad", "it defines no model: write one with ht.Model(...)")


def test_doctor_misses_skops_where_scikit_learn_is(monkeypatch: pytest.MonkeyPatch) -> None:
    known = metadata.version

    def without(name: str) -> str:
        if name == "skops":
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", without)
    (found,) = [each for each in examine(None) if each.name == "model libraries"]
    assert found.status == "warning" and "skops" in found.message and "holdtrue[sklearn]" in found.message


def test_the_blank_template_trains_on_a_table_of_its_columns(tmp_path: Path) -> None:
    write_template("blank", tmp_path / "mine")
    assert not (tmp_path / "mine" / "data").exists()
    workspace = opened(tmp_path / "mine")
    with pytest.raises(DataNotFound, match="data"):
        travel(RunRequest(), workspace.ground)
    rows = [f"{3 * n % 71},{n % 50}" for n in range(400)]
    (tmp_path / "mine" / "data").mkdir()
    (tmp_path / "mine" / "data" / "rows.csv").write_text("\n".join(["target,amount", *rows]) + "\n")
    report = travel(RunRequest(), workspace.ground)
    assert report.version is not None and report.model == "my-model"


def test_the_template_is_written_into_an_empty_folder_only(tmp_path: Path) -> None:
    paths = write_template("houses", tmp_path / "a" / "b")
    assert {str(path.relative_to(tmp_path / "a" / "b")) for path in paths} >= {
        "model.py", "pyproject.toml", ".gitignore", "data/sales.parquet", "live/1996.parquet",
    }  # fmt: skip
    (tmp_path / "empty").mkdir()
    assert len(write_template("houses", tmp_path / "empty")) == len(paths)
    for folder in (tmp_path / "a" / "b", tmp_path / "a" / "b" / "model.py"):
        with pytest.raises(WrongUse, match="not an empty folder"):
            write_template("houses", folder)
    with pytest.raises(WrongUse, match='no template "cars"'):
        write_template("cars", tmp_path / "cars")
