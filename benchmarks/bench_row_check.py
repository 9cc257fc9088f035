"""One live row, from JSON bytes to verdict: holdtrue's contract beside pydantic 2 and bare msgspec.

Twelve fields with the same types and limits for all. The second table adds what only holdtrue and pydantic can be
asked for: two rules between fields and a derived field. Refused rows have one, two or five broken fields; holdtrue and
pydantic list each with a message, msgspec stops at the first.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
import pydantic
from measuring import Result, pin, print_machine, print_results, seconds

import holdtrue as ht
from holdtrue.contracts import RowChecker

GOOD = (
    b'{"yrbuilt": 1951, "stories": "one", "area": 1200, "wall": "wood", "beds": 3, "baths": 1, "frontage": 60.0,'
    b' "garage": "attached", "garagesqft": 400, "rooms": 6, "lotsize": 7200, "sdate": "1996-07-01"}'
)
ONE_BROKEN = GOOD.replace(b'"beds": 3', b'"beds": -8')
TWO_BROKEN = ONE_BROKEN.replace(b'"attached"', b'"boathouse"')
FIVE_BROKEN = TWO_BROKEN.replace(b"7200", b"0").replace(b"1951", b"1500").replace(b'"one"', b'"seven"')

Stories = Literal["one", "one+half", "two", "two+half", "three"]
Wall = Literal["wood", "brick", "partbrk", "metlvnyl", "stone"]
Garage = Literal["no garage", "attached", "detached", "basement", "carport"]


class Fields(ht.Contract):
    """Twelve fields with their limits."""

    yrbuilt: ht.Int = ht.field(ge=1700, le=2100)
    stories: ht.Category = ht.field(allowed=["one", "one+half", "two", "two+half", "three"])
    area: ht.Int = ht.field(gt=0, le=20_000)
    wall: ht.Category = ht.field(allowed=["wood", "brick", "partbrk", "metlvnyl", "stone"])
    beds: ht.Int = ht.field(ge=0, le=20)
    baths: ht.Int = ht.field(ge=0, le=20)
    frontage: ht.Float = ht.field(ge=0, le=10_000)
    garage: ht.Category = ht.field(allowed=["no garage", "attached", "detached", "basement", "carport"])
    garagesqft: ht.Int = ht.field(ge=0, le=10_000)
    rooms: ht.Int = ht.field(ge=1, le=40)
    lotsize: ht.Int = ht.field(gt=0)
    sdate: ht.Date


class Ruled(Fields):
    """The same with a derived field and two rules."""

    @ht.derive
    def age(row: Any) -> Any:  # noqa: N805
        return row.sdate.year() - row.yrbuilt

    @ht.rule
    def sold_after_it_was_built(row: Any) -> Any:  # noqa: N805
        return row.yrbuilt <= row.sdate.year()

    @ht.rule
    def no_garage_has_no_area(row: Any) -> Any:  # noqa: N805
        return (row.garage != "no garage") | (row.garagesqft == 0)


class PydanticFields(pydantic.BaseModel):
    """The same twelve fields."""

    yrbuilt: Annotated[int, pydantic.Field(ge=1700, le=2100)]
    stories: Stories
    area: Annotated[int, pydantic.Field(gt=0, le=20_000)]
    wall: Wall
    beds: Annotated[int, pydantic.Field(ge=0, le=20)]
    baths: Annotated[int, pydantic.Field(ge=0, le=20)]
    frontage: Annotated[float, pydantic.Field(ge=0, le=10_000)]
    garage: Garage
    garagesqft: Annotated[int, pydantic.Field(ge=0, le=10_000)]
    rooms: Annotated[int, pydantic.Field(ge=1, le=40)]
    lotsize: Annotated[int, pydantic.Field(gt=0)]
    sdate: dt.date


class PydanticRuled(PydanticFields):
    """The same rules, as pydantic's own validator in Python; the derived field is computed there."""

    age: int = 0

    @pydantic.model_validator(mode="after")
    def rules(self) -> PydanticRuled:
        """Judge the two rules and work out the derived field."""
        if self.yrbuilt > self.sdate.year:
            raise ValueError(f"sold in {self.sdate.year}, before it was built")
        if self.garage == "no garage" and self.garagesqft != 0:
            raise ValueError("no garage, but it has an area")
        self.age = self.sdate.year - self.yrbuilt
        return self


class MsgspecFields(msgspec.Struct):
    """The same twelve fields."""

    yrbuilt: Annotated[int, msgspec.Meta(ge=1700, le=2100)]
    stories: Stories
    area: Annotated[int, msgspec.Meta(gt=0, le=20_000)]
    wall: Wall
    beds: Annotated[int, msgspec.Meta(ge=0, le=20)]
    baths: Annotated[int, msgspec.Meta(ge=0, le=20)]
    frontage: Annotated[float, msgspec.Meta(ge=0, le=10_000)]
    garage: Garage
    garagesqft: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    rooms: Annotated[int, msgspec.Meta(ge=1, le=40)]
    lotsize: Annotated[int, msgspec.Meta(gt=0)]
    sdate: dt.date


def pydantic_errors(model: type[pydantic.BaseModel], body: bytes) -> list[str]:
    """Give pydantic's verdict: its messages, or none."""
    try:
        model.model_validate_json(body)
    except pydantic.ValidationError as wrong:
        return [each["msg"] for each in wrong.errors(include_url=False)]
    return []


def msgspec_errors(decoder: msgspec.json.Decoder[MsgspecFields], body: bytes) -> list[str]:
    """Give msgspec's verdict: its first message, or none."""
    try:
        decoder.decode(body)
    except msgspec.ValidationError as wrong:
        return [str(wrong)]
    return []


def compared(
    title: str, body: bytes, contract: type[ht.Contract], model: type[pydantic.BaseModel], *, bare: bool
) -> None:
    """Time one row with each and print it."""
    checker = RowChecker(contract.spec)
    decoder = msgspec.json.Decoder(MsgspecFields)
    found = len(checker.check_json(body)[0].failures)
    assert found == len(pydantic_errors(model, body)), "both must find the same"
    options = {"repeats": 15, "calls": 10_000 if found == 0 else 2_000}
    results = [
        Result("holdtrue", seconds(lambda: checker.check_json(body), **options)),
        Result("pydantic", seconds(lambda: pydantic_errors(model, body), **options)),
    ]
    if bare:
        results.append(Result("msgspec", seconds(lambda: msgspec_errors(decoder, body), **options)))
    print_results(title, results, "pydantic", unit="us", digits=2)


def main() -> None:
    """Compare and print."""
    pin(0)
    print_machine("pydantic", "msgspec")
    compared("a good row, 12 fields", GOOD, Fields, PydanticFields, bare=True)
    compared("a good row, 12 fields, 2 rules, 1 derived field", GOOD, Ruled, PydanticRuled, bare=False)
    compared("a refused row, 1 of 12 fields broken", ONE_BROKEN, Fields, PydanticFields, bare=True)
    compared("a refused row, 2 of 12 fields broken", TWO_BROKEN, Fields, PydanticFields, bare=True)
    compared("a refused row, 5 of 12 fields broken", FIVE_BROKEN, Fields, PydanticFields, bare=True)


if __name__ == "__main__":
    main()
