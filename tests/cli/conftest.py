"""A project as `holdtrue init` writes it, trained once for all tests, and copies of it to spoil."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from commanding import code_of_holdtrue, holdtrue, wait_until


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was never run."""
    return _made_once(tmp_path_factory, "fresh", _write)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with v1 in production and v2, whose gate failed, under no alias. Not to be changed."""
    return _made_once(tmp_path_factory, "trained", _train)


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Make a project once for all processes that run tests: the first makes it, the others wait for it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / f"cli-{name}"
    try:
        folder.mkdir()
    except FileExistsError:
        wait_until((folder / "made").exists, f"{name}, made by another process")
    else:
        make(folder / "houses")
        (folder / "made").touch()
    return folder / "houses"


def _write(folder: Path) -> None:
    told = holdtrue(folder.parent, "init", "--template", "houses", folder.name)
    assert told.code == 0, told.err
    model = folder / "model.py"
    code = model.read_text()
    for written, quicker in (
        ('params.int("trees", 400,', 'params.int("trees", 60,'),
        ("import lightgbm\n", ""),  # loaded only where it is used, as most of these tests never train
        ("def fit(train, valid, params):\n", "def fit(train, valid, params):\n    import lightgbm\n\n"),
    ):
        assert written in code
        code = code.replace(written, quicker)
    model.write_text(code)


def _train(folder: Path) -> None:
    _write(folder)
    (folder.parent / "code").write_text(code_of_holdtrue())
    made = holdtrue(folder, "run")
    assert made.code == 0, made.err
    promoted = holdtrue(folder, "promote", "v1", "--why", "the first")
    assert promoted.code == 0, promoted.err
    model = folder / "model.py"
    good = model.read_text()
    model.write_text(good.replace("< 25_000", "< 1_000"))
    failed = holdtrue(folder, "run", "--why", "a gate too narrow")
    assert failed.code == 1, failed.out + failed.err
    model.write_text(good)


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A trained project to do with as one likes."""
    folder = tmp_path / "houses"
    shutil.copytree(trained, folder)
    return folder


@pytest.fixture
def project_of_now(project: Path, trained: Path) -> Path:
    """A trained project whose newest version is of the code of holdtrue as it is now.

    Where holdtrue is somebody's working copy, its code is part of every recipe: an edit while tests run makes versions
    trained before it versions of other code.
    """
    if (trained.parent / "code").read_text() != code_of_holdtrue():
        renewed = holdtrue(project, "run")
        assert renewed.code == 0, renewed.err
    return project


@pytest.fixture
def untrained(fresh: Path, tmp_path: Path) -> Path:
    """A project that was never run, to do with as one likes."""
    folder = tmp_path / "untrained"
    shutil.copytree(fresh, folder)
    return folder
