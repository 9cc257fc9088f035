"""Are the pointers where the record of events says that they were moved to?"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from holdtrue.catalog import AliasRecord, Catalog, ChainVerdict
from holdtrue.registry.promotion import PREVIOUS, PRODUCTION

_SHOWN = 3


def verify_record(catalog: Catalog) -> ChainVerdict:
    """Say whether the record of events is as it was written, and whether every alias stands where it says.

    Each move of an alias has its event; `previous` follows production's moves. A pointer that was edited, or a move
    that was left out or invented, is named.
    """
    verdict = catalog.events.verify()
    if not verdict.intact:
        return verdict
    told = {
        (event.model, str(event.data.get("alias")), int(event.data.get("epoch", 0))): str(event.data.get("version_id"))
        for event in catalog.events.list(kind="alias.moved")
    }
    moves = [move for alias in catalog.aliases.list() for move in catalog.aliases.history(alias.model, alias.alias)]
    followed = set(_followed(moves))
    faults = []
    for move in moves:
        expected = told.pop((move.model, move.alias, move.epoch), None)
        follows = move.alias == PREVIOUS and (move.model, move.version_id, move.moved_at) in followed
        if expected is None and not follows:
            faults.append(f"no event tells of {_named(move)}")
        elif expected is not None and expected != move.version_id:
            faults.append(f"{_named(move)} is not what its event tells: {expected[:12]}")
    faults += [f"{model}:{alias} lacks its move {epoch}, which an event tells of" for model, alias, epoch in told]
    if not faults:
        return verdict
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    message = f"aliases were changed behind the record of events: {'; '.join(faults[:_SHOWN])}{more}"
    return msgspec.structs.replace(verdict, intact=False, message=message)


def _followed(moves: list[AliasRecord]) -> Iterator[tuple[str, str, int]]:
    before: dict[str, AliasRecord] = {}
    for move in moves:
        if move.alias == PRODUCTION:
            if move.model in before:
                yield move.model, before[move.model].version_id, move.moved_at
            before[move.model] = move


def _named(move: AliasRecord) -> str:
    return f"the move {move.epoch} of {move.model}:{move.alias} to v{move.number} ({move.version_id[:12]})"
