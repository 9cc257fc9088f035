"""The user's own code runs where what was captured lies, and however it ends is told."""

import os
from pathlib import Path

import pytest
from flat_projects import MODEL, Project, flats

from holdtrue.foundation import ProjectBroken, WrongUse
from holdtrue.pipeline import RunRequest, travel
from holdtrue.pipeline.usercode import user_code

FIT = "    data = lightgbm.Dataset"
CHECK = "    larger = rows"


def with_line(place: str, line: str) -> str:
    return MODEL.replace(place, f"    {line}\n{place}")


@pytest.mark.parametrize("place", [FIT, CHECK])
def test_a_file_that_was_not_captured_decides_nothing(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, with_line(place, 'assert float(open("scale.txt").read()) == 2.0'))
    (tmp_path / "scale.txt").write_text("2.0")
    (tmp_path / ".holdtrueignore").write_text("scale.txt\n")
    monkeypatch.chdir(tmp_path)
    if place == FIT:
        with pytest.raises(ProjectBroken, match=r"^model\.py:\d+: fit failed: FileNotFoundError: .*scale\.txt"):
            project.run()
    else:
        report = project.run()
        assert [check.passed for check in report.checks if check.name == "larger_is_dearer"] == [False]
    assert Path.cwd() == tmp_path
    (tmp_path / ".holdtrueignore").unlink()
    report = project.run()
    assert report.gate is not None and report.gate.passed
    # Captured, it is part of what decides whether to train again.
    (tmp_path / "scale.txt").write_text("2.00")
    assert project.run().status == "registered"


def test_a_file_read_while_the_code_is_imported_is_the_captured_one(tmp_path: Path) -> None:
    project = Project(tmp_path, MODEL + 'LEVEL = open("level.txt").read()\n')
    (tmp_path / "level.txt").write_text("one")
    code = project.open().captured()
    assert code.module.LEVEL == "one"
    (tmp_path / ".holdtrueignore").write_text("level.txt\n")
    with pytest.raises(ProjectBroken, match="FileNotFoundError"):
        project.open().captured()


@pytest.mark.parametrize("code", ["0", "3", ""])
@pytest.mark.parametrize(("place", "name"), [(FIT, "fit"), (CHECK, "the check larger_is_dearer")])
def test_code_that_ends_the_program_is_broken(tmp_path: Path, place: str, name: str, code: str) -> None:
    project = Project(tmp_path, with_line(place, f"import sys; sys.exit({code})"))
    with pytest.raises(ProjectBroken, match=rf"^model\.py:\d+: {name} ended the program \({code or None}\)"):
        project.run()
    assert [run.status for run in project.open().catalog.runs.list()] == ["failed"]


def test_a_training_that_returns_nothing_is_named_by_its_place_in_the_project(tmp_path: Path) -> None:
    project = Project(tmp_path, with_line(FIT, "return None"))
    with pytest.raises(ProjectBroken, match=r"^model\.py:\d+: fit returned nothing"):
        project.run()


def test_the_working_folder_comes_back_though_it_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, folder = tmp_path / "gone", tmp_path / "folder"
    gone.mkdir()
    folder.mkdir()
    monkeypatch.chdir(gone)
    with user_code(folder, tmp_path / "work"):
        gone.rmdir()
        assert Path.cwd().parent == tmp_path / "work"
    with pytest.raises(FileNotFoundError):
        os.getcwd()  # noqa: PTH109 - what is asked is the system


def test_what_is_printed_stays_beside_what_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "code").mkdir()
    print("before")
    with pytest.raises(ProjectBroken), user_code(tmp_path / "code", tmp_path / "work"):
        print("aside")
        os.system("echo from a child")
        raise ProjectBroken("x")
    print("after")
    told = capfd.readouterr()
    assert told.out == "before\nafter\n"
    assert sorted(told.err.split("\n")) == ["", "aside", "from a child"]


def test_what_code_writes_beside_itself_harms_nothing(tmp_path: Path) -> None:
    writing = 'open("plot.png", "w").write("x"); open("model.py", "a").write("# mine")'
    project = Project(tmp_path, with_line(FIT, "import os; os.chmod('model.py', 0o644)\n    " + writing))
    before = (tmp_path / "model.py").read_bytes()
    report = project.run()
    assert report.status == "registered"
    assert (tmp_path / "model.py").read_bytes() == before
    cache = project.open().cache
    (code,) = (cache / "code").iterdir()
    assert sorted(file.name for file in code.iterdir()) == ["model.py", "pyproject.toml"]
    assert (code / "model.py").read_bytes() == before
    assert list((cache / "work").iterdir()) == []


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    folder, work = tmp_path / "folder", tmp_path / "work"
    (work / f"{2**22 + 1}-abcd").mkdir(parents=True)  # above the largest number a process can have
    (work / f"{os.getpid()}-mine").mkdir()
    folder.mkdir()
    with user_code(folder, work):
        pass
    assert [left.name for left in work.iterdir()] == [f"{os.getpid()}-mine"]


class Heard:
    """Progress that remembers the steps it was told of."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def start(self, step: str, total: int | None = None) -> None:
        self.steps.append(step)

    def advance(self, units: int = 1) -> None:
        """Nothing to remember."""

    def finish(self, outcome: str = "") -> None:
        """Nothing to remember."""


def test_capturing_and_reading_tell_how_far_they_are(tmp_path: Path) -> None:
    heard = Heard()
    travel(RunRequest(), Project(tmp_path).open().ground, heard)
    assert heard.steps[:4] == ["capture", "capture code", "capture flats", "read flats"]


@pytest.mark.parametrize("text", ["nan%", "inf%", "-5%", "0", "0%", "five", "1e400%", "%"])
def test_what_is_no_slice_is_refused_before_anything_is_captured(tmp_path: Path, text: str) -> None:
    project = Project(tmp_path)
    workspace = project.open()
    with pytest.raises(WrongUse, match="is no slice"):
        travel(RunRequest(slice=text), workspace.ground)
    assert not (tmp_path / ".holdtrue" / "store").exists()


@pytest.mark.parametrize("text", ["1", "19", "2%"])
def test_a_slice_of_too_few_rows_says_so(tmp_path: Path, text: str) -> None:
    project = Project(tmp_path, rows=flats(400))
    with pytest.raises(WrongUse, match=r"is \d+ of 400 rows, too few"):
        project.run(slice=text)
    assert project.run(slice="100").status == "looked"
