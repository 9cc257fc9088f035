"""The class a user subclasses; what it makes is a `ContractSpec`."""

from __future__ import annotations

import inspect
import traceback
from typing import Any, ClassVar, get_args, get_origin

from msgspec import Struct

from holdtrue.contracts.declarations import Derive, Function, Rule, TableTest, place_of
from holdtrue.contracts.expressions import (
    OF_VOLUME,
    Binary,
    Call,
    Constant,
    Expression,
    FieldRef,
    Kind,
    Statistic,
    nodes_of,
    reads_of,
    require_shallow,
)
from holdtrue.contracts.fields import LISTS, MARKERS, Declaration, List, Marker, field, field_spec
from holdtrue.contracts.places import Place, error_at, line_of, user_frame, user_place
from holdtrue.contracts.spec import ContractSpec, DeriveSpec, FieldSpec, RuleSpec, Severity, TableTestSpec, check_name
from holdtrue.contracts.symbols import Symbol, SymbolicRow, SymbolicTable
from holdtrue.foundation import ContractError, HoldtrueError

_KINDS = ", ".join(marker.__name__ for marker in MARKERS)


class Contract:
    """Tests of data, declared once: fields, derived fields, rules, table tests.

    Subclasses are read when they are made; what cannot be compiled raises a ContractError that names file, line and
    the form to write. A subclass of a contract has its parent's fields and tests too.

    Attributes:
        spec: the contract as data.

    Example:
        >>> from holdtrue.contracts import Contract, Int, field, rule
        >>> class House(Contract):
        ...     beds: Int = field(ge=0, le=20)
        ...     baths: Int
        ...     @rule
        ...     def some_room(row): return row.beds + row.baths > 0
        >>> [each.name for each in House.spec.fields], House.spec.rules[0].reads
        (['beds', 'baths'], ('beds', 'baths'))
    """

    spec: ClassVar[ContractSpec] = ContractSpec(name="Contract", fields=())

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.spec = _read(cls, user_place())


class _Parts(Struct):
    """A contract in the making: parts by name, in order; a subclass's part replaces its parent's."""

    name: str
    fields: dict[str, FieldSpec]
    derives: dict[str, DeriveSpec]
    rules: dict[str, RuleSpec]
    tests: dict[str, TableTestSpec]

    def kinds(self) -> dict[str, Kind]:
        derived = {derive.name: derive.kind for derive in self.derives.values()}
        return {each.name: each.kind for each in self.fields.values()} | derived

    def row(self) -> SymbolicRow:
        return SymbolicRow(self.name, self.kinds(), {each.name: each.allowed for each in self.fields.values()})


def _read(cls: type[Contract], place: Place) -> ContractSpec:
    parts = _Parts(cls.__name__, {}, {}, {}, {})
    for parent in reversed(cls.__mro__[1:]):
        spec = parent.__dict__.get("spec")
        if isinstance(spec, ContractSpec):
            parts.fields |= {part.name: part for part in spec.fields}
            parts.derives |= {part.name: part for part in spec.derives}
            parts.rules |= {part.name: part for part in spec.rules}
            parts.tests |= {part.name: part for part in spec.table_tests}
    _read_fields(cls, parts, place)
    members = cls.__dict__.items()
    for name, member in members:
        if isinstance(member, Derive):
            _checked_name(name, parts.fields, place_of(member.function))
            parts.derives[name] = _derive(name, member, parts)
    for name, member in members:
        if isinstance(member, Rule):
            parts.rules[name] = _rule(name, member, parts)
        elif isinstance(member, TableTest):
            parts.tests[name] = _table_test(name, member, parts)
    for each in parts.fields.values():
        if each.unique and f"{each.name}_unique" not in parts.tests:
            parts.tests[f"{each.name}_unique"] = unique_test(each)
    if not parts.fields:
        raise error_at(
            place, f"contract {cls.__name__} has no fields", hint="write such as: beds: ht.Int = ht.field(ge=0)"
        )
    return ContractSpec(
        name=cls.__name__,
        fields=tuple(parts.fields.values()),
        derives=tuple(parts.derives.values()),
        rules=tuple(parts.rules.values()),
        table_tests=tuple(parts.tests.values()),
    )


def _read_fields(cls: type[Contract], parts: _Parts, place: Place) -> None:
    frame = user_frame()
    scope = {} if frame is None else {**frame.f_globals, **frame.f_locals}
    own = inspect.get_annotations(cls)
    for name, annotation in own.items():
        if str(annotation).startswith("typing.ClassVar") or (isinstance(annotation, str) and "ClassVar" in annotation):
            continue
        where = line_of(place, cls.__name__, name)
        declared = cls.__dict__.get(name, field())
        if not isinstance(declared, Declaration):
            if isinstance(declared, (Derive, Rule, TableTest)):
                raise error_at(where, f"{name} is both a field and a function", hint="give the function another name")
            raise error_at(where, f"{name} = {declared!r} is no field", hint=f"write {name}: ht.Int = ht.field(...)")
        kind = _kind(name, annotation, scope, where)
        _checked_name(name, parts.derives, where)
        if name == "spec":
            raise error_at(where, "a field cannot be called spec", hint="the contract itself uses that name")
        parts.fields[name] = field_spec(name, kind, declared)
    for name, member in cls.__dict__.items():
        if isinstance(member, Declaration) and name not in own:
            raise error_at(member.place, f"{name} does not say its kind", hint=f"write {name}: ht.Int = ht.field(...)")


