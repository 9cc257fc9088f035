"""One project, trained once in this process, and copies of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from opened_projects import opened

from holdtrue.pipeline import RunRequest, travel
from holdtrue.registry import promote
from holdtrue.workspace import Workspace, write_template

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))  # for made_media


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace") / "houses"
    write_template("houses", folder)
    model = folder / "model.py"
    model.write_text(model.read_text().replace('params.int("trees", 400,', 'params.int("trees", 60,'))
    workspace = opened(folder)
    version = travel(RunRequest(why="the first"), workspace.ground).version
    assert version is not None
    promote(workspace.catalog, workspace.store, version, by="person:anna", why="the first", clock=workspace.clock)
    workspace.close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "houses")


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return opened(folder)
