"""The catalog on SQLite keeps every promise of a catalog."""

from pathlib import Path

import pytest

from holdtrue.testing import CatalogConformance


class TestSqliteCatalog(CatalogConformance):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/deep/catalog.db"
