"""First station: code, environment and data are captured, and the project is read from what was captured."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

import polars as pl
from msgspec import Struct

from holdtrue.contracts import named_by
from holdtrue.foundation import (
    NAME_FORM,
    SILENT,
    DataUnreadable,
    Progress,
    ProjectBroken,
    UnknownReference,
    is_data_name,
)
from holdtrue.pipeline.declared import declared_files
from holdtrue.pipeline.others import read_keys, tables_of
from holdtrue.pipeline.records import Ground
from holdtrue.pipeline.usercode import user_code
from holdtrue.project import FilesSource, Model, ServedSource
from holdtrue.sources import (
    Spelling,
    folders_of,
    media_base,
    media_of_source,
    path_in,
    read_files,
    read_media,
    source_name,
    source_paths,
)
from holdtrue.versions import (
    capture_code,
    capture_environment,
    capture_files,
    capture_table,
    import_captured,
    materialise_code,
)


class CapturedCode(Struct, frozen=True):
    """A code version and the models it defines by name; `folder` holds its files, `work` is where its code is run."""

    id: str
    module: ModuleType
    models: dict[str, Model]
    folder: Path
    work: Path

    def running(self) -> AbstractContextManager[None]:
        """Run code of this version within the block; see `user_code`."""
        return user_code(self.folder, self.work)


class Piece(Struct, frozen=True):
    """Rows under the names of the contract's fields, and how their values are spelled."""

    frame: pl.DataFrame
    spelling: Spelling


class CapturedData(Struct, frozen=True):
    """What a model's sources held: data ids by name, and the rows.

    `files` holds the rows of each source of files in its own spelling (text where they are CSV); `served` is already
    in contract form; `keys` are the values of other tables that tests look for, by the figures that need them.
    """

    ids: dict[str, str]
    files: tuple[Piece, ...]
    served: pl.DataFrame | None
    keys: dict[str, pl.Series] = {}

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(piece.frame.height for piece in self.files) + (0 if self.served is None else self.served.height)


def capture_project(ground: Ground, progress: Progress = SILENT) -> CapturedCode:
    """Capture the project's code and import `model.py` from the captured copy.

    Raises:
        ProjectBroken: the code cannot be imported, or defines no model.
    """
    code_id = capture_code(
        ground.root,
        ground.store,
        at=ground.clock.now(),
        sources=declared_files(ground.root),
        leave_out=ground.own_places,
        progress=progress,
    )
    ground.store.commit()
    return project_at(ground, code_id)


def project_at(ground: Ground, code_id: str) -> CapturedCode:
    """Import the project as it was in a code version."""
    folder = materialise_code(ground.store, code_id, ground.cache / "code").resolve()
    work = ground.cache / "work"
    with user_code(folder, work):
        module = import_captured(folder, code_id)
    models = _models_of(module, folder)
    if not models:
        raise ProjectBroken(
            f"{ground.root / 'model.py'} defines no model",
            hint='write such as: house = ht.Model("house", target="price", contract=Sale, data=ht.files("x.csv"))',
        )
    for model in models.values():
        model.require_complete()
    return CapturedCode(code_id, module, models, folder, work)


def _models_of(module: ModuleType, folder: Path) -> dict[str, Model]:
    models: dict[str, Model] = {}
    for value in vars(module).values():
        if isinstance(value, Model):
            other = models.setdefault(value.name, value)
            if other is not value:
                first, second = (each.place.replace(f"{folder}/", "") for each in (other, value))
                raise ProjectBroken(
                    f'two models are called "{value.name}": at {first} and at {second}', hint="give one another name"
                )
    return models


def choose_model(models: dict[str, Model], name: str) -> Model:
    """Return the model of a name, or the only one where no name is given.

    Raises:
        UnknownReference: no such model, or several and none named.
    """
    if not name and len(models) == 1:
        return next(iter(models.values()))
    if name in models:
        return models[name]
    known = ", ".join(sorted(models))
    if not name:
        raise UnknownReference("this project has several models", hint=f"name one: {known}")
    close = difflib.get_close_matches(name, models, 1)
    raise UnknownReference(
        f'no model "{name}" in this project', hint=f"did you mean {close[0]}?" if close else f"it has: {known}"
    )


