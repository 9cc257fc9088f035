"""Errors, ids, clock, progress, canonical hashing, event structs: what every package may use."""

from holdtrue.foundation.clock import (
    DAY,
    SECOND,
    Clock,
    ManualClock,
    SystemClock,
    datetime_of,
    in_calendar,
    micros_of,
)
from holdtrue.foundation.errors import (
    ContractError,
    DataNotFound,
    DataUnreadable,
    EnvironmentFailed,
    GateFailed,
    HoldtrueError,
    MissingExtra,
    NoSpace,
    PortTaken,
    ProjectBroken,
    ProjectNotFound,
    StoreDamaged,
    TestsFailed,
    UnknownReference,
    WrongUse,
)
from holdtrue.foundation.events import Event
from holdtrue.foundation.false_alarms import FalseAlarms, false_alarms_of
from holdtrue.foundation.hashing import canonical, digest, digest_of
from holdtrue.foundation.ids import base32, new_id
from holdtrue.foundation.names import NAME_FORM, is_data_name, is_model_name
from holdtrue.foundation.optional import optional
from holdtrue.foundation.progress import SILENT, Progress, Silent
from holdtrue.foundation.secretnames import VERSION_FOLDER, is_never_folder, is_secret_file
from holdtrue.foundation.wording import NO_FIGURE, counted, day, dollars, figure, free_name, said_once, share, when

__all__ = [
    "DAY",
    "NAME_FORM",
    "NO_FIGURE",
    "SECOND",
    "SILENT",
    "VERSION_FOLDER",
    "Clock",
    "ContractError",
    "DataNotFound",
    "DataUnreadable",
    "EnvironmentFailed",
    "Event",
    "FalseAlarms",
    "GateFailed",
    "HoldtrueError",
    "ManualClock",
    "MissingExtra",
    "NoSpace",
    "PortTaken",
    "Progress",
    "ProjectBroken",
    "ProjectNotFound",
    "Silent",
    "StoreDamaged",
    "SystemClock",
    "TestsFailed",
    "UnknownReference",
    "WrongUse",
    "base32",
    "canonical",
    "counted",
    "datetime_of",
    "day",
    "digest",
    "digest_of",
    "dollars",
    "false_alarms_of",
    "figure",
    "free_name",
    "in_calendar",
    "is_data_name",
    "is_model_name",
    "is_never_folder",
    "is_secret_file",
    "micros_of",
    "new_id",
    "optional",
    "said_once",
    "share",
    "when",
]
