"""Roles: which field is predicted, which are given, which say when, which and how much."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from holdtrue.contracts import NO_FEATURES, ContractSpec, Kind, require_feature
from holdtrue.foundation import ContractError


class Roles(Struct, frozen=True, kw_only=True):
    """What each field is for, ready for JSON.

    Attributes:
        target, time, key, weight, group: fields, or None.
        features: what the model is given, in order.
        watched: live fields, derived ones included, that are watched: all but those with a role that are no features.
    """

    target: str
    features: tuple[str, ...]
    watched: tuple[str, ...]
    time: str | None = None
    key: str | None = None
    weight: str | None = None
    group: str | None = None


def roles_of(
    spec: ContractSpec,
    *,
    target: str,
    time: str | None = None,
    key: str | None = None,
    weight: str | None = None,
    group: str | None = None,
    features: Sequence[str] | None = None,
) -> Roles:
    """Check roles against a contract and fill in the features.

    Raises:
        ContractError: a field that the contract does not have, or that cannot have that role.
    """
    named = {"target": target, "time": time, "key": key, "weight": weight, "group": group}
    for role, name in named.items():
        if name is not None:
            _require(spec, role, name, spec.kinds)
    _require_kind(spec, "target", target, ("float", "int", "bool"), "a number or a bool")
    _require_kind(spec, "time", time, ("date", "datetime"), "a date or a time")
    _require_kind(spec, "weight", weight, ("float", "int"), "a number")
    if any(derive.name == target for derive in spec.derives):
        raise ContractError(f"target={target!r} is derived", hint="a target is a field that labels bring")
    live = spec.live(target).kinds
    aside = {name for name in (time, key, weight, group) if name is not None}
    if target in aside:
        raise ContractError(f"{target} is the target and has another role too", hint="give each role its own field")
    if isinstance(features, str):
        raise ContractError(f"features={features!r} is one text", hint=f"write features=[{features!r}]")
    chosen = _default(live, aside) if features is None else _listed(spec, live, target, features)
    return Roles(
        target=target,
        features=chosen,
        watched=tuple(
            name for name, kind in live.items() if name in chosen or not (name in aside or kind in NO_FEATURES)
        ),
        time=time,
        key=key,
        weight=weight,
        group=group,
    )


def _default(live: Mapping[str, Kind], aside: set[str]) -> tuple[str, ...]:
    chosen = tuple(name for name, kind in live.items() if name not in aside and kind not in NO_FEATURES)
    if not chosen:
        raise ContractError("no field is left to be a feature", hint="add fields, or list features=[...]")
    return chosen


def _listed(spec: ContractSpec, live: Mapping[str, Kind], target: str, features: Sequence[str]) -> tuple[str, ...]:
    chosen = tuple(features)
    for name in chosen:
        if name == target:
            raise ContractError(f"the target {target} is among the features", hint="a live row does not have it")
        if name in spec.kinds and name not in live:
            raise ContractError(f"the feature {name} is derived from the target", hint="a live row does not have it")
        _require(spec, "features", name, live)
        require_feature(name, live[name])
    if not chosen or len(set(chosen)) < len(chosen):
        raise ContractError(
            "features must name each field once, and one at least", hint=f"fields are {', '.join(live)}"
        )
    return chosen


def _require(spec: ContractSpec, role: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        close = difflib.get_close_matches(str(name), names, 1)
        hint = f"did you mean {close[0]}?" if close else f"its fields are {', '.join(names)}"
        raise ContractError(f"{role}: the contract {spec.name} has no field {name!r}", hint=hint)


def _require_kind(spec: ContractSpec, role: str, name: str | None, kinds: tuple[str, ...], words: str) -> None:
    if name is not None and spec.kinds[name] not in kinds:
        raise ContractError(f"{role}: {name} is of kind {spec.kinds[name]}", hint=f"{role} must be {words}")
