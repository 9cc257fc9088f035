"""The local store keeps every promise of a store."""

from pathlib import Path

import pytest

from holdtrue.testing import StoreConformance


class TestLocalStore(StoreConformance):
    @pytest.fixture(params=["path", "file"])
    def address(self, tmp_path: Path, request: pytest.FixtureRequest) -> str:
        folder = tmp_path / "some where" / "store"
        return str(folder) if request.param == "path" else folder.as_uri()
