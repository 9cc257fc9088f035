"""Everything a watcher remembers between steps: saved with its position in the log in one transaction."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from holdtrue.foundation import FalseAlarms, StoreDamaged
from holdtrue.monitors import ErrorSummary, Stage
from holdtrue.watching.arrivals import Arrivals
from holdtrue.watching.estimating import LiveEstimates
from holdtrue.watching.servicing import Service
from holdtrue.watching.windows import LiveTests

FORMAT = 1
RECENT = 500
SERIES_BLOCK = 50
SERIES_LENGTH = 120
MOST_AWAITING = 20_000
MOST_EARLY = 5_000
MOST_SEEN = 5_000


class Awaiting(Struct, frozen=True, array_like=True):
    """An answered row whose label has not come: what was answered, for when (microseconds UTC), in which season.

    Attributes:
        row: its number among the epoch's rows that the model itself answered, from 0; -1: not known.
    """

    value: float
    time: int
    season: int = 0
    row: int = -1


class Standing(Struct, frozen=True, array_like=True):
    """Where a group stands: its evidence over what is an alarm, whose that mostly is, and rows judged.

    Attributes:
        quantity: of those still watched; "" where none is.
        alarm_row: the row of the group that raised its last alarm; 0 where none did. left: quantities that alarmed, or
            were put down to an alarm, and are neither back nor accepted.
        stages: how each quantity stands that is not watched against the baseline. blocks: what is judged are blocks.
    """

    level: float
    quantity: str
    rows: int
    alarm_row: int = 0
    left: tuple[str, ...] = ()
    stages: dict[str, Stage] = {}
    blocks: bool = False


class Look(Struct, frozen=True, array_like=True):
    """An alarm that is to be looked at again: its id and group, and the rows of the group at which it is due."""

    alarm: str
    group: str
    due: tuple[int, ...]


class WatcherState(Struct, kw_only=True):
    """What a watcher knows of one (model, alias).

    Attributes:
        epoch: the alias's epoch being watched; 0 before the first.
        version, reference: ids of the version that answers and of the one whose baseline is the reference.
        began: wall time the epoch was taken up; first_time: data time of its first row.
        watch: state of the detectors, without the references (they are the baseline's).
        answered, refused, odd, labelled: rows of this epoch. others: rows of other epochs, left to their own watch.
        unusable: labels that are no finite number.
        awaiting: answered rows of this epoch without a label, by prediction id.
        halvings: so often the share of the rows that await their labels was halved, for memory; 0 is all rows.
        early: labels that came before their prediction was read, by prediction id.
        seen: ids of the last rows read, oldest first: a row sent twice counts once.
        arrivals: when the last rows were received (microseconds UTC, the server's clock), oldest first.
        recent: the last predictions. series: mean absolute error of each block of 50 labelled rows, newest last.
        block: absolute errors of the block under way.
        attribution: sum of |attribution| of each feature over `explained` rows.
        shares: from which row of the epoch on (answered so far) the share of the rows whose reasons are computed was
            halved how often, oldest first; empty is all rows.
        looked_at, backlog: the row at which the backlog was last looked at, and the bytes of the log it had then.
        data_time: the latest data time that several records bear out, never ahead of the clock that received them.
        moments: the data times of the last records, oldest first: what bears it out.
        reference_prediction: the reference's average prediction. standing: where each group stands.
        coming: rows whose labels are waited for, and how the last ones came.
        live: windows and standing of the table tests that are judged live.
        looks: alarms that are to be diagnosed again, when more rows have come.
        estimates: performance without labels, window by window.
        service: how the epoch was served, by what servers left in the log.
        note: what a person should know of this watch, such as that reasons are not comparable.
        false_alarms: the rate of false alarms that this epoch's watch keeps to, as it was when the epoch began.
    """

    format: int = FORMAT
    epoch: int = 0
    version: str = ""
    reference: str = ""
    began: int = 0
    first_time: int | None = None
    watch: bytes = b""
    answered: int = 0
    refused: int = 0
    odd: int = 0
    labelled: int = 0
    others: int = 0
    unusable: int = 0
    awaiting: dict[str, Awaiting] = field(default_factory=dict)
    halvings: int = 0
    early: dict[str, float] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    series: list[float] = field(default_factory=list)
    block: list[float] = field(default_factory=list)
    errors: ErrorSummary = ErrorSummary()
    attribution: dict[str, float] = field(default_factory=dict)
    explained: int = 0
    shares: list[tuple[int, int]] = field(default_factory=list)
    looked_at: int = 0
    backlog: int = 0
    data_time: int | None = None
    moments: list[int] = field(default_factory=list)
    reference_prediction: float | None = None
    standing: dict[str, Standing] = field(default_factory=dict)
    coming: Arrivals = field(default_factory=Arrivals)
    live: LiveTests = field(default_factory=LiveTests)
    looks: list[Look] = field(default_factory=list)
    estimates: LiveEstimates = field(default_factory=LiveEstimates)
    note: str = ""
    service: Service = field(default_factory=Service)
    false_alarms: FalseAlarms | None = None

    def to_bytes(self) -> bytes:
        """Return the stored form (MessagePack)."""
        return msgspec.msgpack.encode(self)


def state_from(data: bytes) -> WatcherState:
    """Read the stored form.

    Raises:
        StoreDamaged: it is none, or of a format this release does not know.
    """
    try:
        state = msgspec.msgpack.decode(data, type=WatcherState)
    except msgspec.DecodeError as broken:
        raise StoreDamaged(f"the state of a watch cannot be read: {broken}", hint="run holdtrue doctor") from broken
    if state.format != FORMAT:
        raise StoreDamaged(f"the state of a watch has format {state.format}, known is {FORMAT}")
    return state
