"""The symbolic row and table: a rule is called once with one of these, and what it returns is the rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from holdtrue.contracts.expressions import (
    ITEM_KINDS,
    Binary,
    Call,
    Constant,
    Expression,
    FieldRef,
    IsIn,
    Kind,
    Statistic,
    Unary,
    binary_kind,
    call_kind,
    constant_of,
    statistic_kind,
    unary_kind,
)
from holdtrue.contracts.media_symbols import MediaMethods
from holdtrue.contracts.places import error_here, undecided
from holdtrue.foundation import ContractError
from holdtrue.profiles import LANGUAGES, languages_like


class Symbol(MediaMethods):
    """A value of a row not yet known: arithmetic, comparisons, `&`, `|`, `~` and methods build the tree."""

    __slots__ = ("allowed", "kind", "node")

    def __init__(self, node: Expression, kind: Kind, allowed: tuple[str, ...] | None = None) -> None:
        self.node = node
        self.kind = kind
        self.allowed = allowed

    def year(self) -> Symbol:
        """The year of a date or time, such as 1996."""
        return self._call("year")

    def month(self) -> Symbol:
        """The month, 1 to 12."""
        return self._call("month")

    def day(self) -> Symbol:
        """The day of the month, 1 to 31."""
        return self._call("day")

    def weekday(self) -> Symbol:
        """The day of the week, Monday 0 to Sunday 6."""
        return self._call("weekday")

    def hour(self) -> Symbol:
        """The hour of a time in UTC, 0 to 23."""
        return self._call("hour")

    def length(self) -> Symbol:
        """The number of characters (code points) of a text, or of items of a list."""
        return self._call("length")

    def lower(self) -> Symbol:
        """The text in small letters."""
        return self._call("lower")

    def contains(self, part: Any) -> Symbol:
        """Whether the text holds this part, letter for letter; or the list this item."""
        return self._call("contains", part)

    def sum(self) -> Symbol:
        """The sum of a list of numbers, exactly rounded; 0 of none. Missing items count for nothing, here and below."""
        return self._call("sum")

    def mean(self) -> Symbol:
        """The mean of a list of numbers; null of none."""
        return self._call("mean")

    def min(self) -> Symbol:
        """The least of a list of numbers; null of none."""
        return self._call("min")

    def max(self) -> Symbol:
        """The greatest of a list of numbers; null of none."""
        return self._call("max")

    def norm(self) -> Symbol:
        """The Euclidean length of an embedding or a list of numbers."""
        return self._call("norm")

    def is_null(self) -> Symbol:
        """Whether the value is missing; never itself null."""
        return self._call("is_null")

    def fill_null(self, value: Any) -> Symbol:
        """The value, or this one where it is missing."""
        return self._call("fill_null", value)

    def is_between(self, low: Any, high: Any) -> Symbol:
        """Whether the value is from low to high, both included: short for `(x >= low) & (x <= high)`."""
        return self._with(">=", low)._with("&", self._with("<=", high))

    def is_in(self, values: Iterable[Any]) -> Symbol:
        """Whether the value is one of these."""
        if isinstance(values, (str, Symbol)):
            raise error_here(".is_in() takes a list of values", hint='write .is_in(["a", "b"])')
        constants = tuple(self._constant(value) for value in values)
        for constant in constants:
            _checked(binary_kind, "==", self.kind, constant.kind)
        return Symbol(IsIn(self.node, constants), "bool")

    def _call(self, function: str, *arguments: Any) -> Symbol:
        constant = self._constant(arguments[0]) if arguments else None
        kind = _checked(call_kind, function, self.kind, constant.kind if constant else None)
        if constant is not None and "float" in (self.kind, ITEM_KINDS.get(self.kind)):
            constant = Constant("float", float(constant.value))
        return Symbol(Call(function, self.node, constant), kind)

    def _constant(self, value: Any) -> Constant:
        constant: Constant = _checked(constant_of, value.item() if hasattr(value, "item") else value)
        return constant

    def _with(self, op: str, other: Any, *, swapped: bool = False) -> Symbol:
        if not isinstance(other, Symbol):
            constant = self._constant(other)
            if self.allowed is not None and op in ("==", "!=") and constant.value not in self.allowed:
                raise _no_level(self.allowed, constant.value)
            other = Symbol(constant, constant.kind)
        left, right = (other, self) if swapped else (self, other)
        return Symbol(Binary(op, left.node, right.node), _checked(binary_kind, op, left.kind, right.kind))

    def _unary(self, op: str) -> Symbol:
        return Symbol(Unary(op, self.node), _checked(unary_kind, op, self.kind))

    def __add__(self, other: Any) -> Symbol:
        return self._with("+", other)

    def __radd__(self, other: Any) -> Symbol:
        return self._with("+", other, swapped=True)

    def __sub__(self, other: Any) -> Symbol:
        return self._with("-", other)

    def __rsub__(self, other: Any) -> Symbol:
        return self._with("-", other, swapped=True)

    def __mul__(self, other: Any) -> Symbol:
        return self._with("*", other)

    def __rmul__(self, other: Any) -> Symbol:
        return self._with("*", other, swapped=True)

    def __truediv__(self, other: Any) -> Symbol:
        return self._with("/", other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self._with("/", other, swapped=True)

    def __floordiv__(self, other: Any) -> Symbol:
        return self._with("//", other)

    def __rfloordiv__(self, other: Any) -> Symbol:
        return self._with("//", other, swapped=True)

    def __mod__(self, other: Any) -> Symbol:
        return self._with("%", other)

    def __rmod__(self, other: Any) -> Symbol:
        return self._with("%", other, swapped=True)

    def __lt__(self, other: Any) -> Symbol:
        return self._with("<", other)

    def __le__(self, other: Any) -> Symbol:
        return self._with("<=", other)

    def __gt__(self, other: Any) -> Symbol:
        return self._with(">", other)

    def __ge__(self, other: Any) -> Symbol:
        return self._with(">=", other)

    def __eq__(self, other: Any) -> Symbol:  # type: ignore[override]
        return self._with("==", other)

    def __ne__(self, other: Any) -> Symbol:  # type: ignore[override]
        return self._with("!=", other)

    def __and__(self, other: Any) -> Symbol:
        return self._with("&", other)

    def __rand__(self, other: Any) -> Symbol:
        return self._with("&", other, swapped=True)

    def __or__(self, other: Any) -> Symbol:
        return self._with("|", other)

    def __ror__(self, other: Any) -> Symbol:
        return self._with("|", other, swapped=True)

    def __invert__(self) -> Symbol:
        return self._unary("~")

    def __neg__(self) -> Symbol:
        return self._unary("-")

    def __abs__(self) -> Symbol:
        return self._unary("abs")

    def __bool__(self) -> bool:
        raise undecided()

    def __contains__(self, _part: Any) -> bool:
        raise undecided()

    def __hash__(self) -> int:
        raise error_here("a row's value cannot be looked up in a set or dict here", hint="write row.field.is_in([...])")

    def __len__(self) -> int:
        raise error_here("len() cannot be compiled", hint="write row.field.length()")

    def __iter__(self) -> Iterator[Any]:
        raise error_here("a row's value cannot be looped over", hint="write a comparison of fields")

    def __pow__(self, _other: Any) -> Symbol:
        raise error_here("** cannot be compiled", hint="write row.a * row.a")

    def __getitem__(self, _key: Any) -> Symbol:
        raise error_here("a part of a value cannot be taken with []", hint="use .contains(), .year() and the like")

    def __float__(self) -> float:
        raise error_here("float(), math and NumPy functions cannot be compiled", hint="use + - * / // % and abs()")

    def __int__(self) -> int:
        raise error_here("int() cannot be compiled", hint="write x // 1 for the whole part")

    def __round__(self, _digits: Any = None) -> Symbol:
        raise error_here("round() cannot be compiled", hint="write (x + 0.5) // 1")

    def __format__(self, _spec: str) -> str:
        raise error_here(
            "a row's value is not known yet and cannot be put in text", hint="return a comparison of fields"
        )

    def __getattr__(self, name: str) -> Symbol:
        if name.startswith("__"):
            raise AttributeError(name)
        close = difflib.get_close_matches(name, [method for method in dir(type(self)) if method[0] != "_"], 1)
        form = f"write .{close[0]}(...)" if close else "the reference lists what a rule can use"
        raise error_here(f"a row's value has no .{name}", hint=form)


class SymbolicRow:
    """Stands for any row: `row.beds` or `row["beds"]` is a `Symbol`."""

    __slots__ = ("_allowed", "_kinds", "_name")

    def __init__(
        self, name: str, kinds: Mapping[str, Kind], allowed: Mapping[str, tuple[str, ...] | None] | None = None
    ) -> None:
        self._name = name
        self._kinds = kinds
        self._allowed = allowed or {}

    def __getattr__(self, name: str) -> Symbol:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Symbol:
        if name not in self._kinds:
            raise _unknown_field(name, self._name, self._kinds)
        return Symbol(FieldRef(name), self._kinds[name], self._allowed.get(name))


class SymbolicColumn:
    """Stands for a table's column: its figures are Symbols."""

    __slots__ = ("_kind", "_name", "_past")

    def __init__(self, name: str, kind: Kind, past: str = "") -> None:
        self._name = name
        self._kind = kind
        self._past = past

    @property
    def null_share(self) -> Symbol:
        """The share of rows without a value, 0 to 1; null for a table of no rows."""
        return self._statistic("null_share")

    @property
    def distinct(self) -> Symbol:
        """The number of different values, missing ones not counted."""
        return self._statistic("distinct")

    @property
    def duplicates(self) -> Symbol:
        """How many values are there already: 0 where all that are present differ."""
        return self._statistic("duplicates")

    @property
    def near_duplicates(self) -> Symbol:
        """How many images look like one that is there already: 0 where each has a look of its own.

        Those count as one whose fingerprints differ in at most 4 of 64 bits, or that a chain of such joins.
        """
        return self._statistic("near_duplicates")

    @property
    def age_days(self) -> Symbol:
        """How many days ago the latest of these dates or times was, at the time of the test; 1.5 is 36 hours."""
        return self._statistic("age_days")

    def word_rank(self, word: str) -> Symbol:
        """The place of a word among the most frequent of a text column: 1 is the most frequent.

        Of text that should be English "the" and "a" are among the first. A word that is not among the 200 most frequent
        has place 201.
        """
        if not isinstance(word, str) or not word:
            raise error_here(f".word_rank({word!r}) is of no word", hint='write such as .word_rank("the")')
        return self._statistic("word_rank", word.lower())

    def language_share(self, code: str) -> Symbol:
        """The share of the different texts that are in a language, by its two letters ("en"), as far as can be told.

        Texts of fewer than 20 letters are left out. Of more than 2,000 different ones, 2,000 chosen by a hash are
        looked at. Needs `pip install 'holdtrue[language]'`.
        """
        if code not in LANGUAGES:
            raise error_here(f".language_share({code!r}) is of no known language", hint=languages_like(code))
        return self._statistic("language_share", code)

    def quantile(self, share: float) -> Symbol:
        """The least number that such a share (0 to 1) of those present does not exceed; 0.5 is the lower median."""
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise error_here(f".quantile({share!r}) is of no share", hint="write such as .quantile(0.99)")
        return self._statistic("quantile", float(share))

    @property
    def mean(self) -> Symbol:
        """The mean of a number, or the share of yes."""
        return self._statistic("mean")

    @property
    def sd(self) -> Symbol:
        """The standard deviation (n - 1) of a number."""
        return self._statistic("sd")

    @property
    def min(self) -> Symbol:
        """The least value."""
        return self._statistic("min")

    @property
    def max(self) -> Symbol:
        """The greatest value."""
        return self._statistic("max")

    def share(self, level: str) -> Symbol:
        """The share of one level of a category among the values present, 0 to 1."""
        return self._statistic("share", level)

    def drift_from(self, past: SymbolicPast) -> Symbol:
        """How far the column has moved from earlier data: the largest difference of shares, 0 (not at all) to 1.

        For example `table.column("price").drift_from(table.last) < 0.1`.
        """
        return self._compared("drift", past)

    def unseen_share(self, past: SymbolicPast) -> Symbol:
        """The share of the values present whose level does not occur in earlier data at all."""
        return self._compared("unseen_share", past)

    def orphans(self, table: str, column: str) -> Symbol:
        """How many rows have a value that is not in a column of another table.

        Args:
            table: one that the model declares: `ht.Model(..., tables={"stores": ht.files("stores.csv")})`.
        """
        if not (isinstance(table, str) and isinstance(column, str) and table.isidentifier() and column):
            form = 'write such as .orphans("stores", "id"), and tables={"stores": ht.files("stores.csv")} at the model'
            raise error_here(f".orphans({table!r}, {column!r}) names no column of another table", hint=form)
        return self._statistic("orphans", f"{table}:{column}")

    def _compared(self, statistic: str, past: SymbolicPast) -> Symbol:
        if not isinstance(past, SymbolicPast) or self._past:
            method = "drift_from" if statistic == "drift" else statistic
            raise error_here(
                f".{method}({past!r}) compares with nothing",
                hint=f'write table.column("{self._name}").{method}(table.last), or table.baseline',
            )
        kind = _checked(statistic_kind, statistic, self._kind, past.name)
        return Symbol(Statistic(statistic, self._name, None, past.name), kind)

    def _statistic(self, statistic: str, argument: str | float | None = None) -> Symbol:
        kind = _checked(statistic_kind, statistic, self._kind, self._past)
        return Symbol(Statistic(statistic, self._name, argument, self._past), kind)


