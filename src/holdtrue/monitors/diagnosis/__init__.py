"""What an alarm tells a person: since when, carried by what, how much, where, and what it most likely is. No I/O."""

from holdtrue.monitors.diagnosis.answers import FEATURES, OWN
from holdtrue.monitors.diagnosis.context import Context
from holdtrue.monitors.diagnosis.diagnose import diagnose
from holdtrue.monitors.diagnosis.effects import effect_of_number
from holdtrue.monitors.diagnosis.pictures import picture_of
from holdtrue.monitors.diagnosis.records import (
    Bar,
    Beginning,
    Carrier,
    Carriers,
    Cause,
    Diagnosis,
    Effect,
    Example,
    Picture,
    Segment,
)
from holdtrue.monitors.diagnosis.rows import LiveRows, Values, columns_of
from holdtrue.monitors.diagnosis.wording import (
    beginning_in_words,
    carrier_line,
    cause_in_words,
    cause_line,
    effect_in_words,
    rest_line,
    segment_line,
    share_of_change,
    sureness,
)

__all__ = [
    "FEATURES",
    "OWN",
    "Bar",
    "Beginning",
    "Carrier",
    "Carriers",
    "Cause",
    "Context",
    "Diagnosis",
    "Effect",
    "Example",
    "LiveRows",
    "Picture",
    "Segment",
    "Values",
    "beginning_in_words",
    "carrier_line",
    "cause_in_words",
    "cause_line",
    "columns_of",
    "diagnose",
    "effect_in_words",
    "effect_of_number",
    "picture_of",
    "rest_line",
    "segment_line",
    "share_of_change",
    "sureness",
]
