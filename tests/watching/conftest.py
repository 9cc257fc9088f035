"""Projects with a version in production and rows answered by it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))  # for flat_projects and flat_traffic

from flat_projects import Project, flats
from flat_traffic import put_in_production


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose v1 is in production."""
    made = Project(tmp_path, rows=flats(1500))
    made.run()
    assert put_in_production(made, 1) == 1
    return made
