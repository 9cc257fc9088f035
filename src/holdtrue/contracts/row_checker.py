"""The row compiler: a contract as one msgspec decoder and one generated function.

A row in which nothing is wrong goes the fast way: bytes -> struct -> function -> verdict. Anything else (a value
msgspec refuses, a warning, a broken rule) goes the slow way, which lists every failure; both give the same verdicts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from msgspec import Struct

from holdtrue.contracts.decoding import parse_datetime
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, ITEM_KINDS
from holdtrue.contracts.listing import BROKEN, FieldTests, listing_way
from holdtrue.contracts.lists import decoder_of
from holdtrue.contracts.media_reader import MediaReader
from holdtrue.contracts.media_values import require_media
from holdtrue.contracts.messages import Failure, no_row
from holdtrue.contracts.plain_values import shown
from holdtrue.contracts.python_compiler import compiled, to_python, variables_of
from holdtrue.contracts.row_tests import RowTest, breaks, field_tests, limit_value, matches, row_tests
from holdtrue.contracts.spec import ContractSpec, FieldSpec, LivePolicy, Severity, validate
from holdtrue.contracts.unread import Unread
from holdtrue.foundation import DataUnreadable
from holdtrue.media import MEDIA, ROW_SAMPLES, Allowance

_LONGEST_INTEGER = 1000


class Verdict(Struct, frozen=True):
    """What the tests say of one row.

    Attributes:
        row: decoded values, then derived fields; None if the row is refused.
        failures: every test not passed, in the contract's order.
        replaced: fields whose value failed a refusing test and was replaced, as their live policy says.
        fall_back: whether a live policy has the row answered by the model's fallback.
    """

    row: dict[str, Any] | None
    failures: tuple[Failure, ...] = ()
    replaced: tuple[str, ...] = ()
    fall_back: bool = False

    @property
    def refused(self) -> bool:
        """Whether a test of severity `refuse` was not passed."""
        return self.row is None

    @property
    def warnings(self) -> tuple[Failure, ...]:
        """What is to be said of a row that was answered nonetheless."""
        if self.row is not None:
            return self.failures
        return tuple(failure for failure in self.failures if failure.severity is not Severity.REFUSE)


class TooManyRows(DataUnreadable):
    """More rows at once than are taken."""

    code = "too-many-rows"


class RowChecker:
    """Judges rows one by one, as JSON or as Python values. Safe to share between threads.

    Args:
        spec: the contract; of live rows, `contract.spec.live(target)`.
        live: whether rows that would be refused get what the tests' live policies say, and of media no more is
            decoded than a live request may ask for.

    Raises:
        ContractError: the contract cannot be compiled.
        MissingExtra: a library is not installed that reads images, audio or video.
    """

    def __init__(self, spec: ContractSpec, *, live: bool = False) -> None:
        validate(spec)
        require_media(spec)
        self._live = live
        self._has_media = any(field.kind in MEDIA for field in spec.fields)
        self.spec = spec
        tests = row_tests(spec)
        self._policies = {test.id: test.live for test in tests if test.live is not None} if live else {}
        self._tests = {test.id: test for test in tests}
        self._order = {name: place for place, name in enumerate(self._tests)}
        # Numbered, and named for JSON alone: Python takes some different names for one (µ and μ).
        members = [_member(field, f"f{place}") for place, field in enumerate(spec.fields)]
        self._names = tuple(field.name for field in spec.fields)
        record = msgspec.defstruct("Row", members, frozen=True, kw_only=True, gc=False)
        self._one: msgspec.json.Decoder[Any] = msgspec.json.Decoder(record)
        self._many: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]
        self._fast: Callable[[Any, MediaReader | None], Verdict | None] = _fast_way(spec)
        fields = [FieldTests(field, decoder_of(field), *_by_what(field)) for field in spec.fields]
        self._listing = listing_way(spec, fields)

    @property
    def has_policies(self) -> bool:
        """Whether some row that fails a refusing test may be answered nonetheless."""
        return bool(self._policies)

    def check_json(self, body: bytes, most: int | None = None) -> list[Verdict]:
        """Judge one row (an object) or several (a list of objects).

        A row with a value that cannot be read (half a surrogate pair, bytes that are not UTF-8, a number without end)
        is refused by itself, as any other that the contract does not take.

        Args:
            body: JSON in UTF-8. most: so many rows there may be; None: any number.

        Raises:
            DataUnreadable: the body is not JSON, or neither an object nor a list.
            TooManyRows: there are more than `most`; none was judged.
            TooMuchMedia: more is to be decoded than for one live request.
        """
        media = self._reader()
        many = body.lstrip()[:1] == b"["
        try:
            rows = self._many.decode(body) if many else (self._one.decode(body),)
        except RecursionError as wrong:
            _unreadable(wrong)
        except ValueError:  # msgspec's own errors, and text that is not UTF-8
            return self._each(body, most, media) if many else [self._slow_json(body, media)]
        _limit(rows, most)
        fast = self._fast
        return [fast(row, media) or self._judged(self._named(row), media) for row in rows]

    def check(self, raw: Mapping[str, Any]) -> Verdict:
        """Judge one row of values as JSON or Python gives them; fields the contract does not name are ignored.

        Raises:
            TooMuchMedia: more is to be decoded than for one live request.
        """
        return self._judged(raw, self._reader())

    def check_rows(self, rows: Iterable[Mapping[str, Any]]) -> list[Verdict]:
        """Judge rows that come in one request, as `check` does one.

        Raises:
            TooMuchMedia: more is to be decoded than for one live request.
        """
        media = self._reader()
        return [self._judged(row, media) for row in rows]

    def _reader(self) -> MediaReader | None:
        """Return what reads the media of one request."""
        if not self._has_media:
            return None
        return MediaReader(ROW_SAMPLES, Allowance().spend) if self._live else MediaReader()

    def _judged(self, raw: Mapping[str, Any], media: MediaReader | None) -> Verdict:
        row, failures = self._listing(raw, media)
        if not any(failure.severity is Severity.REFUSE for failure in failures):
            return Verdict(row, tuple(failures))
        return self._settled(raw, row, failures, media) if self._policies else Verdict(None, tuple(failures))

    def _settled(
        self, raw: Mapping[str, Any], row: dict[str, Any], failures: list[Failure], media: MediaReader | None
    ) -> Verdict:
        """Do for a row that would be refused what its tests' policies say; refuse it if one of them has none."""
        found, left = failures, [each for each in failures if each.severity is Severity.REFUSE]
        values = self._replacements(left)
        if values:
            row, again = self._listing({**raw, **values}, media)
            mended = [each for each in failures if self._field_of(each) in values]
            known = {each.test for each in mended}
            found = mended + [each for each in again if each.test not in known]
            found.sort(key=lambda failure: self._order[failure.test])
            left = [each for each in again if each.severity is Severity.REFUSE]
        if all(each.test in self._policies for each in left):
            return Verdict(row, tuple(found), tuple(values), bool(left))
        return Verdict(None, tuple(failures))

    def _replacements(self, refusing: Sequence[Failure]) -> dict[str, Any]:
        """Return what replaces the values of those fields all of whose refusing failures ask for it."""
        asked: dict[str, list[LivePolicy | None]] = {}
        for failure in refusing:
            asked.setdefault(self._field_of(failure), []).append(self._policies.get(failure.test))
        asked.pop("", None)  # rules
        return {
            name: policies[0].value
            for name, policies in asked.items()
            if policies[0] is not None and all(each is not None and each.action == "replace" for each in policies)
        }

    def _field_of(self, failure: Failure) -> str:
        """Return the field whose own test failed; empty for a rule."""
        test = self._tests[failure.test]
        return test.name if test.rule is None else ""

    def _each(self, body: bytes, most: int | None, media: MediaReader | None) -> list[Verdict]:
        """Judge a list in which some row is refused by the decoder: only those rows go the slow way."""
        try:
            parts = msgspec.json.decode(body, type=list[msgspec.Raw])
        except RecursionError as wrong:
            _unreadable(wrong)
        except ValueError as wrong:
            # Half a surrogate pair keeps msgspec from finding where a row ends.
            rows = _tolerant_json(body, wrong)
            _limit(rows, most)
            return [self._listed(row, media) for row in rows]
        _limit(parts, most)
        verdicts = []
        for part in parts:
            try:
                row = self._one.decode(part)
            except (ValueError, RecursionError):
                verdicts.append(self._listed(_any_json(bytes(part)), media))
                continue
            verdicts.append(self._fast(row, media) or self._judged(self._named(row), media))
        return verdicts

    def _named(self, row: Any) -> dict[str, Any]:
        return dict(zip(self._names, msgspec.structs.astuple(row), strict=True))

    def _listed(self, raw: Any, media: MediaReader | None) -> Verdict:
        return self._judged(raw, media) if isinstance(raw, dict) else Verdict(None, (no_row(raw),))

    def _slow_json(self, body: bytes, media: MediaReader | None) -> Verdict:
        raw = _any_json(body)
        if isinstance(raw, dict):
            return self._judged(raw, media)
        raise DataUnreadable(f"{shown(raw)} is neither a row nor a list of rows", hint='send {"field": value, ...}')


