"""holdtrue keeps machine-learning models true in production.

The names that a project writes. Each is imported when it is first used: `import holdtrue` itself loads no NumPy, no
Polars and no model library.

Example:
    >>> import holdtrue as ht
    >>> print(ht.metric("mae") < 25_000)
    mae < 25,000
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdtrue.contracts import (
        Audio,
        Bool,
        Category,
        Contract,
        Date,
        DateTime,
        Embedding,
        Float,
        Image,
        Int,
        Key,
        List,
        Severity,
        Text,
        Video,
        bounds,
        derive,
        fall_back,
        field,
        replace,
        rule,
        table_test,
    )
    from holdtrue.foundation import errors
    from holdtrue.gates import metric, no_worse_than, overfit, same_reasons_as, underfit
    from holdtrue.policies import (
        Degraded,
        Drift,
        Every,
        NewData,
        ReasonsChanged,
        TableTestFails,
        accept,
        alert,
        retrain,
        rollback,
    )
    from holdtrue.project import Model, Params, Rows, files, served
    from holdtrue.web import compare

_HOMES = {
    "holdtrue.contracts": (
        *("Contract", "Int", "Float", "Bool", "Category", "Text", "Key", "Date", "DateTime", "List", "Embedding"),
        *("Image", "Audio", "Video", "Severity"),
        *("bounds", "derive", "fall_back", "field", "replace", "rule", "table_test"),
    ),
    "holdtrue.foundation": ("errors",),
    "holdtrue.gates": ("metric", "no_worse_than", "overfit", "same_reasons_as", "underfit"),
    "holdtrue.policies": (
        "Degraded",
        "Drift",
        "Every",
        "NewData",
        "ReasonsChanged",
        "TableTestFails",
        "accept",
        "alert",
        "retrain",
        "rollback",
    ),
    "holdtrue.project": ("Model", "Params", "Rows", "files", "served"),
    "holdtrue.web": ("compare",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Audio",
    "Bool",
    "Category",
    "Contract",
    "Date",
    "DateTime",
    "Degraded",
    "Drift",
    "Embedding",
    "Every",
    "Float",
    "Image",
    "Int",
    "Key",
    "List",
    "Model",
    "NewData",
    "Params",
    "ReasonsChanged",
    "Rows",
    "Severity",
    "TableTestFails",
    "Text",
    "Video",
    "accept",
    "alert",
    "bounds",
    "compare",
    "derive",
    "errors",
    "fall_back",
    "field",
    "files",
    "metric",
    "no_worse_than",
    "overfit",
    "replace",
    "retrain",
    "rollback",
    "rule",
    "same_reasons_as",
    "served",
    "table_test",
    "underfit",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'holdtrue' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value  # next time it is found without this function
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
