"""Moving an alias forward: only what passed its gate, or by force and on the record."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from holdtrue.catalog import AliasRecord, Catalog, Conflict, VersionRecord
from holdtrue.foundation import Clock, Event, GateFailed, WrongUse, new_id
from holdtrue.gates import GateDecision
from holdtrue.registry.references import is_alias_name
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, require_whole

PRODUCTION = "production"
PREVIOUS = "previous"

_ATTEMPTS = 20


class Promotion(Struct, frozen=True, kw_only=True):
    """What came of asking for a promotion.

    Attributes:
        alias: where the alias points now.
        moved: False if it pointed there already, and nothing was done.
        message: the same in words.
    """

    alias: AliasRecord
    moved: bool
    message: str


def promote(
    catalog: Catalog,
    store: Store,
    record: VersionRecord,
    alias: str = PRODUCTION,
    *,
    by: str,
    why: str,
    force: bool = False,
    clock: Clock,
    time: int | None = None,
) -> Promotion:
    """Point an alias at a version; `previous` keeps what `production` pointed to before, by the same move.

    A version that the alias points to already is left as it is, and that is said; safe to repeat, and safe among
    several callers (each move is decided on where the alias stood, and decided again if it has moved meanwhile).

    Args:
        catalog: where the alias is.
        store: where the version's manifest is.
        record: the version.
        alias: `production`, `candidate` or a name of the user's own.
        by: who or what does it: `person:NAME`, `policy`, `pipeline`.
        why: the reason in words.
        force: promote although the gate was not passed; recorded as such, with what failed.
        clock: gives the time of the move.
        time: the data's own time, where a replay runs in the past.

    Raises:
        StoreDamaged: bytes that serving it needs are gone or altered; no force helps.
        GateFailed: the version did not pass its gate, and `force` was not given; names each condition that failed.
        WrongUse: the alias's name cannot be an alias's, or a forced promotion has no reason.
        Conflict: the alias kept moving while this was tried.
    """
    if not is_alias_name(alias):
        hint = "use lower-case letters, digits and -, such as candidate; v3 and latest mean versions already"
        raise WrongUse(f'"{alias}" cannot be an alias', hint=hint)
    name = f"{record.model}:v{record.number}"
    require_whole(store, record.id, name)
    # The verdict is read from the manifest, which has the hash of its content for a name; the index anyone may edit.
    gate = get_manifest(store, record.id, ModelManifest).gate
    record = msgspec.structs.replace(record, gate_passed=gate.passed)
    forced = force and not gate.passed
    for _ in range(_ATTEMPTS):
        present = catalog.aliases.get(record.model, alias)
        if present is not None and present.version_id == record.id:
            return Promotion(alias=present, moved=False, message=f"{name} is in {alias} already; nothing was changed")
        failed: tuple[str, ...] = ()
        if not record.gate_passed:
            failed = failed_conditions(gate)
            if not force:
                hint = 'mend it and run again, or promote it all the same: --force --why "..."'
                raise GateFailed(f"{name} did not pass its gate: {'; '.join(failed)}", hint=hint)
            if not why.strip():
                raise WrongUse(f"{name} did not pass its gate; to force it needs a reason", hint='add --why "..."')
        try:
            moved = move_alias(
                catalog, present, record, alias, by=by, why=why, forced=forced, clock=clock, time=time, failed=failed
            )
        except Conflict:
            continue
        words = " by force, though it did not pass its gate" if forced else ""
        return Promotion(alias=moved, moved=True, message=f"{name} promoted to {alias}{words}")
    raise Conflict(f"{alias} of {record.model} kept moving", hint="see who else is promoting: holdtrue log")


def failed_conditions(gate: GateDecision) -> tuple[str, ...]:
    """Return in words each condition of a gate that failed or could not be judged."""
    failed = tuple(f"{each.condition}: {each.message}" for each in gate.failed)
    return failed or ("no condition was judged",)


def move_alias(
    catalog: Catalog,
    present: AliasRecord | None,
    record: VersionRecord,
    alias: str,
    *,
    by: str,
    why: str,
    clock: Clock,
    forced: bool = False,
    back: bool = False,
    time: int | None = None,
    failed: tuple[str, ...] = (),
) -> AliasRecord:
    """Move an alias from where it was seen to stand, with the event `alias.moved` in the same transaction.

    Raises:
        Conflict: it no longer stands there.
    """
    now = clock.now()
    epoch = 0 if present is None else present.epoch
    data = {
        "alias": alias,
        "from": None if present is None else f"v{present.number}",
        "to": f"v{record.number}",
        "version_id": record.id,
        "epoch": epoch + 1,
        "forced": forced,
        "back": back,
        "gate_passed": record.gate_passed,
        "failed": list(failed),
    }
    event = Event(
        id=new_id(now),
        kind="alias.moved",
        at=now,
        time=time,
        actor=by,
        why=why,
        model=record.model,
        subject=f"{record.model}:v{record.number}",
        data=data,
    )
    return catalog.aliases.move(
        record.model,
        alias,
        record.id,
        by=by,
        why=why,
        forced=forced,
        at=now,
        expected_epoch=epoch,
        events=(event,),
        trailing=PREVIOUS if alias == PRODUCTION else "",
    )