def _limit(rows: Sequence[Any], most: int | None) -> None:
    if most is not None and len(rows) > most:
        raise TooManyRows(f"{len(rows):,} rows at once, {most:,} are taken", hint="send them in several requests")


def _by_what(field: FieldSpec) -> tuple[dict[str, RowTest], list[RowTest], list[RowTest]]:
    """Part a field's tests as the slow way needs them: of presence and type, refusing, warning."""
    tests = field_tests(field)
    first = {test.what: test for test in tests if test.what in ("missing", "null", "type")}
    rest = [test for test in tests if test.what not in first]
    return first, [test for test in rest if not test.soft], [test for test in rest if test.soft]


def _any_json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except RecursionError as wrong:
        _unreadable(wrong)
    except ValueError as wrong:
        return _tolerant_json(body, wrong)


def _tolerant_json(body: bytes, refused: ValueError) -> Any:
    """Read what msgspec refuses and the contract must name: numbers beyond double precision, text that is none."""
    try:
        text = body.decode("utf-8", "surrogateescape")
        return json.loads(text, parse_constant=_no_constant, parse_int=_integer)
    except (ValueError, RecursionError):
        _unreadable(refused)


def _integer(text: str) -> int | float:
    # Python turns no more than 4,300 digits into an integer; no field takes one so long.
    return int(text) if len(text) <= _LONGEST_INTEGER else float(text)


