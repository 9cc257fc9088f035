"""A new project drafted from a table: contract, model and training function, trained by `holdtrue run` as they are."""

from __future__ import annotations

import difflib
import glob
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.checks import Task
from holdtrue.contracts import Evidence, FieldDraft, class_name, is_called_key, is_unique, key_draft, literal, suggest
from holdtrue.foundation import SILENT, Progress, WrongUse, free_name, is_model_name, share
from holdtrue.sources import bare_name
from holdtrue.workspace.key_column import why_no_key
from holdtrue.workspace.suggesting import look_through, suggestion_of, unheld

_DATED = ("date", "datetime")
_KEYS = ("int", "category", "text", "key")
_PLURAL = {"float": "numbers with fractions", "bool": "true and false", "date": "dates", "datetime": "times"}
_FEW = 20  # different whole numbers up to which a target may well be of classes


class DraftedProject(Struct, frozen=True, kw_only=True):
    """What was written, and every decision that was taken for the user, in words."""

    written: tuple[Path, ...]
    model: str
    task: Task
    notes: tuple[str, ...]


def draft_project(
    folder: Path, data: Path, target: str, *, time: str = "", key: str = "", progress: Progress = SILENT
) -> DraftedProject:
    """Write a project that predicts a column of a table. The table stays where it is.

    Args:
        folder: new, or without a `model.py`; what else it holds is left alone.
        data: CSV, Parquet or JSON lines.
        target, time, key: columns, as the table names them; time is guessed where one column alone holds dates, the key
            where one alone is called an id or the like and never repeats.

    Raises:
        WrongUse: there is a model.py already, no such column, a target that no model here can predict, or a key that
            repeats.
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    if (folder / "model.py").exists():
        raise WrongUse(f"{folder} has a model.py already", hint="name a new folder")
    rows, found = look_through(data, progress)
    drafts = {draft.column: draft for draft in suggest(found, no_keys={target})}
    for role, column in (("--target", target), ("--time", time), ("--key", key)):
        if column and column not in drafts:
            raise _no_column(role, column, list(drafts), left_out=column in found)
    task, said = _task_of(drafts[target], found[target])
    notes = [said]
    time = _time_of(drafts, time, target, notes)
    key = _key_of(data, drafts, found, key, (target, time), notes, progress)
    drafts[target], refused = _wanted(drafts[target], found[target], notes)
    left_out = unheld(found, list(drafts.values()))
    notes += [f"left out: {each}" for each in left_out]
    notes += [f"{draft.column}: {draft.hint}" for draft in drafts.values() if draft.hint]
    derived = _derived(drafts, (target, time, key), notes)
    title = class_name(bare_name(data.name))
    suggestion = suggestion_of(data, title, rows, list(drafts.values()), progress, left_out)
    notes += [f"a drafted test that the data itself breaks was left out: {each}" for each in suggestion.left_out]
    roles = {"target": drafts[target].name}
    roles |= {role: drafts[column].name for role, column in (("time", time), ("key", key)) if column}
    name = _model_name(target)
    pattern = _pattern(folder, data)
    notes.append(f"the data stays where it is, and is read from there: {pattern}")
    library = "sklearn" if find_spec("lightgbm") is None and find_spec("sklearn") else "lightgbm"
    text = _module(name, title, suggestion.text, derived, roles, pattern, task, refused, library)
    if find_spec("skops" if library == "sklearn" else library) is None:
        notes.append(f"the model needs a library that is not installed: pip install 'holdtrue[{library}]'")
    return DraftedProject(written=_written(folder, text, name), model=name, task=task, notes=tuple(notes))


def _no_column(role: str, column: str, columns: Sequence[str], *, left_out: bool) -> WrongUse:
    if left_out:
        return WrongUse(f"{role} {column}: that column holds lists or the like", hint="name a column of single values")
    close = difflib.get_close_matches(column, columns, 1)
    hint = f"did you mean {close[0]}?" if close else f"its columns are {', '.join(columns[:40])}"
    return WrongUse(f"{role}: the table has no column {column!r}", hint=hint)


def _task_of(target: FieldDraft, found: Evidence) -> tuple[Task, str]:
    """Decide between regression and two classes.

    Raises:
        WrongUse: neither: text, dates, no value, one value alone.
    """
    column, kind = target.column, target.kind
    if not found.present:
        raise WrongUse(f"the target {column} has no value in any row", hint="name another column")
    if kind in ("category", "text") and found.names is not None:
        levels = list(found.names.top.counts)[:200]
        if found.names.distinct.count == len(levels) == 1:
            raise _one_value(column)
        several = f"{len(levels)} texts" if found.names.distinct.count == len(levels) else "texts"
        shown = ", ".join(map(json.dumps, levels[:4])) + (", ..." if len(levels) > 4 else "")
        raise WrongUse(
            f"the target {column} holds {several} ({shown}), and a model here predicts a number or a yes or no",
            hint=target.hint
            or f"give the table a column of true and false, such as whether {column} is {json.dumps(levels[:2][-1])}",
        )
    if kind in _DATED:
        if found.typed[kind].moments.min == found.typed[kind].moments.max:
            raise _one_value(column)
        hint = "give the table a column that counts the days to it"
        raise WrongUse(f"the target {column} holds dates, and a model here predicts a number or a yes or no", hint=hint)
    profile = found.typed[kind]
    different = min(profile.distinct.count, profile.count)
    if different < 2:
        raise _one_value(column)
    yes = profile.top.counts.get("true", 0) / max(1, sum(profile.top.counts.values()))
    if kind == "bool":
        return (
            "binary",
            f"two classes: {column} is true in {share(yes)} of the rows; the prediction is the chance of it",
        )
    if kind == "int" and (profile.moments.min, profile.moments.max) == (0, 1):
        chance = share(profile.moments.mean)
        return "binary", f"two classes: {column} is 1 in {chance} of the rows; the prediction is the chance of it"
    said = f"regression: {column} is a number"
    if kind == "int" and different <= _FEW:
        said += f" of {different} values (if they are classes, know that more than two cannot be predicted as such)"
    return "regression", said


def _one_value(column: str) -> WrongUse:
    return WrongUse(f"the target {column} has one value alone: there is nothing to learn", hint="name another column")


def _time_of(drafts: Mapping[str, FieldDraft], time: str, target: str, notes: list[str]) -> str:
    if time:
        if drafts[time].kind not in _DATED:
            hint = "dates are written 2026-01-31; leave --time out if there are none"
            raise WrongUse(f"--time {time} holds no dates: {drafts[time].why}", hint=hint)
        return time
    dated = [column for column, draft in drafts.items() if draft.kind in _DATED and column != target]
    if len(dated) == 1:
        notes.append(f"time is {dated[0]}, the only column of dates: the newest rows are held back to judge by")
        return dated[0]
    why = f"{', '.join(dated)} hold dates: name one with --time" if dated else "no column holds dates"
    notes.append(f"no time ({why}): rows are held back at random")
    return ""


def _key_of(
    data: Path,
    drafts: dict[str, FieldDraft],
    found: Mapping[str, Evidence],
    key: str,
    taken: Sequence[str],
    notes: list[str],
    progress: Progress,
) -> str:
    if key:
        if key in taken:
            raise WrongUse(f"--key {key} has another role already", hint="a key only says which row is which")
        if drafts[key].kind not in _KEYS:
            why = f"it holds {_PLURAL.get(drafts[key].kind, 'no single texts')}"
        else:
            why = why_no_key(data, key, progress)
        if why:
            hint = "name a column of which each row has a value of its own, or leave --key out"
            raise WrongUse(f"--key {key} does not tell the rows apart: {why}", hint=hint)
        if drafts[key].kind != "key":
            drafts[key] = key_draft(key, drafts[key].name, found[key], "the key that was named")
        return key
    called = [
        column
        for column, draft in drafts.items()
        if column not in taken and is_called_key(column, found[column].rows) and _can_be_key(draft, found[column])
    ]
    unique = [column for column in called if not why_no_key(data, column, progress)]
    if len(unique) != 1:
        if unique:
            notes.append(f"no key: {', '.join(unique)} could be; say with --key which one tells the rows apart")
        return ""
    notes.append(f"the key is {unique[0]}, which is called so and never repeats: it is no feature")
    drafts[unique[0]] = key_draft(unique[0], drafts[unique[0]].name, found[unique[0]])
    return unique[0]


def _can_be_key(draft: FieldDraft, found: Evidence) -> bool:
    return draft.kind == "key" or (draft.kind in _KEYS and is_unique(draft.kind, found))


def _wanted(target: FieldDraft, found: Evidence, notes: list[str]) -> tuple[FieldDraft, float]:
    """Make the target a field that must have a value; return the share of rows that will be refused for want of it."""
    if "null" not in target.options:
        return target, 0.0
    options = {option: value for option, value in target.options.items() if option != "null"}
    profile = found.typed[target.kind]
    lacking = 1 - (profile.count - profile.nulls) / found.rows
    notes.append(f"{share(lacking)} of the rows have no {target.column}: they are set aside")
    tests = {test: source for test, source in target.tests.items() if not test.endswith("_is_there")}
    return replace(target, options=options, tests=tests), lacking


def _derived(drafts: Mapping[str, FieldDraft], aside: Sequence[str], notes: list[str]) -> str:
    """Return derived fields, as Python, where text is all that there is to predict from."""
    given = [draft for column, draft in drafts.items() if column not in aside]
    texts = [draft for draft in given if draft.kind == "text"]
    if len(texts) < len(given):
        if texts:
            names = ", ".join(draft.column for draft in texts)
            notes.append(f"free text is tested and not learnt from: {names}; derive fields of it with @ht.derive")
        return ""
    if not texts:
        raise WrongUse("no column is left to predict from", hint="give the table more columns")
    notes.append(
        "there is only free text to learn from: its length is derived, and says little; derive more in model.py"
    )
    lines = []
    taken = {draft.name for draft in drafts.values()}
    for draft in texts:
        name = free_name(f"{draft.name}_length", taken)
        lines += ["", "    @ht.derive", f"    def {name}(row):", f"        return row.{draft.name}.length()"]
    lines += ["", f'    # such as: return row.{texts[0].name}.lower().contains("free")', ""]
    return "\n".join(lines)


def _model_name(target: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", target).strip("-._")[:90]
    return plain if is_model_name(plain) else f"model-{plain}".rstrip("-")


def _pattern(folder: Path, data: Path) -> str:
    """Return how model.py names the table: by the way from the folder, so that both can be moved together."""
    return glob.escape(Path(os.path.relpath(data.absolute(), folder.absolute())).as_posix())


_LIGHTGBM = """
@model.train
def fit(train, valid, params):
    rows = lightgbm.Dataset(train.X, train.y, categorical_feature=train.categorical)
    settings = {{"objective": "{objective}", "seed": params.seed, "deterministic": True, "verbose": -1}}
    return lightgbm.train(settings, rows, num_boost_round=params.int("trees", 100, low=20, high=500))