def capture_data(ground: Ground, model: Model, *, at: int, progress: Progress = SILENT) -> CapturedData:
    """Capture and read everything a model's sources declare, at a time (microseconds UTC).

    Raises:
        DataNotFound, DataUnreadable: a declared file is missing or cannot be read.
        ProjectBroken: two sources match one file, or have one name.
    """
    ids: dict[str, str] = {}
    pieces: list[Piece] = []
    served = None
    _require_apart(ground, model)
    for source in model.sources:
        if isinstance(source, FilesSource):
            media = media_of_source(ground.root, source, model.spec)
            with _captured(ground, source, ids, at, progress, media):
                read = read_files(ground.root, source, progress=progress)
                frame = read_media(model.spec, read.frame, folders_of(ground.root, read), progress=progress)
            pieces.append(Piece(named_by(model.spec, frame), read.spelling))
        elif isinstance(source, ServedSource):
            served = ground.served(model.name, model.target, tuple(each.name for each in model.spec.fields))
            if served is not None and served.height:
                name = f"{model.name}-served"
                ids[name] = capture_table(name, served, ground.store, at=at)
    with ExitStack() as captured:
        for source in tables_of(model, model.spec).values():
            captured.enter_context(_captured(ground, source, ids, at, progress))
        keys = read_keys(ground.root, model, model.spec, progress)
    return CapturedData(
        ids=ids,
        files=tuple(pieces),
        served=served if served is not None and served.height else None,
        keys=keys,
    )


@contextmanager
def _captured(
    ground: Ground, source: FilesSource, ids: dict[str, str], at: int, progress: Progress, media: Sequence[Path] = ()
) -> Iterator[None]:
    """Keep a source's files as a data version, and see to it that they are still the same after the block.

    Args:
        media: the files that its tables name, which are kept with them.
    """
    name, paths = source_name(source), source_paths(ground.root, source)
    files = [*paths, *media]
    before, outside = _outsides(files), media_base(ground.root, source, media)
    ids[name] = capture_files(
        name, files, ground.store, root=ground.root, at=at, outside=outside, beside=frozenset(media), progress=progress
    )
    yield
    if source_paths(ground.root, source) != paths or _outsides(files) != before:
        # What was kept and what was read may differ, and the version would not say what it was trained with.
        raise DataUnreadable(f"the files of {name} changed while they were read", hint="run again")


def _require_apart(ground: Ground, model: Model) -> None:
    """Refuse sources that could not be told apart, and a file that two of them match: it would be trained on twice."""
    declared = [each for each in model.sources if isinstance(each, FilesSource)]
    names: set[str] = set()
    # Another table may be one of the sources too, such as a list of parents that is the table itself.
    for source in (*declared, *(each for each in tables_of(model, model.spec).values() if each not in declared)):
        name = source_name(source)
        if not is_data_name(name):
            raise ProjectBroken(f"{model.name}: {name!r} cannot be the name of data", hint=NAME_FORM)
        if name in names:
            raise ProjectBroken(
                f"{model.name} has two sources called {name}", hint='name one: ht.files("x.csv", name="more")'
            )
        names.add(name)
    matched: dict[Path, FilesSource] = {}
    for source in declared:
        for path in source_paths(ground.root, source):
            other = matched.setdefault(path.resolve(), source)
            if other is not source:
                raise ProjectBroken(
                    f"{path_in(ground.root, path)} is matched by two sources of {model.name}: "
                    f"{other.pattern} and {source.pattern}",
                    hint="its rows would be trained on twice: narrow one of the patterns",
                )


def _outsides(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    return [_outside(path) for path in paths]


def _outside(path: Path) -> tuple[int, int] | None:
    """Return a file's size and time; None of one that is gone, which keeping it then says."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def capture_world(ground: Ground) -> str:
    """Capture the environment and return its id."""
    return capture_environment(ground.store, at=ground.clock.now(), environ=ground.environ)
