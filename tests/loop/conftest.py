"""Projects with policies, a version in production, and loops that train in real child processes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))  # for flat_projects and flat_traffic

from flat_projects import Project, flats
from flat_traffic import put_in_production
from looping_flats import POLICIES, Looped


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose v1 is in production."""
    made = Project(tmp_path / "project", POLICIES, flats(1500))
    made.run()
    put_in_production(made, 1)
    return made


@pytest.fixture
def looped(project: Project) -> Iterator[Looped]:
    """Its loop."""
    loop = Looped(project)
    yield loop
    loop.close()
