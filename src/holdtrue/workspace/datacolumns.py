"""The columns of data that was tested, beside those that a model version was trained for: what a report draws."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from holdtrue.contracts import ContractSpec
from holdtrue.profiles import Baseline, ColumnProfile, merge_frames, profile_frame
from holdtrue.versions import ModelManifest, get_manifest, read_whole
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.columns import ColumnReport, ColumnsReport


class Profiling:
    """Profiles rows that come part by part; what is kept is a few KB a column."""

    def __init__(self) -> None:
        self.columns: dict[str, ColumnProfile] = {}
        self.spec: ContractSpec | None = None

    def add(self, spec: ContractSpec, accepted: pl.DataFrame) -> None:
        """Take in the accepted rows of a part, as its contract typed them."""
        self.spec = spec
        texts = [field.name for field in spec.fields if field.kind == "text"]
        part = profile_frame(accepted, texts=texts)
        self.columns = merge_frames(self.columns, part) if self.columns else part


def columns_report(archive: Archive, model: str, profiled: Profiling) -> ColumnsReport:
    """Return profiled columns beside the baseline of the model's newest version, where it has one."""
    versions = archive.catalog.versions.list(model)
    baseline: Baseline | None = None
    if versions:
        manifest = get_manifest(archive.store, versions[-1].id, ModelManifest)
        baseline = Baseline.from_bytes(read_whole(archive.store, manifest.baseline))
    then: Mapping[str, ColumnProfile] = {} if baseline is None else baseline.profiles
    spec = profiled.spec
    fields = {} if spec is None else {field.name: field for field in spec.fields}
    kinds = {} if spec is None else spec.kinds
    columns = [
        ColumnReport(
            name=name,
            kind=kinds.get(name, now.kind),
            unit=fields[name].unit if name in fields else "",
            now=now.compact(),
            baseline=then.get(name) if name in then and then[name].kind == now.kind else None,
        )
        for name, now in profiled.columns.items()
    ]
    return ColumnsReport(
        columns=tuple(columns),
        baseline_of=f"{model}:v{versions[-1].number}" if versions else "",
        baseline_rows=0 if baseline is None else baseline.rows,
    )
