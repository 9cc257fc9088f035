"""What the commands do with tables: keep them, predict them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import polars as pl
from msgspec import Struct

from holdtrue.catalog import DataRecord
from holdtrue.contracts import TestResult
from holdtrue.foundation import (
    NAME_FORM,
    SILENT,
    DataNotFound,
    HoldtrueError,
    Progress,
    WrongUse,
    is_data_name,
    new_id,
)
from holdtrue.pipeline import declared_files, require_columns
from holdtrue.predicting import Asking, load_version, predict_frame, records_of_batch
from holdtrue.predictionlog import open_writer
from holdtrue.registry import resolve
from holdtrue.sources import Table, is_media, read_media, read_table, source_paths
from holdtrue.versions import DataManifest, capture_files, get_manifest, list_data
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.outputs import note_outputs
from holdtrue.workspace.places import missing_file, require_apart


class PredictReport(Struct, frozen=True, kw_only=True):
    """What became of a table that was predicted by `version`; `out` is where the answers are.

    Attributes:
        replaced, fallback: answered rows of which a live policy replaced values, and those that the fallback answered.
        tests: those that some row did not pass.
    """

    version: str
    rows: int
    answered: int
    refused: int
    out: str
    replaced: int = 0
    fallback: int = 0
    tests: tuple[TestResult, ...] = ()


def read_user_table(file: Path) -> Table:
    """Read a table a person named.

    Raises:
        DataNotFound: there is no such file. DataUnreadable: it is not what it claims to be.
    """
    if not file.is_file():
        raise missing_file(file)
    return read_table(file, name=str(file))


def add_data(workspace: Workspace, path: Path, name: str, progress: Progress) -> DataRecord:
    """Keep a file, or all files of a folder, as a data version.

    Of a folder, what holdtrue keeps itself, versions that were checked out, caches and secrets by their name stay out.

    Raises:
        DataNotFound: there is none.
        WrongUse: the name is none that a reference can be written with.
    """
    if not is_data_name(name):
        raise WrongUse(f"{name!r} cannot be the name of data", hint=NAME_FORM)
    if not path.exists():
        raise DataNotFound(f"no such file or folder: {path}", hint="check the path")
    paths = [path] if path.is_file() else list_data(path, leave_out=workspace.own_places)
    now = workspace.clock.now()
    data_id = capture_files(
        name,
        paths,
        workspace.store,
        root=workspace.root,
        at=now,
        outside=path if path.is_dir() else None,
        progress=progress,
    )
    workspace.store.commit()
    rows = get_manifest(workspace.store, data_id, DataManifest).rows or 0
    return workspace.catalog.data.add(name, data_id, now, rows)


def predict_file(workspace: Workspace, ref: str, file: Path, out: Path, progress: Progress = SILENT) -> PredictReport:
    """Predict a table with a version; answers go to `out`, rows and answers to the prediction log.

    Raises:
        WrongUse: `out` is neither Parquet nor CSV, or cannot be there.
        DataUnreadable: the table lacks a column that the contract names.
    """
    require_output(out)
    require_spare(workspace.root, [out], [file])
    table = read_user_table(file)
    record = resolve(workspace.catalog, ref)
    loaded = load_version(workspace.store, record.id)
    require_columns(loaded.checker.spec, table.frame, str(file))
    folder = Path() if is_media(file.name) else file.parent
    frame = read_media(loaded.contract, table.frame, [(folder, table.frame.height)], progress=progress)
    batch = predict_frame(loaded, frame, spelling=table.spelling)
    now = workspace.clock.now()
    alias = workspace.catalog.aliases.get(record.model, "production")
    live = alias is not None and alias.version_id == record.id
    asking = Asking(
        received=now, source="batch", alias="production" if live else "", epoch=alias.epoch if live and alias else 0
    )
    predictions, refusals = records_of_batch(loaded, batch, asking)
    with open_writer(workspace.log, record.model, f"batch-{new_id(now)}", durability="batch") as writer:
        writer.write([*predictions, *refusals])
    answers = table.frame.filter(pl.Series(~batch.result.refused)).with_columns(
        *batch.answers, pl.Series("prediction_id", [each.id for each in predictions], dtype=pl.String)
    )
    if out.suffix == ".csv":
        flat(answers).write_csv(out)
    else:
        answers.write_parquet(out)
    note_outputs(workspace.root, [out])
    return PredictReport(
        version=f"{record.model}:v{record.number}",
        rows=table.frame.height,
        answered=len(predictions),
        refused=len(refusals),
        out=str(out),
        replaced=len(batch.replaced),
        fallback=len(batch.fallen),
        tests=batch.result.failed,
    )


def require_output(out: Path) -> None:
    """Refuse a name that no table can be written to.

    Raises:
        WrongUse: it is neither Parquet nor CSV, or its folder is not there.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise WrongUse(f"{out} is neither .parquet nor .csv", hint="name the output so")
    if not out.parent.is_dir():
        raise WrongUse(f"there is no folder {out.parent} to write {out.name} to", hint="make it, or write elsewhere")


def require_spare(root: Path, outputs: Iterable[Path | None], reads: Iterable[Path] = ()) -> None:
    """Refuse to write over what is read, what the project declares as data, its code, and one output over another.

    Args:
        outputs: where a command will write; None is passed over. reads: the files, or folders of files, it reads.

    Raises:
        WrongUse: names the output.
    """
    kept = {each.resolve(): "read" for each in reads}
    for source in declared_files(root):
        with contextlib.suppress(HoldtrueError):
            kept |= {each.resolve(): "declared as data" for each in source_paths(root, source)}
    require_apart(outputs, kept, root)


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table as CSV can hold it: lists and records as JSON, which is how a contract reads them there."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Duration)]
    texts = [
        pl.Series(
            name,
            [
                None if value is None else msgspec.json.encode(value).decode().strip('"')
                for value in frame[name].to_list()
            ],
        )
        for name in nested
    ]
    return frame.with_columns(text.cast(pl.String) for text in texts)
