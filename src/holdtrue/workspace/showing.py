"""What a REF leads to, in lines for a person and whole for a program."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.catalog import Catalog
from holdtrue.foundation import UnknownReference, figure, when
from holdtrue.monitors.rehearsal import summary
from holdtrue.predictionlog import LabelRecord, LogReader, Prediction
from holdtrue.registry import DataRef, RecordRef, parse_reference, resolve, resolve_data
from holdtrue.versions import DataManifest, Lineage, ModelManifest, get_manifest, show
from holdtrue.workspace.alarm_shown import diagnosis_lines, shown_alarm
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.reasons import reasons_of

_PATHS = 12  # of code that are shown by name


class Shown(Struct, frozen=True, kw_only=True):
    """What a reference leads to: `kind` is version, data, run, prediction or alarm; `lines` are (title, text)."""

    kind: str
    lines: tuple[tuple[str, str], ...]
    record: Any


def show_reference(archive: Archive, ref: str) -> Shown:
    """Return what a REF leads to.

    Raises:
        UnknownReference: there is none; the hint lists what there is.
    """
    wanted = parse_reference(ref)
    if isinstance(wanted, DataRef):
        return _data(archive, wanted)
    if isinstance(wanted, RecordRef):
        return _record(archive, wanted)
    lineage = show(archive.store, archive.catalog, resolve(archive.catalog, wanted))
    told = () if lineage.rehearsal is None else summary(lineage.rehearsal, f"holdtrue monitor adopt {lineage.ref}")
    watch = tuple(("" if place else "watch", line) for place, line in enumerate(told))
    return Shown(kind="version", lines=(*_lineage_lines(lineage), *_estimates(lineage), *watch), record=lineage)


def model_name(archive: Archive, name: str = "") -> str:
    """Return a registered model's name, or the only one's.

    Raises:
        UnknownReference: no such model has a version, or there are several and none is named.
    """
    return resolve(archive.catalog, f"{name}:latest" if name else "latest").model


def _estimates(found: Lineage) -> tuple[tuple[str, str], ...]:
    """Say how performance is estimated without labels, or why it is not."""
    if found.estimator is None:
        return (("estimates", found.unestimated or "errors are not estimated without labels"),)
    return (("estimates", f"{', '.join(found.estimator.metrics)} without labels, {found.estimator.words}"),)


def _lineage_lines(found: Lineage) -> tuple[tuple[str, str], ...]:
    commit = f"commit {found.code.commit[:12]}" if found.code.commit else "no git"
    lines = [
        ("version", f"{found.ref}  {found.version.id[:16]}"),
        ("aliases", ", ".join(alias.alias for alias in found.aliases) or "none"),
        ("made", f"{when(found.finished, seconds=True)}, {found.why}"),
        ("code", f"{found.code.id[:16]}, {found.code.files} files, {commit}{' + changes' if found.code.dirty else ''}"),
    ]
    more = f" and {found.code.files - _PATHS} more" if found.code.files > _PATHS else ""
    lines.append(("files", ", ".join(found.code.paths[:_PATHS]) + more))
    lines += [("data", f"{data.ref}, {data.rows or 0:,} rows") for data in found.data]
    if found.quarantine:
        lines.append(("set aside", f"{found.refused:,} of {found.rows:,} rows, with their reasons: {found.quarantine}"))
    lines += [
        ("environment", f"{found.python}, {len(found.distributions)} distributions, {found.platform}"),
        ("rows", ", ".join(f"{count:,} {name}" for name, count in found.parts.items())),
        ("parameters", ", ".join(f"{name} = {value}" for name, value in found.parameters.items()) or "none"),
        ("flavor", f"{found.flavor}, explained by {found.explainer}"),
        ("metrics", ", ".join(f"{name} {figure(value)}" for name, value in found.metrics.items())),
        ("gate", "passed" if found.gate.passed else "failed"),
    ]
    for each in found.gate.results:
        word = {True: "passed", False: "FAILED", None: "not judged"}[each.passed]
        lines.append(("", f"{word}: {each.condition}" + (f": {each.message}" if each.message else "")))
    return tuple(lines)


def _data(archive: Archive, wanted: DataRef) -> Shown:
    record = resolve_data(archive.catalog, wanted)
    manifest = get_manifest(archive.store, record.id, DataManifest)
    lines = [
        ("data", f"{record.name}@{record.number}  {record.id[:16]}"),
        ("captured", when(record.created, seconds=True)),
        ("rows", f"{record.rows:,}"),
        *(("file", f"{entry.path}, {entry.blob.size:,} bytes") for entry in manifest.files),
        ("columns", ", ".join(f"{name} {kind}" for name, kind in manifest.columns.items())),
    ]
    return Shown(kind="data", lines=tuple(lines), record=manifest)


def _record(archive: Archive, wanted: RecordRef) -> Shown:
    catalog = archive.catalog
    if wanted.kind == "alarm":
        alarm = catalog.alarms.get(wanted.id)
        texts = [(name, str(value)) for name, value in alarm.data.items() if name != "diagnosis"]
        lines = (
            ("alarm", alarm.id),
            ("status", alarm.status),
            *texts,
            *diagnosis_lines(shown_alarm(archive, alarm.id)),
        )
        return Shown(kind="alarm", lines=lines, record=alarm)
    if wanted.kind == "run":
        run = catalog.runs.get(wanted.id)
        texts = [(name, str(value)) for name, value in msgspec.to_builtins(run).items()]
        return Shown(kind="run", lines=tuple(texts), record=run)
    return _prediction(archive, catalog, wanted.id)


def _prediction(archive: Archive, catalog: Catalog, wanted: str) -> Shown:
    """Find a prediction by its id; else the last of the row whose key that is, where the model has one."""
    for model in catalog.versions.models():
        found: Prediction | None = None
        keyed: Prediction | None = None
        key = _key(archive, model)
        for record in LogReader(archive.log, model).all():
            if isinstance(record, Prediction):
                if record.id == wanted and found is None:
                    found = record
                elif key and str(record.row.get(key)) == wanted:
                    keyed = record
        found = found or keyed
        if found is not None:
            return _prediction_shown(archive, found, _label(archive, model, found.id))
    hint = "ids stand in the server's answers; the value of the model's key= field is taken as well"
    raise UnknownReference(f"no prediction {wanted} in the log", hint=hint)


def _key(archive: Archive, model: str) -> str | None:
    newest = archive.catalog.versions.list(model)[-1]
    return get_manifest(archive.store, newest.id, ModelManifest).roles.key


def _label(archive: Archive, model: str, prediction_id: str) -> LabelRecord | None:
    label = None
    for record in LogReader(archive.log, model).all():
        if isinstance(record, LabelRecord) and record.prediction_id == prediction_id:
            label = record
    return label


def _prediction_shown(archive: Archive, found: Prediction, label: LabelRecord | None) -> Shown:
    version = archive.catalog.versions.by_id(found.version)
    lineage, reasons = show(archive.store, archive.catalog, version), reasons_of(archive, found)
    lines = [
        ("prediction", found.id),
        ("answered", f"{figure(found.value)} by {lineage.ref} at {when(found.received, seconds=True)}"),
        ("label", "not come yet" if label is None else figure(label.value)),
        *reasons.lines(),
        ("row", ", ".join(f"{name} {value}" for name, value in found.row.items())),
        ("warnings", ", ".join(found.warnings) or "none"),
        *([("replaced", f"{', '.join(found.replaced)}, as the contract says")] if found.replaced else []),
        *([("fallback", f"answered by {found.fallback}")] if found.fallback else []),
        ("odd", found.odd or "no"),
        ("asked by", f"{found.client or 'unknown'} through {found.source}"),
        *_lineage_lines(lineage),
    ]
    record = {"prediction": found, "label": label, "reasons": reasons, "version": lineage}
    return Shown(kind="prediction", lines=tuple(lines), record=record)
