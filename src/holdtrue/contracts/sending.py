"""Rows of a table as a client would send them: each value of its field's kind, whatever its file spells."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import polars as pl

from holdtrue.contracts.frame_decoding import Spelling, decode_field
from holdtrue.contracts.plain_values import column_values
from holdtrue.contracts.spec import ContractSpec
from holdtrue.media import MEDIA


def rows_to_send(spec: ContractSpec, frame: pl.DataFrame, spelling: Spelling) -> list[dict[str, Any]]:
    """Return a table's rows, decoded by the contract's spelling of values.

    A value that is none of its field's kind stays as it is, for the contract to refuse; so does a column that the
    contract does not name. Bytes of media go as base64, and their figures, where a table has those, as an object.

    Example:
        >>> from holdtrue.contracts.spec import FieldSpec
        >>> spec = ContractSpec(name="Sale", fields=(FieldSpec(name="beds", kind="int"),))
        >>> rows_to_send(spec, pl.DataFrame({"beds": ["3", "many", ""]}), "csv")
        [{'beds': 3}, {'beds': 'many'}, {'beds': None}]
    """
    columns = {name: column_values(frame[name]) for name in frame.columns}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for field in spec.fields:
        if field.name not in frame.columns:
            continue
        if field.kind in MEDIA:
            for row in rows:
                if isinstance(row[field.name], bytes):
                    row[field.name] = b64encode(row[field.name]).decode()
            continue
        plan = decode_field(field, frame.schema[field.name], spelling)
        present = plan.value.is_not_null() if plan.present is None else plan.present
        decoded = frame.select(value=plan.value, present=present)
        for row, (value, there) in zip(rows, decoded.iter_rows(), strict=True):
            if value is not None or not there:
                row[field.name] = value
    return rows
