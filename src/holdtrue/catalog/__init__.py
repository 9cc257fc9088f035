"""The index, the pointers and the record of events, in a database."""

from holdtrue.catalog.alarms import GOING_ON, Alarms
from holdtrue.catalog.aliases import Aliases
from holdtrue.catalog.catalog import Catalog, Index
from holdtrue.catalog.data import DataVersions
from holdtrue.catalog.errors import Conflict
from holdtrue.catalog.events import Events
from holdtrue.catalog.intents import Intents
from holdtrue.catalog.leases import Leases
from holdtrue.catalog.opening import open_catalog
from holdtrue.catalog.records import (
    AlarmRecord,
    AliasRecord,
    ChainVerdict,
    DataRecord,
    IntentRecord,
    LeaseRecord,
    ReadingRecord,
    RunRecord,
    VersionRecord,
    WatchRecord,
)
from holdtrue.catalog.runs import Runs
from holdtrue.catalog.steps import Steps
from holdtrue.catalog.versions import ModelVersions
from holdtrue.catalog.watches import Watches

__all__ = [
    "GOING_ON",
    "AlarmRecord",
    "Alarms",
    "AliasRecord",
    "Aliases",
    "Catalog",
    "ChainVerdict",
    "Conflict",
    "DataRecord",
    "DataVersions",
    "Events",
    "Index",
    "IntentRecord",
    "Intents",
    "LeaseRecord",
    "Leases",
    "ModelVersions",
    "ReadingRecord",
    "RunRecord",
    "Runs",
    "Steps",
    "VersionRecord",
    "WatchRecord",
    "Watches",
    "open_catalog",
]
