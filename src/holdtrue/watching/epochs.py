"""Which version an epoch of an alias is about, and whose baseline it is watched against."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.catalog import AliasRecord, Catalog
from holdtrue.contracts import ContractSpec, left_to_detectors
from holdtrue.monitors import ErrorSummary, Watch, WatchSettings
from holdtrue.monitors.tolerances import unusable, usable
from holdtrue.predicting import LoadedVersion
from holdtrue.profiles import DELAY, IN_TIME, PREDICTION, NumericReference
from holdtrue.registry import passed_gate
from holdtrue.store import Store
from holdtrue.watching.servicing import ENOUGH, names_of
from holdtrue.watching.state import WatcherState


class EpochIdentity(Struct, frozen=True):
    """The version that answers in an epoch and the one whose baseline is the reference (ids)."""

    epoch: int
    version: str
    reference: str


def identify_epoch(catalog: Catalog, store: Store, model: str, alias: str, epoch: int) -> EpochIdentity | None:
    """Return what an epoch is about; None if the alias never had that epoch.

    The reference is the last version in the alias's history up to then that passed its gate: a version promoted by
    force has not earned a baseline. Where none ever passed, the version is its own reference.
    """
    moves = sorted(catalog.aliases.history(model, alias), key=lambda move: move.epoch)
    upto: list[AliasRecord] = [move for move in moves if move.epoch <= epoch]
    if not upto or upto[-1].epoch != epoch:
        return None
    version = upto[-1].version_id
    # By the manifests: the index may be edited by anyone.
    earned = next((move.version_id for move in reversed(upto) if passed_gate(store, move.version_id)), version)
    return EpochIdentity(epoch, version, earned)


def begin_epoch(
    identity: EpochIdentity, live: LoadedVersion, reference: LoadedVersion, settings: WatchSettings, now: int
) -> WatcherState:
    """Return the state of an epoch of which no row was seen: zero evidence, no alarms."""
    groups, note = comparable_groups(live, reference)
    matter = "looks for drift, which is the matter of the detectors"
    left = [f"table.{test.name} {matter}" for test in left_to_detectors(live.contract)]
    # How labels come, and how the service runs, is known after some time: until then, or ever, they have no group.
    later = (*(("labels",) if "labels" in groups else ()), *ENOUGH)
    coming = {group: names_of(group) for group in ENOUGH} | {"labels": (DELAY, IN_TIME)}
    idle = unusable(settings.tolerances, reference.baseline.groups, coming)
    left += [f"the tolerance of {name} says nothing: {why}" for name, why in idle.items()]
    settings = replace(settings, tolerances=usable(settings.tolerances, idle))
    note = "; ".join([note, *left] if note else left)
    watch = Watch.begin(reference.baseline, settings, [each for each in groups if each != "labels"], later)
    return WatcherState(
        epoch=identity.epoch,
        version=identity.version,
        reference=identity.reference,
        began=now,
        watch=watch.to_bytes(references=False),
        errors=ErrorSummary.begin(reference.baseline),
        reference_prediction=_average_prediction(reference),
        note=note,
        false_alarms=settings.rate,
    )


def _average_prediction(reference: LoadedVersion) -> float | None:
    found = reference.baseline.groups.get("predictions", {}).get(PREDICTION)
    return found.mean if isinstance(found, NumericReference) else None


def comparable_groups(live: LoadedVersion, reference: LoadedVersion) -> tuple[Collection[str], str]:
    """Return the groups of the reference's baseline that the live version's rows can be held against, and a note.

    Inputs can be compared only where the version answering has them all, of the same kind; reasons only where both
    explain the same features in the same way; the share of refused rows only where both have the same live contract.
    """
    groups = [group for group, quantities in reference.baseline.groups.items() if quantities]
    inputs = reference.baseline.learnt.fields("inputs", tuple(reference.baseline.groups.get("inputs", {})))
    now, before = _kinds(live.contract), _kinds(reference.contract)
    missing = sorted(name for name in inputs if name not in now)
    changed = sorted(name for name in inputs if name in now and now[name] != before[name])
    notes = []
    if missing or changed:
        groups = [group for group in groups if group not in ("inputs", "pairs")]
        faults = [f"has no {', '.join(missing)}"] if missing else []
        faults += [f"has {', '.join(changed)} of another kind"] if changed else []
        notes.append(f"inputs not comparable: the version answering {' and '.join(faults)}")
    same_features = live.manifest.encoder.names == reference.manifest.encoder.names
    if "attributions" in groups and not (same_features and live.manifest.explainer == reference.manifest.explainer):
        groups = [group for group in groups if group != "attributions"]
        notes.append("reasons not comparable: features or explainer differ from the reference's")
    if "tests" in groups and live.contract != reference.contract:
        groups = [group for group in groups if group != "tests"]
        notes.append("refused rows not comparable: the contract is not the reference's")
    if "estimates" in groups and live.id != reference.id:
        # How far off another version is to be expected says nothing of this one: no word, it is so with each force.
        groups = [group for group in groups if group != "estimates"]
    return groups, "; ".join(notes)


def _kinds(contract: ContractSpec) -> dict[str, str]:
    fields: dict[str, str] = {each.name: each.kind for each in contract.fields}
    return fields | {each.name: each.kind for each in contract.derives}