def _no_constant(name: str) -> NoReturn:
    raise DataUnreadable(f"the body is not JSON: {name}", hint="write null for a missing number")


def _unreadable(wrong: Exception) -> NoReturn:
    hint = "send one object, or a list of objects, in UTF-8; write null for a missing number"
    raise DataUnreadable(f"the body is not JSON: {wrong}", hint=hint) from wrong


def _member(field: FieldSpec, variable: str) -> Any:
    """Return the msgspec field that lets through exactly the values that pass the refusing tests it can express."""
    kind = _type_of(field)
    if field.null:
        return variable, kind | None, msgspec.field(name=field.name, default=None)
    return variable, kind, msgspec.field(name=field.name)


def _type_of(field: FieldSpec) -> Any:
    limits = field.refuse
    kind: Any
    if field.kind in ITEM_KINDS:
        item = FieldSpec(name="", kind=ITEM_KINDS[field.kind]) if field.items is None else field.items
        low, high = (field.min_length, field.max_length) if field.length is None else (field.length, field.length)
        inner = _type_of(item) | None if item.null else _type_of(item)
        return Annotated[list[inner], msgspec.Meta(min_length=low, max_length=high)]  # type: ignore[valid-type]
    if field.kind == "int":
        low = max(INT_MIN, *(_whole(limits.ge, 0), _whole(limits.gt, 1)))
        high = min(INT_MAX, *(_whole(limits.le, 0, INT_MAX), _whole(limits.lt, -1, INT_MAX)))
        kind = Annotated[int, msgspec.Meta(ge=low, le=high)]
    elif field.kind == "float":
        given = {side: limit for side in BROKEN if (limit := getattr(limits, side)) is not None}
        kind = Annotated[float, msgspec.Meta(**_one_a_side(given))] if given else float
    elif field.kind == "category" and field.allowed is not None:
        kind = Literal[field.allowed]
    else:
        kind = {"bool": bool, "date": dt.date, "key": str | int}.get(field.kind, str)
    return kind


def _whole(limit: Any, step: int, default: int = INT_MIN) -> int:
    return default if limit is None else limit + step


