"""Ctrl-C in the middle of any import ends the command at once, and says so in one word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commanding import environment

# Sends the signal to itself while a module is being imported, from a place where Python ignores what is raised: the
# end of a weakly held object, as importlib has one for each of its locks.
STAGED = """
import builtins, os, signal, sys, weakref

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1] and not self.sent:
            self.sent = True
            class Lock: pass
            lock = Lock()
            self.reference = weakref.ref(lock, lambda _: os.kill(os.getpid(), signal.SIGINT))
            del lock
        return None

finder = Finder()
finder.sent = False
sys.meta_path.insert(0, finder)
from holdtrue.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("module", ["holdtrue.cli.app", "typer", "rich", "polars", "holdtrue.demo.story"])
def test_ctrl_c_during_an_import_is_heard(tmp_path: Path, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STAGED, module, "demo", str(tmp_path / "houses")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr.split()) == (130, ["stopped"]), ended.stderr
    assert not list(tmp_path.rglob("*.sqlite"))  # it ended before anything was done


def test_polars_is_not_interrupted_where_it_is_called_from_rust(tmp_path: Path) -> None:
    """It would call that a panic, with a page of Rust; what takes too long in it is interrupted all the same."""
    script = (
        "import signal, sys, holdtrue.cli.interrupts as early\n"
        "interrupts = early.Interrupts()\n"
        "interrupts.listen()\n"
        "import polars as pl\n"
        "def heard(value):\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    return value\n"
        "frame = pl.DataFrame({'a': [1]}).with_columns(pl.col('a').map_elements(heard, return_dtype=pl.Int64))\n"
        "assert frame['a'].to_list() == [1] and interrupts.close()\n"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0 and "panicked" not in told.stderr, told.stderr
