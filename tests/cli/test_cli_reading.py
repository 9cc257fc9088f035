"""What reads: JSON for programs, tables for people, exit codes for scripts, progress only where one looks on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import polars as pl
from commanding import environment, holdtrue


def test_what_the_project_holds(trained: Path) -> None:
    models = holdtrue(trained, "models", "--json").value
    assert [(each["number"], each["gate_passed"]) for each in models["versions"]] == [(1, True), (2, False)]
    assert [(each["alias"], each["number"], each["by"]) for each in models["aliases"]] == [
        ("production", 1, "person:anna")
    ]
    shown = holdtrue(trained, "models").out
    assert re.search(r"house-price:v1 .* passed  mae [\d,]+  production", shown)
    log = holdtrue(trained, "log").out.splitlines()
    assert len(log) == 3 and "house-price:v2  a gate too narrow" in log[1] and "by command: holdtrue run" in log[2]


def test_nothing_is_done_twice_and_a_slice_registers_nothing(project_of_now: Path) -> None:
    project = project_of_now
    known = holdtrue(project, "models", "--json").value["versions"]
    again = holdtrue(project, "run", "--json")
    assert (again.code, again.value["status"]) == (0, "unchanged")
    looked = holdtrue(project, "run", "--slice", "20%", CI="1")
    assert looked.code == 0 and "nothing was registered" in looked.out
    assert len(re.findall(r"^  ✓ ", looked.out, re.MULTILINE)) >= 5  # plain lines in CI
    assert holdtrue(project, "models", "--json").value["versions"] == known


def test_the_report_of_a_run_says_each_thing_once(project: Path) -> None:
    told = holdtrue(project, "run", "--force")
    assert told.code == 0 and "✓" not in told.out  # no progress when piped
    assert told.out.count("a_larger_house_is_not_cheaper") == 1
    assert re.search(r"^ +24  refuse  rule.sold_after_it_was_built +yrbuilt", told.out, re.MULTILINE)
    assert "[rule.sold_after_it_was_built]" not in told.out
    assert "next: holdtrue promote house-price:v3" in told.out


def test_tests_of_data_that_fail_are_exit_1(project: Path) -> None:
    passed = holdtrue(project, "data", "test", "--json")
    assert passed.code == 0 and passed.value["refused"] == 24
    model = project / "model.py"
    model.write_text(model.read_text().replace("table.rows >= 1000", "table.rows >= 100_000"))
    failed = holdtrue(project, "data", "test")
    assert failed.code == 1 and failed.out.endswith("failed: table.enough_rows\n")


def test_of_two_rows_nothing_is_said_of_how_far_columns_moved(trained: Path, tmp_path: Path) -> None:
    later = pl.read_parquet(trained / "live" / "1996.parquet")
    later.head(2).write_parquet(tmp_path / "two.parquet")
    two = holdtrue(trained, "data", "test", str(tmp_path / "two.parquet")).out
    said = (
        r"whether any column moved from the baseline of house-price:v1 is not judged: too few rows \(2; from \d\d on\)"
    )
    assert re.search(said, two) and "most of it" not in two
    later.filter(pl.col("sdate").dt.month() > 6).write_parquet(tmp_path / "later.parquet")
    moved = holdtrue(trained, "data", "test", str(tmp_path / "later.parquet")).out
    assert re.search(r'^wall +0\.2\d +0\.0\d +"metlvnyl"', moved, re.MULTILINE) and "not judged" not in moved


def on_a_terminal(folder: Path, *arguments: str, columns: int = 80) -> tuple[int, str]:
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    child = subprocess.Popen(
        [sys.executable, "-m", "holdtrue", *arguments],
        cwd=folder, env=environment(TERM="xterm"), stdin=inner, stdout=inner, stderr=inner, close_fds=True,
    )  # fmt: skip
    os.close(inner)
    seen = b""
    while True:
        try:
            piece = os.read(outer, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(outer)
    return child.wait(60), seen.decode()


def plain(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text).split("\n")


def test_a_terminal_shows_progress_and_breaks_no_word(project: Path) -> None:
    columns = 80
    code, text = on_a_terminal(project, "run", "--slice", "50%", columns=columns)
    assert code == 0 and "\x1b[?25l" in text  # a moving line hides the cursor
    lines = plain(text)
    still = [line for line in lines if "0:00" not in line]  # the moving line is written over
    assert max(map(len, still)) <= columns
    assert any(re.match(r"  ✓ fit +\d", line) for line in lines)
    assert any("rule.sold_after_it_was_built" in line for line in lines)


def test_json_on_a_terminal_is_json_alone(trained: Path) -> None:
    import json

    code, text = on_a_terminal(trained, "store", "check", "--json")
    assert code == 0
    found: Any = json.loads(text)
    assert found == []


def test_money_is_shown_though_it_is_little(trained: Path) -> None:
    told = holdtrue(trained, "store", "usage").out
    assert re.search(r"^\$0\.0{4,}\d\d a month at \$0\.023 per GB", told, re.MULTILINE)
    dear = holdtrue(trained, "store", "usage", HOLDTRUE_PRICE_PER_GB_MONTH="23000").out
    assert re.search(r"^\$\d+\.\d\d a month at \$23000 per GB", dear, re.MULTILINE)


def test_events_are_chosen_by_kind_model_and_time(trained: Path) -> None:
    def kinds(*options: str) -> list[str]:
        return [each["kind"] for each in holdtrue(trained, "events", "--json", *options).value]

    everything = kinds()
    assert {"alias.moved", "version.registered"} <= set(everything)
    assert set(kinds("--kind", "alias.moved")) == {"alias.moved"}
    assert kinds("--since", "1h", "--model", "house-price") == everything
    assert kinds("--since", "2100-01-01") == []
    assert holdtrue(trained, "events", "--kind", "nothing.such").out == "no such event\n"
    assert holdtrue(trained, "events", "--model", "flat").code == 2
    wrong = holdtrue(trained, "events", "--since", "yesterday")
    assert wrong.code == 2 and '"yesterday" names no time' in wrong.err and "7d" in wrong.err


def test_init_says_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    told = holdtrue(tmp_path, "init", "mine")
    assert told.code == 0 and told.out.startswith("blank: a model of your own")
    assert "wrote mine/model.py" in told.out and "fill in model.py" in told.out
    assert "houses: the demo's" in " ".join(holdtrue(tmp_path, "init", "--help").out.split())
