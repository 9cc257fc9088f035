"""Columns of other tables that a contract's tests refer to: the contract names them, whoever reads files gives them."""

from __future__ import annotations

import difflib

import polars as pl
from msgspec import Struct

from holdtrue.contracts.expression_text import statistic_name
from holdtrue.contracts.expressions import Kind, Statistic, nodes_of
from holdtrue.contracts.frame_decoding import Spelling, decode_column
from holdtrue.contracts.spec import ContractSpec
from holdtrue.foundation import DataUnreadable


class OtherColumn(Struct, frozen=True, kw_only=True):
    """A column of another table, by the name that the model declares the table under.

    Attributes:
        figure: the figure that needs it, as `TableFigures` calls it.
        kind: of the field whose values should be there.
    """

    figure: str
    table: str
    column: str
    kind: Kind


def other_columns(spec: ContractSpec) -> tuple[OtherColumn, ...]:
    """Return what a contract's table tests need of other tables, in their order."""
    found: dict[str, OtherColumn] = {}
    for test in spec.table_tests:
        for node in nodes_of(test.expression):
            if isinstance(node, Statistic) and node.statistic == "orphans":
                table, _, column = str(node.argument).partition(":")
                figure = statistic_name(node)
                found[figure] = OtherColumn(figure=figure, table=table, column=column, kind=spec.kinds[node.column])
    return tuple(found.values())


def keys_in(other: OtherColumn, frame: pl.DataFrame, spelling: Spelling) -> pl.Series:
    """Return the different values of a column, in the type of the field that refers to it.

    Raises:
        DataUnreadable: the table has no such column, or no value of it is of the field's kind.
    """
    if other.column not in frame.columns:
        close = difflib.get_close_matches(other.column, frame.columns, 1)
        raise DataUnreadable(
            f"the table {other.table} has no column {other.column}, to which {other.figure} refers",
            hint=f"did you mean {close[0]}?" if close else f"it has: {', '.join(frame.columns[:12])}",
        )
    # Under a name of our own: Polars takes a name such as ^i.*$ or * for several columns.
    found = frame.get_column(other.column).alias("found").to_frame()
    plan = decode_column("found", other.kind, found.schema["found"], spelling)
    keys = found.select(plan.value.alias("key")).to_series().drop_nulls().unique(maintain_order=True)
    if not keys.len() and frame[other.column].drop_nulls().len():
        raise DataUnreadable(
            f"no value of {other.column} in the table {other.table} is of the kind of the field that refers to it "
            f"({other.kind})",
            hint=f"give the field the kind of {other.table}'s column, or the column the kind of the field",
        )
    return keys