def _kind(name: str, annotation: Any, scope: dict[str, Any], place: Place) -> Kind:
    if isinstance(annotation, str):
        try:
            # An annotation kept as text by `from __future__ import annotations`: the user's own code, in its own scope.
            annotation = eval(annotation, scope)  # noqa: S307
        except (NameError, AttributeError, SyntaxError) as wrong:
            raise error_at(place, f"{name}: {annotation}: {wrong}", hint=f"kinds are {_KINDS}") from wrong
    if get_origin(annotation) is List and get_args(annotation)[0] in LISTS:
        return LISTS[get_args(annotation)[0]]
    if isinstance(annotation, type) and issubclass(annotation, Marker) and annotation not in (Marker, List):
        return annotation.kind
    if annotation is List or get_origin(annotation) is List:
        items = ", ".join(f"ht.List[ht.{item.__name__}]" for item in LISTS)
        raise error_at(place, f"{name}: a list says of what", hint=f"write one of {items}")
    shown = getattr(annotation, "__name__", annotation)
    close = {"int": "Int", "float": "Float", "bool": "Bool", "str": "Category", "date": "Date", "datetime": "DateTime"}
    form = f"write {name}: ht.{close.get(str(shown), 'Int')}; kinds are {_KINDS}; ht.field(null=True) allows null"
    raise error_at(place, f"{name}: {shown} is no kind of field", hint=form)


def _checked_name(name: str, taken: dict[str, Any], place: Place) -> None:
    try:
        check_name(name, taken)
    except ContractError as wrong:
        raise error_at(place, wrong.message, hint=wrong.hint) from wrong


def _derive(name: str, member: Derive, parts: _Parts) -> DeriveSpec:
    symbol = _called(name, member.function, parts.row())
    reads = reads_of(symbol.node)
    if not reads:
        raise error_at(
            place_of(member.function), f"{name} reads no field", hint="write such as: return row.rooms - row.beds"
        )
    return DeriveSpec(
        name=name, expression=symbol.node, kind=symbol.kind, doc=_first_line(member.function), reads=reads
    )


def _rule(name: str, member: Rule, parts: _Parts) -> RuleSpec:
    node = _verdict(name, member.function, parts.row())
    return RuleSpec(
        name=name,
        expression=node,
        severity=member.severity,
        message=_first_line(member.function),
        reads=reads_of(node),
        live=member.live,
    )


def counts_rows(expression: Expression) -> bool:
    """Say whether a table test reads figures that depend on how many rows there are."""
    return any(isinstance(each, Statistic) and each.statistic in OF_VOLUME for each in nodes_of(expression))


def unique_test(field: FieldSpec) -> TableTestSpec:
    """Return the test that a unique field brings with it: its values stand in a table only once."""
    return TableTestSpec(
        name=f"{field.name}_unique",
        expression=Binary("==", Statistic("duplicates", field.name), Constant("int", 0)),
        severity=field.severities.get("unique", Severity.REFUSE),
        message=f"{field.name} is there once",
        reads=(field.name,),
    )


def _table_test(name: str, member: TableTest, parts: _Parts) -> TableTestSpec:
    node = _verdict(name, member.function, SymbolicTable(parts.name, parts.kinds()))
    if member.live and any(isinstance(each, Statistic) and each.statistic == "orphans" for each in nodes_of(node)):
        hint = "other tables are read for whole tables alone: leave out live=True"
        raise error_at(place_of(member.function), f"{name} cannot be judged live", hint=hint)
    return TableTestSpec(
        name=name,
        expression=node,
        severity=member.severity,
        message=_first_line(member.function),
        live=member.live,
        window=member.window,
        volume=counts_rows(node) if member.volume is None else member.volume,
        reads=reads_of(node),
    )


def _verdict(name: str, function: Function, argument: Any) -> Expression:
    symbol = _called(name, function, argument)
    place = place_of(function)
    if symbol.kind != "bool":
        raise error_at(
            place, f"{name} gives {symbol.kind}, not a yes or no", hint="return a comparison, such as row.beds > 0"
        )
    if not any(isinstance(node, (FieldRef, Statistic, Call)) for node in nodes_of(symbol.node)):
        raise error_at(place, f"{name} reads nothing", hint="return a comparison, such as row.beds > 0")
    return symbol.node


def _called(name: str, function: Function, argument: Any) -> Symbol:
    """Call a user's function with the symbolic row; whatever goes wrong names file, line and what to write."""
    try:
        given = function(argument)
    except HoldtrueError:
        raise
    except Exception as wrong:
        # Any error of the user's own code: told as one of the contract, at the line where it happened.
        frames = traceback.extract_tb(wrong.__traceback__)
        file = place_of(function).file
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == file), None)
        place = Place(file, line) if line else place_of(function)
        message = f"{place}: {name} failed: {type(wrong).__name__}: {wrong}"
        raise ContractError(message, hint="a rule can use + - * / // %, comparisons, &, |, ~ and methods") from wrong
    if not isinstance(given, Symbol):
        what = "nothing" if given is None else repr(given)
        raise error_at(
            place_of(function),
            f"{name} returned {what}",
            hint="return a comparison of fields: row.a <= row.b",
        )
    try:
        require_shallow(given.node)
    except ContractError as wrong:
        raise error_at(place_of(function), f"{name}: {wrong.message}", hint=wrong.hint) from None
    return given


def _first_line(function: Function) -> str:
    return (inspect.getdoc(function) or "").strip().split("\n")[0].rstrip(".")
