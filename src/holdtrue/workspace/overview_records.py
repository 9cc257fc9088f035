"""What a person wants to see at a glance: the shape that `holdtrue status` prints and the home page shows."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from holdtrue.foundation import FalseAlarms


class AlarmOverview(Struct, frozen=True, kw_only=True):
    """One alarm: `status` is open, changing, superseded, accepted or resolved; times are microseconds UTC.

    `cause` is what it most likely is, in a clause; "" where there is no diagnosis.
    """

    id: str
    group: str
    quantity: str
    message: str
    status: str
    why: str = ""
    raised_at: int
    time: int | None
    version: str
    began_time: int | None = None
    rows_taken: int | None = None
    also: tuple[str, ...] = ()
    cause: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """One figure now (over the last `rows` rows) beside the same in the baseline: held rows, since a change if any."""

    name: str
    unit: str
    now: float | None
    baseline: float | None
    rows: int


class InputComparison(Struct, frozen=True, kw_only=True):
    """One input over the last rows watched, beside the same in the baseline: a plain comparison, not a test.

    Attributes:
        name: of the field, or of what is watched of it, such as `note length`. unit: of a number.
        level: of names, the one whose share differs most; None for a number.
        now, baseline: the average, or that level's share (0 to 1); None where there is no value.
        missing, missing_baseline: shares of rows without a value.
        moved: the share of rows that would have to be others for it to be as in the baseline, 0 to 1.
        standing: `open` or `changing` where an alarm of it is, `accepted` where one was; else "".
    """

    name: str
    unit: str = ""
    level: str | None = None
    now: float | None
    baseline: float | None
    missing: float = 0.0
    missing_baseline: float = 0.0
    moved: float = 0.0
    standing: str = ""


class ReasonShare(Struct, frozen=True, kw_only=True):
    """A feature's part in what drives predictions (of the mean sizes of attributions, 0 to 1), now and before."""

    name: str
    now: float
    baseline: float


class ReasonsOverview(Struct, frozen=True, kw_only=True):
    """What drives predictions since the version was put into production.

    Attributes:
        rows: whose reasons were computed.
        order: how far the features stand in the baseline's order, 1 where they do (NDCG).
        features: the one with the largest part, now or in the baseline, first.
    """

    rows: int
    order: float
    features: tuple[ReasonShare, ...]


class EstimatedMetric(Struct, frozen=True, kw_only=True):
    """A metric as it is expected without labels, between `low` and `high` in 95 % of cases.

    Attributes:
        realised: what the labels that came say; None where they are few. held: the same on the held rows of training.
    """

    name: str
    unit: str
    value: float
    low: float
    high: float
    realised: float | None
    held: float | None


class EstimatePoint(Struct, frozen=True, kw_only=True):
    """The main metric of one window: estimate and interval, and the truth where labels came; `time` of its last row."""

    time: int
    rows: int
    labelled: int
    value: float
    low: float
    high: float
    realised: float | None


class EstimateOverview(Struct, frozen=True, kw_only=True):
    """Performance without labels: every metric of the last window, and the curve of the main one, oldest first."""

    rows: int
    labelled: int
    first_time: int
    last_time: int
    metrics: tuple[EstimatedMetric, ...]
    main: str
    points: tuple[EstimatePoint, ...]


class GroupEvidence(Struct, frozen=True, kw_only=True):
    """How near a group of watches is to an alarm: 0 nothing, 1 alarm, on a logarithmic scale between.

    Attributes:
        quantity: the one with most evidence, of those still watched; "" where none is.
        alarm_row: the row that raised the group's last alarm; None where none did. left: quantities that have
            alarmed, and are neither back nor accepted.
    """

    group: str
    level: float
    quantity: str
    rows: int
    alarm_row: int | None = None
    left: tuple[str, ...] = ()


class ModelOverview(Struct, frozen=True, kw_only=True):
    """One model: what is in production, what it did since it was put there, what is wrong.

    `back` says that the last move was a rollback, `rollback` where the next one would go. `error_series` is the mean
    absolute error of each block of labelled rows, oldest first, of two classes the distance of the probability from 0
    or 1; `error_baseline` is the same in the baseline, and `unit` is theirs.
    `estimated` is what is expected of rows whose labels have not come, `unestimated` why nothing is.
    `answered`, `refused`, `odd` and `labelled` are of the rows watched so far; `unwatched` is how many answered rows
    are still to be watched, counted up to 100,000. `rehearsal` says what watching the version would have been like over
    history, a sentence a line. `inputs` are those of the last `input_rows` rows beside the baseline, the one that
    differs most first, and `reasons` what drives predictions. `false_alarms` is the rate that the watch keeps to, None
    before it has begun.
    """

    name: str
    version: str | None = None
    versions: int = 0
    promoted_at: int | None = None
    promoted_by: str = ""
    why: str = ""
    forced: bool = False
    back: bool = False
    rollback: str | None = None
    reference: str | None = None
    answered: int = 0
    unwatched: int = 0
    refused: int = 0
    odd: int = 0
    labelled: int = 0
    per_second: float | None = None
    data_time: int | None = None
    comparisons: tuple[Comparison, ...] = ()
    evidence: tuple[GroupEvidence, ...] = ()
    alarms: tuple[AlarmOverview, ...] = ()
    error_series: tuple[float, ...] = ()
    error_baseline: float | None = None
    unit: str = ""
    estimated: EstimateOverview | None = None
    unestimated: str = ""
    task: str = "regression"
    waiting: tuple[str, ...] = ()
    rehearsal: tuple[str, ...] = ()
    false_alarms: FalseAlarms | None = None
    input_rows: int = 0
    inputs: tuple[InputComparison, ...] = ()
    reasons: ReasonsOverview | None = None


class EventOverview(Struct, frozen=True, kw_only=True):
    """One line of the timeline."""

    id: str
    at: int
    time: int | None
    kind: str
    model: str
    subject: str
    actor: str
    why: str
    data: dict[str, Any] = field(default_factory=dict)


class Overview(Struct, frozen=True, kw_only=True):
    """A project at a glance; `bytes_stored` is what the store takes, `month` what that costs in dollars."""

    project: str
    root: str
    at: int
    models: tuple[ModelOverview, ...]
    events: tuple[EventOverview, ...]
    bytes_stored: int = 0
    month: float = 0.0
    notes: tuple[str, ...] = ()
