"""The road back, and the version that the present one is measured against."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from holdtrue.catalog import AliasRecord, Catalog, Conflict, VersionRecord
from holdtrue.foundation import Clock, HoldtrueError, UnknownReference, WrongUse
from holdtrue.registry.promotion import PRODUCTION, move_alias
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, is_whole


def rollback(
    catalog: Catalog,
    store: Store,
    model: str,
    *,
    by: str,
    why: str,
    clock: Clock,
    alias: str = PRODUCTION,
    expected_epoch: int | None = None,
    time: int | None = None,
) -> AliasRecord:
    """Point an alias back at the last different version that stood there before and passed its gate.

    A version that was left by a move back is never gone forward to (see `way_back`). Where several callers roll back
    at once, one move is made and all of them get it. A caller that acts on something it saw (an alarm) gives the
    epoch it saw it in: if the alias has moved since, nothing is done. So a rollback that is tried again after a crash
    goes back one version, not two.

    Args:
        catalog: where the alias is.
        store: where the versions' manifests are, which say whether they passed.
        model: whose.
        by: who or what does it. why: the reason in words.
        clock: gives the time of the move.
        alias: which alias.
        expected_epoch: the alias's epoch that the decision was made in.
        time: the data's own time, where a replay runs in the past.

    Returns:
        Where the alias points now; its `epoch` tells whether this call or another moved it.

    Raises:
        UnknownReference: nothing has that alias.
        WrongUse: no earlier version that can be read passed its gate; names those that did and never stood there.
    """
    present = catalog.aliases.get(model, alias)
    if present is None:
        raise UnknownReference(f"{model} has no {alias}", hint=f"holdtrue promote {model}:latest")
    if expected_epoch is not None and present.epoch != expected_epoch:
        return present
    target = rollback_target(catalog, store, model, alias)
    if target is None:
        raise WrongUse(
            f"{model} has no earlier version in {alias} that passed its gate", hint=_others(catalog, store, present)
        )
    try:
        return move_alias(catalog, present, target, alias, by=by, why=why, clock=clock, back=True, time=time)
    except Conflict:
        # Another caller moved it between our look and our move; whatever it chose, it chose knowing more than we did.
        moved = catalog.aliases.get(model, alias)
        return present if moved is None else moved


def rollback_target(
    catalog: Catalog, store: Store, model: str, alias: str = PRODUCTION, *, read: bool = True
) -> VersionRecord | None:
    """Return the version that a rollback would go to, or None if there is none; one that is damaged is passed over.

    Args:
        read: read every byte of it to know that it is whole; a page that only tells of it need not.
    """
    versions = {version.id: version for version in catalog.versions.list(model)}
    for version_id in reversed(way_back(_moves(catalog, model, alias))[:-1]):
        version = versions.get(version_id)
        if version is not None and passed_gate(store, version_id) and (not read or is_whole(store, version_id)):
            return msgspec.structs.replace(version, gate_passed=True)
    return None


def passed_gate(store: Store, version_id: str) -> bool:
    """Say whether a version passed its gate, by its manifest: the index may be edited by anyone, that may not."""
    try:
        return get_manifest(store, version_id, ModelManifest).gate.passed
    except HoldtrueError:
        return False  # what cannot be read has proved nothing


def way_back(versions: Iterable[str]) -> tuple[str, ...]:
    """Return the road that led to where an alias points, from the moves of its history in order.

    A move to a version that is on the road already is a step back to it: what came after it is left behind.

    Example:
        >>> way_back(["v1", "v2", "v3", "v2"])
        ('v1', 'v2')
    """
    road: list[str] = []
    for version in versions:
        if version in road:
            del road[road.index(version) + 1 :]
        else:
            road.append(version)
    return tuple(road)


def approved(catalog: Catalog, store: Store, model: str, alias: str = PRODUCTION) -> VersionRecord | None:
    """Return the version whose baseline live behaviour is measured against.

    It is the last version in the alias's history, the present one included, that passed its gate: normally the
    present one. Where none ever did (a first version promoted by force) it is None, and the present version has no
    approved reference but its own.

    Raises:
        UnknownReference: nothing has that alias.
    """
    moves = _moves(catalog, model, alias)
    if not moves:
        raise UnknownReference(f"{model} has no {alias}", hint=f"holdtrue promote {model}:latest")
    versions = {version.id: version for version in catalog.versions.list(model)}
    for version_id in reversed(moves):
        version = versions.get(version_id)
        if version is not None and passed_gate(store, version_id):
            return msgspec.structs.replace(version, gate_passed=True)
    return None


def _moves(catalog: Catalog, model: str, alias: str) -> list[str]:
    history = sorted(catalog.aliases.history(model, alias), key=lambda move: move.epoch)
    return [move.version_id for move in history]


def _others(catalog: Catalog, store: Store, present: AliasRecord) -> str:
    passed = [
        f"{version.model}:v{version.number}"
        for version in catalog.versions.list(present.model)
        if version.id != present.version_id and passed_gate(store, version.id)
    ]
    if not passed:
        return "train one that passes: holdtrue run"
    return f"promote one by name: {', '.join(passed[-5:])}"
