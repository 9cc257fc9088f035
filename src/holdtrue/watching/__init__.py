"""Watches live behaviour: reads the prediction log, computes reasons, drives the monitors, records alarms."""

from holdtrue.watching.accepting import accept_alarm, rows_since
from holdtrue.watching.epochs import EpochIdentity, identify_epoch
from holdtrue.watching.estimating import EstimatedWindow, LiveEstimates
from holdtrue.watching.observing import number_of
from holdtrue.watching.pacing import share_in_words
from holdtrue.watching.recent import RecentRows, recent_rows
from holdtrue.watching.replaying import Difference, LogReplay, RewatchedRows, replay_log, rewatch
from holdtrue.watching.state import RECENT, WatcherState, state_from
from holdtrue.watching.watcher import BATCH, Watcher, WatchStep

__all__ = [
    "BATCH",
    "RECENT",
    "Difference",
    "EpochIdentity",
    "EstimatedWindow",
    "LiveEstimates",
    "LogReplay",
    "RecentRows",
    "RewatchedRows",
    "WatchStep",
    "Watcher",
    "WatcherState",
    "accept_alarm",
    "identify_epoch",
    "number_of",
    "recent_rows",
    "replay_log",
    "rewatch",
    "rows_since",
    "share_in_words",
    "state_from",
]