class SymbolicPast:
    """Stands for earlier data: `table.last.rows`, `table.baseline.column("price").mean`."""

    __slots__ = ("_contract", "_kinds", "name")

    def __init__(self, name: str, contract: str, kinds: Mapping[str, Kind]) -> None:
        self.name = name
        self._contract = contract
        self._kinds = kinds

    def __repr__(self) -> str:
        return f"table.{self.name}"

    @property
    def rows(self) -> Symbol:
        """The number of rows it had."""
        return Symbol(Statistic("rows", past=self.name), "int")

    def column(self, name: str) -> SymbolicColumn:
        """The column of a field or derived field, as it was."""
        if name not in self._kinds:
            raise _unknown_field(name, self._contract, self._kinds)
        return SymbolicColumn(name, self._kinds[name], self.name)


class SymbolicTable:
    """Stands for any table: `table.rows` and `table.column("beds")`."""

    __slots__ = ("_kinds", "_name")

    def __init__(self, name: str, kinds: Mapping[str, Kind]) -> None:
        self._name = name
        self._kinds = kinds

    @property
    def rows(self) -> Symbol:
        """The number of rows."""
        return Symbol(Statistic("rows"), "int")

    @property
    def duplicate_rows(self) -> Symbol:
        """How many rows are there already, the same in all fields of the contract."""
        return Symbol(Statistic("duplicate_rows"), "int")

    @property
    def last(self) -> SymbolicPast:
        """The data that the model's newest version was made of."""
        return SymbolicPast("last", self._name, self._kinds)

    @property
    def baseline(self) -> SymbolicPast:
        """The held rows that the version in production is watched against: its features."""
        return SymbolicPast("baseline", self._name, self._kinds)

    def column(self, name: str) -> SymbolicColumn:
        """The column of a field or derived field."""
        if name not in self._kinds:
            raise _unknown_field(name, self._name, self._kinds)
        return SymbolicColumn(name, self._kinds[name])

    def correlation(self, one: str, other: str) -> Symbol:
        """Pearson's correlation of two columns of numbers, over the rows that have both: -1 to 1."""
        for name in (one, other):
            if name not in self._kinds:
                raise _unknown_field(name, self._name, self._kinds)
            _checked(statistic_kind, "correlation", self._kinds[name])
        return Symbol(Statistic("correlation", one, other), "float")


def _checked(function: Any, *arguments: Any) -> Any:
    """Run a check of kinds; its error gets the user's file and line."""
    try:
        return function(*arguments)
    except ContractError as wrong:
        raise error_here(wrong.message, hint=wrong.hint) from None


def _unknown_field(name: str, contract: str, kinds: Mapping[str, Kind]) -> ContractError:
    close = difflib.get_close_matches(name, kinds, 1)
    form = f'write "{close[0]}"' if close else "fields and derived fields above it are: " + ", ".join(kinds)
    return error_here(f'{contract} has no field "{name}"', hint=form)


def _no_level(allowed: tuple[str, ...], value: Any) -> ContractError:
    close = difflib.get_close_matches(str(value), allowed, 1)
    form = f'write "{close[0]}"' if close else "allowed are: " + ", ".join(allowed)
    return error_here(f'"{value}" is not one of the levels this field allows', hint=form)
