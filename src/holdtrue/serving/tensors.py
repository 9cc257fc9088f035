"""Tensors of the Open Inference Protocol V2 (JSON) to rows and back: one tensor a field, of shape [n] or [n, 1].

| datatype | JSON values | goes to |
| --- | --- | --- |
| INT8 ... INT64, UINT8 ... UINT64 | whole numbers | int, float |
| FP16, FP32, FP64 | numbers | float; int if whole |
| BOOL | true, false | bool |
| BYTES | text | category, text, key; date and datetime in ISO form; image, audio and video in base64 |

A list or an embedding is a tensor of shape [n, k]: of k items in each row. `null` stands for a missing value. What a
field takes is judged by the contract, in the same words as anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import msgspec
from msgspec import Struct, field

from holdtrue.contracts import ITEM_KINDS, ContractSpec, shown
from holdtrue.foundation import DataUnreadable

_INTEGERS = {f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
_FLOATS = {"FP16", "FP32", "FP64"}
_KINDS = {"int": "INT64", "float": "FP64", "bool": "BOOL"}


class Tensor(Struct):
    """One input."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] = field(default_factory=dict)


class Wanted(Struct):
    """One output asked for."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


class InferRequest(Struct):
    """The body of a request to infer."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    outputs: list[Wanted] = field(default_factory=list)


_decoder = msgspec.json.Decoder(InferRequest)


def request_of(body: bytes) -> InferRequest:
    """Read the body of a request to infer.

    Raises:
        DataUnreadable: it is not one.
    """
    try:
        return _decoder.decode(body)
    except (ValueError, RecursionError) as wrong:  # msgspec's own errors, and text that is not UTF-8
        hint = 'send {"inputs": [{"name", "shape", "datatype", "data"}, ...]} with JSON data'
        raise DataUnreadable(f"this is no request to infer: {wrong}", hint=hint) from wrong


def rows_of(tensors: Sequence[Tensor], lists: Set[str] = frozenset()) -> list[dict[str, Any]]:
    """Return the rows that tensors stand for, values as the contract's row checker takes them.

    Args:
        lists: fields that hold lists, one of k items for each row of a tensor of shape [n, k].

    Raises:
        DataUnreadable: a tensor that is not of its own shape or datatype, twice there, or not as long as the others.

    Example:
        >>> rows_of([Tensor("beds", [2], "INT64", [3, 4]), Tensor("wall", [2, 1], "BYTES", [["wood"], ["brick"]])])
        [{'beds': 3, 'wall': 'wood'}, {'beds': 4, 'wall': 'brick'}]
        >>> rows_of([Tensor("vector", [2, 2], "FP64", [0.5, 1.5, 2.5, 3.5])], {"vector"})
        [{'vector': [0.5, 1.5]}, {'vector': [2.5, 3.5]}]
    """
    columns: dict[str, list[Any]] = {}
    for tensor in tensors:
        if tensor.name in columns:
            raise DataUnreadable(f"the tensor {tensor.name} is there twice", hint="send one for each field")
        columns[tensor.name] = _lists(tensor) if tensor.name in lists else _values(tensor)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        found = ", ".join(f"{name} {len(values)}" for name, values in columns.items()) or "no tensor"
        raise DataUnreadable(f"the tensors are not of one length: {found}", hint="send one value of each for each row")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def inputs_of(contract: ContractSpec) -> list[dict[str, Any]]:
    """Describe the tensors that a contract's fields take."""
    return [
        {
            "name": each.name,
            "datatype": _KINDS.get(ITEM_KINDS.get(each.kind, each.kind), "BYTES"),
            "shape": [-1, each.length or -1] if each.kind in ITEM_KINDS else [-1],
        }
        for each in contract.fields
    ]


def lists_of(contract: ContractSpec) -> frozenset[str]:
    """Return the names of the fields that hold lists."""
    return frozenset(each.name for each in contract.fields if each.kind in ITEM_KINDS)


def _values(tensor: Tensor) -> list[Any]:
    name, shape = tensor.name, tensor.shape
    if not (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)) or shape[0] < 0:
        raise DataUnreadable(f"the tensor {name} has the shape {shape}", hint="[n] or [n, 1] stands for n rows")
    values = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in tensor.data]
    if len(values) != shape[0]:
        message = f"the tensor {name} has {len(values)} values and the shape {shape}"
        raise DataUnreadable(message, hint="the shape says how many values follow")
    _require_datatype(tensor, values)
    return values


def _lists(tensor: Tensor) -> list[Any]:
    """Return a list for each row; the data may be nested as the shape says, or flat."""
    name, shape = tensor.name, tensor.shape
    if len(shape) != 2 or min(shape) < 0:
        raise DataUnreadable(f"the tensor {name} has the shape {shape}", hint="[n, k] stands for n lists of k items")
    rows, width = shape
    if any(isinstance(each, list) for each in tensor.data):
        nested = [each if isinstance(each, list) else [each] for each in tensor.data]
        flat = [item for each in nested for item in each]
        whole = len(nested) == rows and all(len(each) == width for each in nested)
    else:
        flat = tensor.data
        whole = len(flat) == rows * width
    if not whole:
        message = f"the tensor {name} has {len(flat)} values and the shape {shape}"
        raise DataUnreadable(message, hint="the shape says how many values follow")
    _require_datatype(tensor, flat)
    return [flat[row * width : (row + 1) * width] for row in range(rows)]


def _require_datatype(tensor: Tensor, values: Sequence[Any]) -> None:
    name = tensor.name
    fits = _fits(tensor.datatype, name)
    for place, value in enumerate(values, 1):
        if value is not None and type(value) not in fits:
            message = f"the tensor {name} is {tensor.datatype} and holds {shown(value)} at place {place}"
            raise DataUnreadable(message, hint="null stands for a missing value")


def _fits(datatype: str, name: str) -> tuple[type, ...]:
    if datatype in _INTEGERS:
        return (int,)
    if datatype in _FLOATS:
        return (int, float)
    if datatype == "BOOL":
        return (bool,)
    if datatype == "BYTES":
        return (str,)
    raise DataUnreadable(f"the tensor {name} has the unknown datatype {datatype!r}", hint="INT64, FP64, BOOL or BYTES")
