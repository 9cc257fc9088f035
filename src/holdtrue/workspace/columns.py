"""Columns as a report draws them: each beside what it is compared with."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.profiles import ColumnProfile


class ColumnReport(Struct, frozen=True, kw_only=True):
    """One column of the accepted rows.

    Attributes:
        kind: of the field, as the contract says. unit: its unit.
        now: its profile. baseline: that of the baseline's rows; None where it has none.
        remarks: what else is to be said of it, a sentence each.
    """

    name: str
    kind: str
    unit: str = ""
    now: ColumnProfile
    baseline: ColumnProfile | None = None
    remarks: tuple[str, ...] = ()


class ColumnsReport(Struct, frozen=True, kw_only=True):
    """All columns, in the contract's order.

    Attributes:
        baseline_of: the version whose baseline they stand beside, such as `house-price:v3`; "": there is none.
        baseline_rows: rows that baseline was made of.
    """

    columns: tuple[ColumnReport, ...]
    baseline_of: str = ""
    baseline_rows: int = 0
