"""`--json` on every command that has it: JSON and nothing else on standard output, whatever the user's code prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer.main
from commanding import holdtrue, serving

from holdtrue.catalog import AlarmRecord
from holdtrue.cli.app import app
from holdtrue.watching import WatcherState
from holdtrue.workspace import open_archive

# Exit code and arguments; {alarm}, {prediction} and {server} are made by the test.
COMMANDS = {
    "run": (0, "run --slice 20%"),
    "status": (0, "status"),
    "models": (0, "models"),
    "log": (0, "log"),
    "show": (0, "show"),
    "diff": (0, "diff v1 v2"),
    "checkout": (0, "checkout v1 --to back"),
    "predict": (0, "predict v1 live/1998.parquet -o out.parquet"),
    "promote": (0, "promote v1 --alias candidate"),
    "rollback": (0, "rollback"),
    "replay": (0, "replay rows.parquet --to {server}"),
    "doctor": (0, "doctor"),
    "data add": (0, "data add live --name later"),
    "data list": (0, "data list"),
    "data show": (0, "data show sales@1"),
    "data status": (0, "data status"),
    "data diff": (0, "data diff sales@1 sales@latest"),
    "data test": (0, "data test"),
    "data suggest": (0, "data suggest live/1998.parquet"),
    "data export": (0, "data export"),
    "data import": (0, "data import row.json"),
    "data checkout": (0, "data checkout sales@1 --to back"),
    "labels add": (0, "labels add labels.csv"),
    "alarms": (0, "alarms --all"),
    "alarms show": (0, "alarms show {alarm}"),
    "alarms accept": (0, "alarms accept {alarm} --why known"),
    "monitor compare": (0, "monitor compare live/1998.parquet live/1998.parquet"),
    "monitor replay": (0, "monitor replay"),
    "monitor rehearse": (0, "monitor rehearse"),
    "monitor adopt": (0, "monitor adopt"),
    "events": (0, "events"),
    "events verify": (0, "events verify"),
    "policies explain": (0, "policies explain"),
    "store usage": (0, "store usage"),
    "store check": (0, "store check"),
    "catalog rebuild": (0, "catalog rebuild"),
}


def with_json(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, below in getattr(command, "commands", {}).items():
        yield from with_json(below, (*path, name))
    if any("--json" in getattr(each, "opts", ()) for each in command.params):
        yield " ".join(path)


def test_every_command_that_has_json_is_tried() -> None:
    assert set(with_json(typer.main.get_command(app))) == set(COMMANDS)


LOUD = """
import ctypes as _ctypes
import os as _os

def _shout(where):
    print("printed at", where)
    _os.write(1, b"written by the system at " + where.encode() + b"\\n")
    _ctypes.CDLL(None).printf(b"printed in C at %s\\n", where.encode())
    _os.system("echo from a child")

_shout("import")
"""


def prepared(project: Path) -> None:
    """Make the project's code loud, and what some of the commands need."""
    model = project / "model.py"
    code = model.read_text()
    assert "def fit(train, valid, params):\n" in code and "def a_larger_house_is_not_cheaper(model, rows):\n" in code
    for name in ("def fit(train, valid, params):\n", "def a_larger_house_is_not_cheaper(model, rows):\n"):
        code = code.replace(name, f"{name}    _shout('call')\n")
    model.write_text(LOUD + code)
    pl.read_parquet(project / "live/1998.parquet").head(3).write_parquet(project / "rows.parquet")
    (project / "row.json").write_text('{"properties": {"beds": {"type": "integer"}}}')
    (project / "labels.csv").write_text("prediction_id,label\nx,3.5\n")
    archive = open_archive(project, environ={})
    alarm = AlarmRecord(
        id="a1", model="house-price", watch="w", epoch=1, raised_at=5, group="inputs", quantity="beds", data={}
    )
    archive.catalog.watches.save("w", WatcherState().to_bytes(), b"", [alarm])
    archive.close()


def rolled_on(project: Path) -> None:
    """Put a second version into production, so that there is one to go back to."""
    assert holdtrue(project, "promote", "v2", "--force", "--why", "to see").code == 0


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_json_is_all_there_is_on_standard_output(project: Path, command: str) -> None:
    prepared(project)
    if command == "rollback":
        rolled_on(project)
    expected, line = COMMANDS[command]
    if command == "replay":
        with serving(project) as (_, address):
            told = holdtrue(project, *line.format(server=address).split(), "--json", CI="1")
    else:
        told = holdtrue(project, *line.format(alarm="a1").split(), "--json", CI="1")
    assert told.code == expected, told.err
    assert told.value is not None
    if command == "run":
        for where in ("import", "call"):
            for how in ("printed at", "written by the system at", "printed in C at"):
                assert f"{how} {where}" in told.err