def _one_a_side(given: dict[str, Any]) -> dict[str, Any]:
    """Keep the tighter of two limits on one side: msgspec takes only one."""
    kept = dict(given)
    if "ge" in kept and "gt" in kept:
        kept.pop("ge" if kept["gt"] >= kept["ge"] else "gt")
    if "le" in kept and "lt" in kept:
        kept.pop("le" if kept["lt"] <= kept["le"] else "lt")
    return kept


def _fast_way(spec: ContractSpec) -> Callable[[Any, MediaReader | None], Verdict | None]:
    """Generate the function of a decoded row and of what reads its media that gives its verdict, or None if anything at
    all is to be reported."""
    kinds = spec.kinds
    variables = variables_of(kinds)
    nullable = {field.name for field in spec.fields if field.null}
    names: dict[str, Any] = {"Verdict": Verdict, "parse_datetime": parse_datetime, "matches": matches, "breaks": breaks}
    names["Unread"] = Unread
    lines = ["def check(row, media):"]
    for field in spec.fields:
        lines += _field_lines(field, variables[field.name], names)
    for index, derive in enumerate(spec.derives):
        source = to_python(derive.expression, kinds, variables, nullable=nullable, prefix=f"d{index}_")
        names |= source.names
        if source.nullable:
            nullable.add(derive.name)
        lines += [f"    {statement}" for statement in source.statements]
        lines.append(f"    {variables[derive.name]} = {source.text}")
    for index, rule in enumerate(spec.rules):
        source = to_python(rule.expression, kinds, variables, nullable=nullable, prefix=f"r{index}_")
        names |= source.names
        lines += [f"    {statement}" for statement in source.statements]
        broken = f"{source.text} is False" if source.nullable else f"not {source.text}"
        lines.append(f"    if {broken}:\n        return None")
    pairs = ", ".join(f"{name!r}: {variable}" for name, variable in variables.items())
    lines.append(f"    return Verdict({{{pairs}}}, ())")
    function: Callable[[Any, MediaReader | None], Verdict | None] = compiled("check", "\n".join(lines), names)
    return function


def _field_lines(field: FieldSpec, variable: str, names: dict[str, Any]) -> list[str]:
    """Write what msgspec has not tested: warnings, patterns, lengths, limits of dates, times as text."""
    lines = [f"    {variable} = row.{variable}"]
    if field.kind == "datetime":
        parsed = f"    {variable} = parse_datetime({variable})\n    if {variable} is None:\n        return None"
        lines.append(f"    if {variable} is not None:\n{_indented(parsed)}" if field.null else parsed)
    if field.kind == "key":
        lines.append(f"    if {variable}.__class__ is int:\n        {variable} = str({variable})")
    if field.kind in MEDIA:
        read = f"    {variable} = media.read({field.kind!r}, {variable})\n    if {variable}.__class__ is Unread:"
        read += "\n        return None"
        lines.append(f"    if {variable} is not None:\n{_indented(read)}" if field.null else read)
    by_msgspec = field.kind in ("int", "float")
    conditions = []
    for index, test in enumerate(field_tests(field)):
        constant = f"l_{variable}_{index}"
        if test.item:
            if not _in_decoder(test):
                names[constant] = test
                conditions.append(f"breaks({constant}, {variable})")
        elif test.what == "seen" and test.limit is not None:
            names[constant] = frozenset(test.limit)
            conditions.append(f"{variable} not in {constant}")
        elif test.what in BROKEN and (test.soft or not by_msgspec):
            limit = limit_value(test)
            if isinstance(limit, dt.date):
                names[constant] = limit
            conditions.append(f"{variable} {BROKEN[test.what]} {constant if constant in names else repr(limit)}")
        elif test.what == "pattern":
            conditions.append(f"not matches({test.limit!r}, {variable})")
        elif test.what in ("min_length", "max_length"):
            conditions.append(f"len({variable}) {'<' if test.what == 'min_length' else '>'} {test.limit}")
    if conditions:
        present = f"{variable} is not None and " if field.null else ""
        lines.append(f"    if {present}({' or '.join(conditions)}):\n        return None")
    return lines


def _in_decoder(test: RowTest) -> bool:
    """Whether msgspec refuses an item that breaks the test."""
    kind = "" if test.field is None else test.field.kind
    if test.what == "allowed":
        return True
    return test.what in BROKEN and not test.soft and kind in ("int", "float")


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))
