"""The loop as a child of `holdtrue up`: begun again when it dies, later each time."""

from pathlib import Path

from commanding import wait_until

from holdtrue.cli.running import LoopProcess
from holdtrue.workspace import open_archive, write_template


def test_a_loop_that_dies_at_once_is_begun_again_later_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "houses"
    write_template("houses", folder)
    archive = open_archive(folder)
    (folder / "model.py").unlink()  # so that it finds no project
    said: list[str] = []
    loop = LoopProcess(archive, said.append)
    try:
        wait_until(lambda: len(said) == 2, "it has died twice")
    finally:
        loop.stop()
    assert [line.partition("again ")[2] for line in said] == ["in 2 s", "in 4 s"]
