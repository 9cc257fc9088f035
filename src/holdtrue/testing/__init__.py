"""Conformance suites: a plug-in that inherits one and passes it keeps the interface's promises. Needs pytest."""

import pytest

# Before the suites are imported, so that a failing assert in them shows its values.
pytest.register_assert_rewrite("holdtrue.testing.store", "holdtrue.testing.catalog")

from holdtrue.testing.catalog import CatalogConformance  # noqa: E402
from holdtrue.testing.store import StoreConformance  # noqa: E402

__all__ = ["CatalogConformance", "StoreConformance"]
