"""Commands that are told to end before they have begun: no traceback, and the exit code they would end with later."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commanding import environment

SCRIPT = """
import importlib.abc, runpy, signal, sys

MOMENT, NUMBER = sys.argv[1], int(sys.argv[2])
del sys.argv[1:3]

class When(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == MOMENT:
            signal.raise_signal(NUMBER)

sys.meta_path.insert(0, When())
runpy.run_module("holdtrue", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("moment", "number", "command", "code"),
    [
        ("holdtrue.cli.main", signal.SIGINT, "serve", 130),  # before anything of ours could hear of it
        ("holdtrue.cli.app", signal.SIGINT, "run", 130),
        ("holdtrue.cli.app", signal.SIGTERM, "run", 130),
        ("holdtrue.workspace", signal.SIGTERM, "status", 130),
        ("holdtrue.cli.app", signal.SIGTERM, "serve", 0),
        ("holdtrue.serving", signal.SIGTERM, "up", 0),
        ("holdtrue.serving", signal.SIGINT, "up", 0),
        ("holdtrue.workspace.reacting", signal.SIGTERM, "loop", 0),
    ],
)
def test_an_early_end_is_quiet(project: Path, moment: str, number: int, command: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, moment, str(int(number)), command],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr.strip()) == (code, "stopped")


def test_a_signal_heard_in_the_last_import_is_known_at_the_end(tmp_path: Path) -> None:
    """Where nothing but imports comes after it, it is not acted on before the end; no alarm may outlive the program."""
    (tmp_path / "last.py").write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\n")
    script = (
        "import signal, holdtrue.cli.interrupts as early\n"
        "interrupts = early.Interrupts()\n"
        "interrupts.listen()\n"
        "assert not interrupts.close()\n"
        "import last\n"
        "assert interrupts.close() and not interrupts.close()\n"
        "assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)
