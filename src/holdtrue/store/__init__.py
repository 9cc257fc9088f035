"""Bytes: content-defined chunks in packs, objects in packs, each under the hash of its content."""

from holdtrue.store.cost import PRICE_PER_GB, monthly_cost
from holdtrue.store.local import LocalStore
from holdtrue.store.opening import open_store
from holdtrue.store.protocol import Blob, Damage, Store, Usage

__all__ = [
    "PRICE_PER_GB",
    "Blob",
    "Damage",
    "LocalStore",
    "Store",
    "Usage",
    "monthly_cost",
    "open_store",
]
