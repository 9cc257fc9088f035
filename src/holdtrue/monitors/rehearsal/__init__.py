"""The rehearsal: a watch over held-out history, in its own order, before anything is live. No I/O."""

from holdtrue.monitors.rehearsal.histories import History
from holdtrue.monitors.rehearsal.manners import Manner, ladder, manner_of
from holdtrue.monitors.rehearsal.records import Cost, Heard, Part, Rehearsal, Tried
from holdtrue.monitors.rehearsal.rehearsing import rehearse
from holdtrue.monitors.rehearsal.wording import headline, lines, summary

__all__ = [
    "Cost",
    "Heard",
    "History",
    "Manner",
    "Part",
    "Rehearsal",
    "Tried",
    "headline",
    "ladder",
    "lines",
    "manner_of",
    "rehearse",
    "summary",
]
