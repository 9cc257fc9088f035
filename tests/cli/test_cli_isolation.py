"""What lies in the working folder and was not captured is not imported, however the command is begun."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commanding import environment, holdtrue


@pytest.mark.parametrize("name", ["hidden", "lightgbm", "polars"])
def test_a_module_of_the_working_folder_is_not_taken(untrained: Path, name: str) -> None:
    (untrained / f"{name}.py").write_text("import os\nos.write(2, b'TAKEN')\n")
    ignored = untrained / ".holdtrueignore"
    ignored.write_text(f"{ignored.read_text()}\n{name}.py\n")
    model = untrained / "model.py"
    model.write_text(f"import {name}\n{model.read_text()}")
    told = holdtrue(untrained, "policies", "explain")
    assert "TAKEN" not in told.err
    if name == "hidden":
        assert told.code == 2 and "No module named 'hidden'" in told.err
    else:
        assert told.code == 0, told.err


def test_the_command_needs_nothing_that_the_working_folder_has(untrained: Path) -> None:
    (untrained / "typer.py").write_text("raise SystemExit('taken')\n")
    told = subprocess.run(
        [sys.executable, "-m", "holdtrue", "--version"],
        cwd=untrained,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (told.returncode, told.stderr) == (0, "")
