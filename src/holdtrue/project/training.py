"""The user's training function: its form checked when declared, its failures told with file and line."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from holdtrue.foundation import HoldtrueError, ProjectBroken
from holdtrue.project.params import Params
from holdtrue.project.places import defined_at
from holdtrue.project.rows import Rows

_FORM = "write def fit(train, valid, params), or leave the last ones out"


class Training:
    """A training function that takes the first `count` of train, valid and params."""

    def __init__(self, function: Callable[..., Any], count: int, place: str) -> None:
        self.function = function
        self.place = place
        self._count = count

    def call(self, train: Rows, valid: Rows, params: Params) -> Any:
        """Return the fitted model.

        Raises:
            ProjectBroken: the function raised, ended the program, or returned nothing.
        """
        name = getattr(self.function, "__name__", "the training function")
        try:
            fitted = self.function(*(train, valid, params)[: self._count])
        except HoldtrueError:
            raise
        except SystemExit as ended:
            raise ProjectBroken(
                f"{_deepest(ended, self.place)}: {name} ended the program ({ended.code})",
                hint="take the call of exit out of it",
            ) from ended
        except Exception as error:
            where = _deepest(error, self.place)
            raise ProjectBroken(
                f"{where}: {name} failed: {type(error).__name__}: {error}", hint="mend it there"
            ) from error
        if fitted is None:
            raise ProjectBroken(
                f"{self.place}: {name} returned nothing", hint="end it with `return` and the fitted model"
            )
        return fitted


def training_of(function: Callable[..., Any]) -> Training:
    """Check that a function can be called with one, two or three of train, valid and params.

    Raises:
        ProjectBroken: it cannot.
    """
    place = defined_at(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise ProjectBroken(f"{place}: {function!r} cannot be called", hint=_FORM) from None
    places = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    needed = [each for each in places if each.default is each.empty]
    more = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    strict = [each for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty]
    if strict or len(needed) > 3 or not (places or more):
        raise ProjectBroken(f"{place}: {getattr(function, '__name__', function)} takes other arguments", hint=_FORM)
    return Training(function, 3 if more else min(len(places), 3), place)


def _deepest(error: BaseException, place: str) -> str:
    """Return the deepest line of the error in the training function's own file, with the file's name alone."""
    own = place.rpartition(":")[0]
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == own]
    return f"{PurePath(own).name}:{lines[-1]}" if lines else place
