"""The page for newcomers is typed as it stands: its files are written, its commands run, their output compared.

Blocks marked `console` are run, and `python` ones are files by the name in their first line. What needs a server is in
plain blocks; `tests/cli` and `tests/demo` hold that part to what happens.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "getting-started.md"
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CUT = "[...]"


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Return a console block's commands, each with the lines it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def pattern(line: str) -> str:
    """Return what a line of output must match: a cut stands for anything, and a home is where the test runs."""
    return re.escape(line).replace(re.escape(CUT), ".*").replace("/home/anna", ".*") + r"\s*"


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Compare line by line; a line that is a cut stands for any number of lines."""
    if not shown:
        return not printed
    if shown[0].strip() == CUT:
        return agrees(shown[1:], printed) or (bool(printed) and agrees(shown, printed[1:]))
    return bool(printed) and re.fullmatch(pattern(shown[0]), printed[0]) is not None and agrees(shown[1:], printed[1:])


def test_a_cut_stands_for_lines_and_a_changed_line_is_seen() -> None:
    assert agrees(["a", CUT, "c 3"], ["a", "b", "b", "c 3"])
    assert not agrees(["a", CUT, "c 3"], ["a", "b", "c 4"])
    assert not agrees(["a"], ["a", "b"])


def test_the_page_is_what_a_newcomer_sees(tmp_path: Path) -> None:
    folder, count = tmp_path, 0
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "USER": "anna", "PYTHONUTF8": "1", "COLUMNS": "200"}
    for kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if kind == "python":
            name = re.match(r"# ([\w.]+)", text)
            assert name is not None, text
            (folder / name[1]).write_text(text, "utf-8")
            continue
        for command, shown in commands(text):
            if command.startswith("cd "):
                folder = (folder / command[3:]).resolve()
                assert folder.is_dir(), command
                continue
            ran = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)  # noqa: S602
            assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
            # An empty line at the end of a block or of an output says nothing.
            assert agrees("\n".join(shown).strip("\n").splitlines(), ran.stdout.strip("\n").splitlines()), (
                command,
                ran.stdout,
            )
            count += 1
    assert count >= 20
