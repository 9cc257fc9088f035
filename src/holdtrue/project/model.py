"""The model that a user declares: what it predicts, from which rows, how it is trained, tested, delivered, watched."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from holdtrue.checks import Check, Task, metric_named, metrics_of
from holdtrue.contracts import Contract, ContractSpec, Severity, judged_live, other_columns, row_tests
from holdtrue.foundation import NAME_FORM, ContractError, ProjectBroken, WrongUse, is_model_name
from holdtrue.gates import GateCondition, MetricCondition, NoWorseCondition, OverfitCondition, UnderfitCondition
from holdtrue.policies import Condition, Policy, TableTestFails
from holdtrue.profiles import LENGTHS, PARTS, Block
from holdtrue.project.params import Params
from holdtrue.project.places import declared_at, defined_at
from holdtrue.project.reacting import On
from holdtrue.project.roles import Roles, roles_of
from holdtrue.project.rows import Rows
from holdtrue.project.sources import FilesSource, Source, Sources, parts_of
from holdtrue.project.training import Training, training_of

_WITH_METRIC = (MetricCondition, OverfitCondition, UnderfitCondition, NoWorseCondition)
_CheckFunction = Callable[[Any, Any], Any]
_Train = TypeVar("_Train", bound=Callable[..., Any])
_Own = TypeVar("_Own", bound=_CheckFunction)


class Model:
    """A named thing to be predicted, declared once in `model.py`.

    Args:
        name: what it is called in references (`house-price:v3`), on disk and in addresses.
        target: the field to predict.
        contract: the class that tests its rows.
        data: where its rows come from: `ht.files(...)`, `ht.served()`, or several joined by `+`.
        time, key, weight, group: fields with a role: when a row happened, what identifies it, how much it counts, what
            belongs together. They are neither features nor watched unless listed in `features`.
        features: what the model is given, in order; by default every live field and derived field without a role that
            is not free text.
        held, valid: shares of the rows kept from training: for gate and baseline, and for early stopping and tuning.
        max_refused: share of refused rows above which a training run fails.
        seed: of whatever is random.
        tables: other tables that tests of the contract refer to (`.orphans("stores", "id")`), by name.
        leaks: what rows do that are in training and held out of it: `warn`, `refuse` (the run fails) or `note`.
        task: "regression", or "binary" for a target of two values and predictions that are probabilities.
        season: what comes and goes in the data: rows are watched against the baseline's rows of the same `hour`,
            `weekday` or `month` (of `time`, in UTC), or of the same level of a field.
        block: what makes rows that depend on each other one, which is judged as a whole: the same `hour`, `day` or
            `week` of `time`, or a number of rows on end.
        fallback: what a row is answered with where a test's live policy is `ht.fall_back()`, in the unit of the target.

    Raises:
        ContractError: a role or feature that the contract does not have, or that cannot have that role.
        ProjectBroken: anything else that cannot be; both begin with the place in the user's file.
    """

    def __init__(
        self,
        name: str,
        *,
        target: str,
        contract: type[Contract],
        data: Source | Sources,
        time: str | None = None,
        key: str | None = None,
        weight: str | None = None,
        group: str | None = None,
        features: Sequence[str] | None = None,
        held: float = 0.2,
        valid: float = 0.1,
        max_refused: float = 0.01,
        tables: Mapping[str, FilesSource] | None = None,
        leaks: str = "warn",
        seed: int = 0,
        task: Task = "regression",
        fallback: float | None = None,
        season: str | None = None,
        block: str | int | None = None,
    ) -> None:
        self.place = declared_at()
        if not isinstance(name, str) or not is_model_name(name):
            hint = f"{NAME_FORM}; it begins with a letter, and v1, run, prediction, alarm and latest mean other things"
            raise self._broken(f"{name!r} cannot be a model's name", hint)
        if not (isinstance(contract, type) and issubclass(contract, Contract)):
            raise self._broken(f"contract={contract!r} is no contract", "give the class: class Sale(ht.Contract): ...")
        if held <= 0 or valid < 0 or held + valid >= 1:
            raise self._broken(
                f"held={held}, valid={valid} leave nothing to train or to hold", "use such as 0.2 and 0.1"
            )
        if not 0 <= max_refused <= 1:
            raise self._broken(f"max_refused={max_refused} is no share", "use such as 0.01 for 1%")
        if task not in ("regression", "binary"):
            raise self._broken(f"task={task!r} is not known", 'use "regression" or "binary"')
        self.name = name
        self.contract = contract
        self.held, self.valid, self.max_refused, self.seed = held, valid, max_refused, seed
        self.task: Task = task
        self.fallback = self._checked_fallback(fallback, contract.spec)
        self.tables = self._declared_tables({} if tables is None else dict(tables))
        if leaks not in list(Severity):
            raise self._broken(f"leaks={leaks!r} is not known", 'write "refuse", "warn" or "note"')
        self.leaks = Severity(leaks)
        try:
            self.sources: tuple[Source, ...] = parts_of(data)
            self.roles: Roles = roles_of(
                contract.spec, target=target, time=time, key=key, weight=weight, group=group, features=features
            )
        except ContractError as error:
            raise ContractError(f"{self.place}: {error.message}", hint=error.hint) from None
        except WrongUse as error:
            raise self._broken(error.message, error.hint) from None
        self.season = self._checked_season(season)
        self.block = self._checked_block(block)
        self._training: Training | None = None
        self._checks: dict[str, Check] = {}
        self._conditions: list[GateCondition] = []
        self._reacting: list[On] = []

    def __repr__(self) -> str:
        return f"<Model {self.name} at {self.place}>"

    @property
    def spec(self) -> ContractSpec:
        """The contract as data, target included."""
        return self.contract.spec

    @property
    def live(self) -> ContractSpec:
        """The contract of live rows: less the target and all that reads it."""
        return self.spec.live(self.roles.target)

    @property
    def target(self) -> str:
        """The field to predict."""
        return self.roles.target

    @property
    def time(self) -> str | None:
        """The field that says when a row happened."""
        return self.roles.time

    @property
    def key(self) -> str | None:
        """The field that identifies a row."""
        return self.roles.key

    @property
    def weight(self) -> str | None:
        """The field that says how much a row counts."""
        return self.roles.weight

    @property
    def group(self) -> str | None:
        """The field that says which rows belong together."""
        return self.roles.group

    @property
    def features(self) -> tuple[str, ...]:
        """What the model is given, in order."""
        return self.roles.features

    @property
    def watched(self) -> tuple[str, ...]:
        """The live fields that are watched: all but those with a role that are not features."""
        return self.roles.watched

    @property
    def checks(self) -> tuple[Check, ...]:
        """The user's checks, in order."""
        return tuple(self._checks.values())

    @property
    def conditions(self) -> tuple[GateCondition, ...]:
        """What the gate asks for, in order."""
        return tuple(self._conditions)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What is done when something happens, in order."""
        return tuple(each.policy for each in self._reacting if each.policy is not None)

    def train(self, function: _Train) -> _Train:
        """Declare the training function: `fit(train)`, `fit(train, valid)` or `fit(train, valid, params)`.

        It gets Rows, Rows and Params, and returns a fitted model of a library that has a flavor.
        """
        if self._training is not None:
            raise self._broken(f"{self.name} is trained by two functions", f"the other is at {self._training.place}")
        self._training = training_of(function)
        return function

    @overload
    def check(self, function: _Own) -> _Own: ...
    @overload
    def check(self, *, required: bool = True) -> Callable[[_Own], _Own]: ...
    def check(self, function: _CheckFunction | None = None, *, required: bool = True) -> Any:
        """Declare a test of the model: `f(model, rows)`, by `@house.check` or `@house.check(required=False)`.

        `model.predict(...)` takes Rows, a frame or a list of dicts; `rows` are held rows. To pass it returns None or
        True; to fail, False, a message, or raises AssertionError; or it returns an array with one bool for each row.
        A required check belongs to the gate; another is only told.
        """
        if function is None:
            return lambda own: self._add_check(own, required=required)
        return self._add_check(function, required=required)

    def gate(self, *conditions: GateCondition) -> None:
        """Declare what must hold before a version may be promoted; calls add up."""
        names = metrics_of(self.task)
        given: tuple[object, ...] = conditions
        for each in given:
            if not isinstance(each, GateCondition):
                said = str(each) if type(each).__module__.startswith("holdtrue.") else repr(each)
                raise self._broken(f"{said} is no condition of a gate", 'write such as ht.metric("mae") < 25_000')
            asked = each.metric if isinstance(each, _WITH_METRIC) else ""
            if asked and metric_named(asked).name not in names:
                raise self._broken(f"{asked} is no metric of a {self.task} model", f"use one of {', '.join(names)}")
        self._conditions += conditions

    def on(self, *conditions: Condition) -> On:
        """Declare what to react to: `house.on(ht.Drift("inputs")).do(ht.alert(), ht.retrain())`; any one is enough."""
        given: tuple[object, ...] = conditions
        for each in given:
            if not isinstance(each, Condition):
                raise self._broken(f"{each!r} is nothing to react to", 'write such as ht.Drift("inputs")')
            if isinstance(each, TableTestFails):
                self._require_live_test(each.name)
        if not conditions:
            raise self._broken("on() names nothing to react to", 'write such as house.on(ht.Drift("inputs"))')
        reacting = On(conditions, declared_at())
        self._reacting.append(reacting)
        return reacting

    def _require_live_test(self, name: str) -> None:
        judged = [test.name for test in judged_live(self.live) if not test.volume]
        if not judged or name not in ("", *judged):
            what = f'no table test "{name}" is' if name else "no table test is"
            hint = f"judged live are {', '.join(judged)}" if judged else "mark one with @ht.table_test(live=True)"
            raise self._broken(f"TableTestFails: {what} judged live", hint)

    def fit(self, train: Rows, valid: Rows, params: Params) -> Any:
        """Call the user's training function and return what it returns, never None.

        Raises:
            ProjectBroken: there is none, it failed, or it returned nothing; names file and line.
        """
        return self._trained().call(train, valid, params)

    @property
    def trained_by(self) -> Callable[..., Any]:
        """The user's training function itself."""
        return self._trained().function

    def require_complete(self) -> None:
        """Raise ProjectBroken where a declaration was begun and not ended: no training function, an `on` without `do`.

        Called once model.py has been read.
        """
        self._trained()
        for each in self._reacting:
            if each.policy is None:
                raise ProjectBroken(f"{each.place}: on(...) says nothing to do", hint="end it with .do(ht.alert())")

    def _checked_block(self, block: str | int | None) -> Block | None:
        if block is None:
            return None
        if isinstance(block, int) and not isinstance(block, bool) and block >= 2:
            return Block("rows", block)
        if block not in LENGTHS:
            raise self._broken(
                f"block={block!r} is not known", f"use {', '.join(LENGTHS)}, or a number of rows from 2 on"
            )
        if self.roles.time is None:
            raise self._broken(f"block={block!r} needs the time of each row", 'name its field: time="..."')
        return Block(str(block))

    def _checked_season(self, season: str | None) -> str | None:
        live = self.live.kinds
        if season in PARTS and season in live:
            hint = "derive the field's under another name, such as season_of_field, and name that"
            raise self._broken(f"season={season!r} is a part of the calendar and a field of {self.spec.name}", hint)
        if season is None or season in live or (season in PARTS and self.roles.time is not None):
            return season
        if season in PARTS:
            raise self._broken(f"season={season!r} needs the time of each row", 'name its field: time="..."')
        raise self._broken(f"season={season!r} is not known", f"use {', '.join(PARTS)}, or a field: {', '.join(live)}")

    def _checked_fallback(self, fallback: object, spec: ContractSpec) -> float | None:
        wanted = [test.id for test in row_tests(spec) if test.live is not None and test.live.action == "fall_back"]
        if fallback is None:
            if wanted:
                message = f"{wanted[0]} falls back live, and the model states no fallback"
                raise self._broken(message, "write ht.Model(..., fallback=...) with the answer to give")
            return None
        number = isinstance(fallback, (int, float)) and not isinstance(fallback, bool)
        if not number or not math.isfinite(float(str(fallback))):
            raise self._broken(f"fallback={fallback!r} is no answer", "give a number in the unit of the target")
        return float(str(fallback))

    def _declared_tables(self, tables: dict[str, Any]) -> dict[str, FilesSource]:
        form = 'write such as tables={"stores": ht.files("stores.csv")}'
        for name, source in tables.items():
            if not isinstance(name, str) or not name.isidentifier() or not isinstance(source, FilesSource):
                raise self._broken(f"tables={{{name!r}: {source!r}}} is no table of files", form)
        for each in other_columns(self.spec):
            if each.table not in tables:
                known = f"; it declares {', '.join(tables)}" if tables else ""
                message = f'{each.figure} refers to the table "{each.table}", which {self.name} does not declare'
                raise self._broken(message, form + known)
        return tables

    def _trained(self) -> Training:
        if self._training is None:
            hint = f"write a function fit(train, valid, params) under @{self.name.replace('-', '_')}.train"
            raise self._broken(f"{self.name} has no training function", hint)
        return self._training

    def _add_check(self, function: _CheckFunction, *, required: bool) -> _CheckFunction:
        place = defined_at(function) or declared_at()
        name = getattr(function, "__name__", "check")
        if name in self._checks:
            raise ProjectBroken(f"{place}: a second check is called {name}", hint="give it another name")
        doc = (function.__doc__ or "").strip().partition("\n")[0]
        self._checks[name] = Check(name=name, function=function, doc=doc, required=required, place=place)
        return function

    def _broken(self, message: str, hint: str) -> ProjectBroken:
        return ProjectBroken(f"{declared_at()}: {message}", hint=hint)