"""
_SKLEARN = """
@model.train
def fit(train, valid, params):
    trees = {estimator}(
        max_iter=params.int("trees", 100, low=20, high=500),
        categorical_features=train.categorical or None,
        random_state=params.seed,
    )
    return trees.fit(train.X, train.y)
"""

_README = """# {name}

`model.py` is the whole project, drafted from a table: the contract of the data, the model, its gate and its policies.
Look it through; then:

```
holdtrue data test                 # does the data keep to the contract?
holdtrue run                       # train, test the model, register it
{promote} # put it into production
holdtrue up                        # serve, watch, react; a page to look at
```
"""


def _module(
    name: str,
    title: str,
    contract: str,
    derived: str,
    roles: Mapping[str, str],
    pattern: str,
    task: Task,
    refused: float,
    library: str,
) -> str:
    estimator = "HistGradientBoosting" + ("Classifier" if task == "binary" else "Regressor")
    imported = "import lightgbm" if library == "lightgbm" else f"from sklearn.ensemble import {estimator}"
    head, _, body = contract.partition("import holdtrue as ht\n")
    lines = ['"""Drafted from a table: look every line through, and fill in what only you know. Then: holdtrue run."""']
    lines += ["", f"{head}{imported}", "", f"import holdtrue as ht\n{body}{derived}", "", "model = ht.Model("]
    lines += [f"    {literal(name)},", *(f"    {role}={literal(field)}," for role, field in roles.items())]
    lines += [f"    contract={title},", f"    data=ht.files({literal(pattern)}) + ht.served(),"]
    lines += ['    task="binary",'] if task == "binary" else []
    lines += [f"    max_refused={math.ceil(100 * refused + 1) / 100},  # rows without the target"] if refused else []
    training = _LIGHTGBM.format(objective=task) if library == "lightgbm" else _SKLEARN.format(estimator=estimator)
    lines += [")", "", training, ""]
    metric = "auc" if task == "binary" else "mae"
    lines += [
        "# What a version must pass to be promoted; say here what is good enough, such as"
        f' ht.metric("{metric}") {"> 0.8" if task == "binary" else "< 10"}.',
        'model.gate(ht.underfit(), ht.no_worse_than("production"))',
        "",
        "# What is done by itself. ht.retrain() and ht.rollback() can be added once you trust it.",
        'model.on(ht.Drift("inputs"), ht.Degraded(), ht.ReasonsChanged()).do(ht.alert())',
    ]
    return "\n".join(lines) + "\n"


def _written(folder: Path, text: str, name: str) -> tuple[Path, ...]:
    """Write the files; what the folder has already (but no model.py) stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    blank = resources.files("holdtrue.templates") / "blank"
    contents = {
        "model.py": text,
        "README.md": _README.format(name=name, promote=f"holdtrue promote {name}:v1".ljust(34)),
    }
    for entry in ("pyproject.toml", "gitignore", "holdtrueignore"):
        contents[entry] = (blank / entry).read_text("utf-8")
    written = []
    for entry, content in contents.items():
        path = folder / (f".{entry}" if entry.endswith("ignore") else entry)
        if not path.exists():
            path.write_text(content, encoding="utf-8")
            written.append(path)
    return tuple(written)
