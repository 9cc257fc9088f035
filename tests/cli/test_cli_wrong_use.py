"""Wrong use is answered with one clear message on standard error and exit code 2, never with a traceback."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from commanding import Told, environment, holdtrue

_DROP_FROM_BOUNDS, _MAY_WRITE_ALL, _MAY_READ_ALL = 24, 1, 2


def refused(told: Told, *words: str, code: int = 2) -> None:
    assert told.code == code, told.out + told.err
    assert "Traceback" not in told.out + told.err
    assert told.out == ""
    for word in words:
        assert word in told.err
    lines = told.err.strip().splitlines()
    assert lines[0].startswith("holdtrue: ") and len(lines) <= 2


def test_no_project_here(tmp_path: Path) -> None:
    for arguments in (["run"], ["models"]):
        refused(holdtrue(tmp_path, *arguments), "no project here", str(tmp_path), "holdtrue init")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "hose-price"], ['no model "hose-price"', "did you mean house-price?"]),
        (["alarms", "--model", "nope"], ["no model nope", "house-price"]),
        (["promote", "v9"], ["no version house-price:v9", "v1"]),
        (["show", "a b"], ['"a b" names nothing']),
        (["alarms", "accept", "nope"], ["needs a reason", "--why"]),
        (["promote", "v2", "--force"], ["needs a reason", "--why"]),
        (["promote", "v2", "--alias", "blue", "--wait"], ["no waiting for blue"]),
        (["data", "test", "nope.parquet"], ["no such file: nope.parquet"]),
        (["run", "--slice", "abc"], ['"abc" is no slice', "--slice 5%"]),
        (["run", "--set", "threes=3"], ["no parameter is called threes", "trees"]),
        (["replay", "live/1996.parquet", "--to", "http://127.0.0.1:1"], ["no server answers", "holdtrue up"]),
        (["loop", "--once", "--clock", "moon"], ['"moon" is no clock']),
        (["init", "."], ["not an empty folder"]),
        (["checkout", "v1", "--to", "."], ["not an empty folder"]),
    ],
    ids=" ".join,
)
def test_it_is_said_what_is_wrong(trained: Path, arguments: list[str], words: list[str]) -> None:
    refused(holdtrue(trained, *arguments), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--nope"], ["--nope", "holdtrue run --help"]),
        (["nonsense"], ["nonsense"]),
        (["promote"], ["ref"]),
        (["events", "--last", "0"], ["--last"]),
        (["replay", "x.csv", "--to", "http://127.0.0.1:1", "--rate", "-1"], ["--rate"]),
    ],
    ids=" ".join,
)
def test_wrong_arguments_show_the_usage(trained: Path, arguments: list[str], words: list[str]) -> None:
    told = holdtrue(trained, *arguments)
    assert told.code == 2 and told.out == "" and "Traceback" not in told.err and "Usage: holdtrue" in told.err
    assert all(word in told.err for word in words)


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_port_that_is_taken(trained: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused(holdtrue(trained, command, "--port", str(port)), f"listens on 127.0.0.1:{port}", "another port")


def test_a_gate_that_failed_is_exit_1(trained: Path) -> None:
    refused(
        holdtrue(trained, "promote", "v2"), "house-price:v2 did not pass its gate", "mae < 1,000", "--force", code=1
    )


def test_declared_data_that_is_gone(untrained: Path) -> None:
    (untrained / "data" / "sales.parquet").unlink()
    refused(holdtrue(untrained, "run"), "no file data/*.parquet")


def test_a_contract_that_names_a_column_the_data_lacks(untrained: Path) -> None:
    model = untrained / "model.py"
    model.write_text(
        model.read_text().replace("    rooms: ht.Int =", "    roms: ht.Int = ht.field()\n    rooms: ht.Int =")
    )
    for arguments in (["run"], ["data", "test", "live/1996.parquet"]):
        refused(holdtrue(untrained, *arguments), "no column roms", "Sale", "did you mean rooms?")


def test_a_table_to_predict_that_lacks_a_column(trained: Path, tmp_path: Path) -> None:
    pl.read_parquet(trained / "live" / "1996.parquet").drop("area").write_csv(tmp_path / "rows.csv")
    told = holdtrue(trained, "predict", "v1", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "out.csv"))
    refused(told, "no column area", "Sale")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import holdtrue as ht\ndef x(:\n", ["model.py:2", "invalid syntax"]),
        ("import holdtrue as ht\n1 / 0\n", ["model.py:2", "ZeroDivisionError"]),
        ("import holdtrue as ht\n", ["defines no model", "ht.Model("]),
        ("import nosuchlibrary\n", ["model.py:1", "No module named 'nosuchlibrary'", "install"]),
        ("import sys\nsys.exit(0)\n", ["model.py:2", "ended the program"]),
        ("x = '\0'\n", ["model.py"]),
    ],
    ids=["syntax", "exception", "no-model", "no-library", "exit", "null-byte"],
)
def test_a_broken_model_file(untrained: Path, code: str, words: list[str]) -> None:
    (untrained / "model.py").write_text(code)
    refused(holdtrue(untrained, "run"), *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.holdtrue]\nprot = 1\n", ['unknown setting "prot"', "did you mean port?"]),
        ('[tool.holdtrue]\nport = "abc"\n', ["port is 'abc'", "a whole number"]),
        ('[tool.holdtrue]\ncatalog = "postgresql://x/y"\n', ["no catalog is known for postgresql"]),
        ("[tool.holdtrue\n", ["not valid TOML"]),
    ],
    ids=["unknown", "kind", "catalog", "toml"],
)
def test_bad_settings(untrained: Path, text: str, words: list[str]) -> None:
    (untrained / "pyproject.toml").write_text(text)
    refused(holdtrue(untrained, "models"), *words)


def test_bad_variables(untrained: Path) -> None:
    refused(holdtrue(untrained, "models", HOLDTRUE_PORT="x"), "port is 'x'", "HOLDTRUE_PORT")
    refused(holdtrue(untrained, "models", HOLDTRUE_PROT="1"), "HOLDTRUE_PROT", "did you mean HOLDTRUE_PORT?")


def test_truncated_tables(project: Path) -> None:
    whole = (project / "live" / "1996.parquet").read_bytes()
    (project / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    refused(holdtrue(project, "predict", "v1", "cut.parquet", "-o", "x.csv"), "cut.parquet", "not a readable Parquet")
    declared = project / "data" / "sales.parquet"
    declared.write_bytes(declared.read_bytes()[:1000])
    refused(holdtrue(project, "run"), "sales.parquet", "not a readable Parquet file")


def test_a_damaged_catalog_is_a_failed_environment(project: Path) -> None:
    for beside in (project / ".holdtrue").glob("catalog.sqlite-*"):
        beside.unlink()
    (project / ".holdtrue" / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    refused(holdtrue(project, "models"), "catalog.sqlite is damaged", "holdtrue catalog rebuild", code=3)
    examined = holdtrue(project, "doctor", "--json")
    assert examined.code == 3
    assert {each["name"]: each["status"] for each in examined.value}["catalog"] == "bad"


def test_a_damaged_store_is_a_failed_environment(project: Path) -> None:
    pack = max((project / ".holdtrue" / "store").rglob("*.pack"), key=lambda path: path.stat().st_size)
    body = bytearray(pack.read_bytes())
    body[len(body) // 2] ^= 255
    pack.chmod(0o600)
    pack.write_bytes(body)
    found = holdtrue(project, "store", "check", "--json")
    assert found.code == 3
    assert [each["kind"] for each in found.value if each["pack"]] == ["altered"]
    assert all(each["message"].endswith("cannot be read") for each in found.value if not each["pack"])
    assert holdtrue(project, "doctor").code == 3


def _as_anyone() -> None:
    # Root may write anywhere; without these two powers the folder's own mode holds for it too.
    for power in (_MAY_WRITE_ALL, _MAY_READ_ALL):
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDS, power, 0, 0, 0)


def test_a_folder_that_may_not_be_written(project: Path, untrained: Path) -> None:
    folders = [path for root in (project, untrained) for path in (root, *root.rglob("*"))]
    modes = {path: path.stat().st_mode for path in folders}
    try:
        for path in folders:
            path.chmod(modes[path] & 0o555)
        for folder, arguments in (
            (project, ["promote", "v1"]),
            (untrained, ["run"]),
            (untrained, ["init", "another"]),
        ):
            told = holdtrue(folder, *arguments, before=_as_anyone)
            refused(told, *(["another"] if "init" in arguments else [".holdtrue"]))
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def _limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return limit


@pytest.mark.parametrize("size", [20_000, 120_000])
def test_files_that_may_not_grow(untrained: Path, size: int) -> None:
    """The catalog's file is stopped first, then the store's; what was kept before stays whole."""
    refused(holdtrue(untrained, "run", before=_limited(size)), str(untrained))
    assert holdtrue(untrained, "doctor").code == 0


def test_an_output_that_may_not_grow(trained: Path, tmp_path: Path) -> None:
    refused(holdtrue(tmp_path, "init", "--template", "houses", "houses", before=_limited(20_000)), "no space left")


@pytest.mark.parametrize("size", ["300k", "700k"])
def test_a_disk_that_is_full(untrained: Path, tmp_path: Path, size: str) -> None:
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    disk = untrained / ".holdtrue"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs {disk}"
    try:
        able = subprocess.run([*private, "sh", "-c", mount], capture_output=True).returncode == 0
    except FileNotFoundError:
        able = False
    if not able:
        pytest.skip("this system lets no one mount a small disk of one's own")
    command = f"{mount} && cd {untrained} && exec {sys.executable} -m holdtrue run"
    done = subprocess.run(
        [*private, "sh", "-c", command], env=environment(), capture_output=True, text=True, timeout=60
    )
    refused(Told(done.returncode, done.stdout, done.stderr), str(disk), "room")


def test_a_defect_of_ours_is_told_without_a_traceback(trained: Path) -> None:
    """A library that fails in a way nobody foresaw: one message, and the traceback for who asks for it."""
    spoilt = {"PYTHONPATH": str(trained.parent / "spoilt")}
    folder = Path(spoilt["PYTHONPATH"]) / "sqlalchemy"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("raise RuntimeError('nobody foresaw this')\n")
    refused(holdtrue(trained, "models", **spoilt), "RuntimeError: nobody foresaw this", "HOLDTRUE_DEBUG", code=3)
    shown = holdtrue(trained, "models", HOLDTRUE_DEBUG="1", **spoilt)
    assert shown.code == 3 and "Traceback" in shown.err


def test_a_reader_that_goes_away_is_no_error(trained: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    child = subprocess.Popen(
        [sys.executable, "-m", "holdtrue", "show", "v1", "--json"],
        cwd=trained, env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writing)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
