"""Watches live behaviour: reads the prediction log, computes reasons, drives the monitors, records alarms."""

from holdtrue.watching.estimating import EstimatedWindow, LiveEstimates
from holdtrue.watching.observing import number_of
from holdtrue.watching.pacing import share_in_words
from holdtrue.watching.state import RECENT, WatcherState, state_from
from holdtrue.watching.watcher import BATCH, Watcher, WatchStep

__all__ = [
    "BATCH",
    "RECENT",
    "EstimatedWindow",
    "LiveEstimates",
    "WatchStep",
    "Watcher",
    "WatcherState",
    "number_of",
    "share_in_words",
    "state_from",
]
