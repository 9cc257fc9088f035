"""What a project keeps, what it takes and what it costs."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.store import monthly_cost
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.workspace.archive import Archive


class StoreUsage(Struct, frozen=True, kw_only=True):
    """What is kept and what it costs.

    Attributes:
        content, stored: bytes put, bytes they take. month: dollars at `price` a gigabyte.
        next_thousand: bytes of 1,000 more versions like the last (nothing shared between them assumed);
        plain_thousand: the same as plain copies of the last version's files, with its data, uncompressed.
    """

    content: int
    stored: int
    versions: int
    price: float
    month: float
    next_thousand: int
    next_thousand_month: float
    plain_thousand: int
    plain_thousand_month: float


def store_usage(archive: Archive) -> StoreUsage:
    """Add up what is kept, and what 1,000 more versions like the last would be."""
    usage = archive.store.usage()
    versions = archive.catalog.versions.list()
    price = archive.settings.price_per_gb_month
    share = usage.stored_bytes / usage.content_bytes if usage.content_bytes else 1.0
    plain = 0
    if versions:
        manifest = get_manifest(archive.store, versions[-1].id, ModelManifest)
        plain = sum(blob.size for blob in manifest.files.values()) + manifest.baseline.size + manifest.background.size
    return StoreUsage(
        content=usage.content_bytes,
        stored=usage.stored_bytes,
        versions=len(versions),
        price=price,
        month=monthly_cost(usage.stored_bytes, price),
        next_thousand=round(1000 * plain * share),
        next_thousand_month=monthly_cost(round(1000 * plain * share), price),
        plain_thousand=1000 * plain,
        plain_thousand_month=monthly_cost(1000 * plain, price),
    )
