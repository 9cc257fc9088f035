"""What every flavor asks of matrices, files and classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from holdtrue.foundation import StoreDamaged, WrongUse

FIT_FIRST = "return what .fit(train.X, train.y) gives back"


def require_width(matrix: NDArray[np.float64], width: int) -> None:
    """Raise WrongUse unless the matrix has two axes and this many columns."""
    if matrix.ndim != 2 or matrix.shape[1] != width:
        shape = " x ".join(str(side) for side in matrix.shape)
        raise WrongUse(f"the model takes {width} columns, and was given {shape or 'a single number'}")


def file_of(files: Mapping[str, bytes], name: str) -> bytes:
    """Return the file of that name, or raise StoreDamaged."""
    try:
        return files[name]
    except KeyError:
        held = ", ".join(sorted(files)) or "nothing"
        raise StoreDamaged(f"the version's model lacks the file {name} (it holds {held})") from None


def root_modules(model: object, library: str) -> list[type]:
    """Return the classes among the object's ancestors that a library defines; imports nothing.

    Example:
        >>> root_modules(1.5, "builtins")
        [<class 'float'>, <class 'object'>]
    """
    return [cls for cls in type(model).__mro__ if cls.__module__.split(".")[0] == library]


def same_predictions(kind: str, before: NDArray[np.float64], after: NDArray[np.float64], *, tolerance: float) -> None:
    """Raise WrongUse unless the stored model predicts what the trained one does.

    Args:
        kind: the model's class, for the message.
        before: predictions (n,) of what the training function returned.
        after: predictions (n,) of what was stored and loaded.
        tolerance: largest relative difference allowed; 0 asks for the same bits.
    """
    if before.ndim != 1 or before.shape != after.shape:
        raise WrongUse(f"the {kind} gives predictions of shape {before.shape}: a version serves one number a row")
    same = np.isclose(before, after, rtol=tolerance, atol=0.0, equal_nan=True)
    if not same.all():
        row = int(np.argmin(same))
        raise WrongUse(
            f"the {kind} does not survive storing: row {row + 1} of the sample gave {before[row]!r} before "
            f"and {after[row]!r} after",
            hint="return the fitted model itself, without patches of your own",
        )
