"""What the loop remembers of one model between steps."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct, field

from holdtrue.catalog import Catalog
from holdtrue.foundation import Event, StoreDamaged
from holdtrue.loop.trials import Trial

FORMAT = 1


class LoopMemory(Struct, kw_only=True):
    """Saved after every step that changed it.

    Attributes:
        cursor: id of the last event that was decided on.
        last: policy and reaction (`policies.last_key`) to the time it was last carried out, by the policies' clock.
        trained_at: when the loop's last training began, by the policies' clock; None before the first.
        labelled_then: labelled rows there were at that time.
        registered_at: when the newest version was registered, whoever asked for it, by the machine's clock; 0: never.
        trials: intent's id to how often its training has failed.
        waiting: intent's id to what it waits for, in words.
        revision: of what is saved; 0 before the first time.
    """

    format: int = FORMAT
    cursor: str = ""
    last: dict[str, int] = field(default_factory=dict)
    trained_at: int | None = None
    labelled_then: int = 0
    registered_at: int = 0
    trials: dict[str, Trial] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    revision: int = 0


def key_of(model: str) -> str:
    """Return the name under which the catalog keeps the memory of a model."""
    return f"loop/{model}"


def recall(catalog: Catalog, model: str) -> LoopMemory:
    """Return what is remembered of a model.

    Raises:
        StoreDamaged: it cannot be read.
    """
    saved = catalog.watches.load(key_of(model))
    if saved is None:
        return LoopMemory()
    try:
        memory = msgspec.json.decode(saved.state, type=LoopMemory)
    except msgspec.DecodeError as broken:
        raise StoreDamaged(f"the loop's memory of {model} cannot be read: {broken}") from broken
    if memory.format != FORMAT:
        raise StoreDamaged(f"the loop's memory of {model} has format {memory.format}, known is {FORMAT}")
    memory.revision = saved.revision
    return memory


def remember(catalog: Catalog, model: str, memory: LoopMemory, events: Sequence[Event] = ()) -> None:
    """Save what is to be remembered of a model, and record events, in one transaction.

    Raises:
        Conflict: another loop saved the memory of this model meanwhile.
    """
    body = msgspec.json.encode(memory)
    saved = catalog.watches.save(key_of(model), body, b"", events=events, expected_revision=memory.revision)
    memory.revision = saved.revision
