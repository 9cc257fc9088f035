"""What the catalog gives out: frozen structs. Times are microseconds since 1970, UTC."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class DataRecord(Struct, frozen=True, kw_only=True):
    """A data version: `name@number`; `id` is its manifest's."""

    name: str
    number: int
    id: str
    created: int
    rows: int


class VersionRecord(Struct, frozen=True, kw_only=True):
    """A model version: `model:vNUMBER`; `id` is its manifest's, `run_id` the run that made it.

    `gate_passed` is for lists; what moves an alias reads the verdict in the manifest, which nobody can alter. `recipe`
    is the hash of all that decided the work.
    """

    model: str
    number: int
    id: str
    created: int
    run_id: str
    gate_passed: bool
    metrics: dict[str, Any]
    recipe: str = ""


class RunRecord(Struct, frozen=True, kw_only=True):
    """A trip down the training road.

    Attributes:
        status: `running` until it is finished; then what `finish` was told.
        finished: None while it runs.
        version_id: the model version it registered, if it did.
        why: who or what asked for it, in words.
        data: figures and lineage, ready for JSON.
    """

    id: str
    model: str
    started: int
    finished: int | None = None
    status: str = "running"
    version_id: str | None = None
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class AliasRecord(Struct, frozen=True, kw_only=True):
    """Where an alias points, and the move that brought it there; `epoch` counts the alias's moves from 1."""

    model: str
    alias: str
    version_id: str
    number: int
    epoch: int
    moved_at: int
    by: str
    why: str
    forced: bool


class AlarmRecord(Struct, frozen=True, kw_only=True):
    """A watch's verdict.

    Attributes:
        watch: key of the watch that raised it; `epoch` is the alias's then.
        raised_at: by the recorder's clock; `time` is the data's own, where it has one.
        group: `inputs`, `predictions`, `attributions` or `errors`; `quantity` names the one with most evidence.
        status: `open`, `changing` (open, and its quantity has moved on), `superseded`, `accepted` or `resolved`; `why`
            says why it is no longer open, or how it changed.
        data: evidence, ready for JSON.
    """

    id: str
    model: str
    watch: str
    epoch: int
    raised_at: int
    group: str
    quantity: str
    time: int | None = None
    status: str = "open"
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class WatchRecord(Struct, frozen=True, kw_only=True):
    """How far a watch came: its state and the log position that belongs to it; `revision` counts its saves."""

    key: str
    state: bytes
    position: bytes
    revision: int


class ReadingRecord(Struct, frozen=True, kw_only=True):
    """A stretch of the log that a watch read, `body`, and its `place` among them, from 0."""

    place: int
    body: bytes


class IntentRecord(Struct, frozen=True, kw_only=True):
    """A reaction that waits to be carried out; `body` is JSON. `status` is `open` until it is closed."""

    id: str
    model: str
    body: bytes
    status: str = "open"


class LeaseRecord(Struct, frozen=True, kw_only=True):
    """A name that one holder has until `expires`."""

    name: str
    holder: str
    expires: int


class ChainVerdict(Struct, frozen=True, kw_only=True):
    """Whether the record of events is as it was written.

    Attributes:
        intact: True if no event was altered, removed, inserted or put in another order.
        events: how many there are.
        head: hash of the last; note it elsewhere to prove later that nothing before it was changed.
        first_bad: id of the first event that does not fit; empty if intact or if events are gone from the end.
        message: the same in words.
    """

    intact: bool
    events: int
    head: str
    first_bad: str
    message: str
