"""Parameters: asked for where they are used, recorded as asked, replaced from outside."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from msgspec import Struct

from holdtrue.foundation import WrongUse

Value = builtins.int | builtins.float | builtins.str | builtins.bool
_Choice = TypeVar("_Choice", builtins.int, builtins.float, builtins.str, builtins.bool)


class ParamSpec(Struct, frozen=True, kw_only=True):
    """One parameter as the training function asked for it: what a tuner may try, ready for JSON."""

    name: str
    kind: Literal["int", "float", "choice"]
    default: Value
    low: builtins.float | None = None
    high: builtins.float | None = None
    log: builtins.bool = False
    options: tuple[Value, ...] = ()


class Params:
    """What a training function asks its settings of; each name is a parameter of the model.

    Args:
        overrides: values that replace the defaults, by name; text is read as the kind asked for, so that a command
            line's values fit.
        seed: of the model, for whatever in training is random.

    Example:
        >>> params = Params({"trees": 300})
        >>> params.int("trees", 200, low=50, high=800), params.float("rate", 0.1, low=0.01, high=0.3)
        (300, 0.1)
        >>> params.values
        {'trees': 300, 'rate': 0.1}
    """

    def __init__(self, overrides: Mapping[str, Value] | None = None, *, seed: builtins.int = 0) -> None:
        self.seed = seed
        self._overrides = dict(overrides or {})
        self._asked: dict[str, ParamSpec] = {}
        self._values: dict[str, Value] = {}

    def int(
        self,
        name: str,
        default: builtins.int,
        *,
        low: builtins.int | None = None,
        high: builtins.int | None = None,
        log: bool = False,
    ) -> builtins.int:
        """Return a whole number.

        Args:
            name: what it is called on the command line and in reports.
            default: its value where none is given.
            low, high: the range a tuner may try, ends included; a given value must lie in it too.
            log: try it by its logarithm.

        Raises:
            WrongUse: a value that is no whole number or out of range, or the same name asked for otherwise before.
        """
        spec = ParamSpec(name=name, kind="int", default=default, low=low, high=high, log=log)
        given = self._overrides.get(name, default)
        try:
            value = builtins.int(given)
        except (ValueError, TypeError, OverflowError):
            raise self._unfit(spec, given, "a whole number") from None
        if isinstance(given, bool) or (isinstance(given, builtins.float) and given != value):
            raise self._unfit(spec, given, "a whole number")
        self._take(spec, value)
        return value

    def float(
        self,
        name: str,
        default: builtins.float,
        *,
        low: builtins.float | None = None,
        high: builtins.float | None = None,
        log: bool = False,
    ) -> builtins.float:
        """Return a number; arguments and errors as of `int`."""
        spec = ParamSpec(name=name, kind="float", default=default, low=low, high=high, log=log)
        given = self._overrides.get(name, default)
        try:
            value = builtins.float(given)
        except (ValueError, TypeError, OverflowError):
            raise self._unfit(spec, given, "a number") from None
        if isinstance(given, bool) or value != value:
            raise self._unfit(spec, given, "a number")
        self._take(spec, value)
        return value

    def choice(self, name: str, default: _Choice, options: Sequence[_Choice]) -> _Choice:
        """Return one of the options.

        Example:
            >>> Params().choice("boosting", "gbdt", ["gbdt", "dart"])
            'gbdt'
        """
        spec = ParamSpec(name=name, kind="choice", default=default, options=tuple(options))
        given = self._overrides.get(name, default)
        found = next((each for each in options if type(each) is type(given) and each == given), None)
        if found is None and isinstance(given, builtins.str):
            # A command line gives text: what reads the same is the same.
            found = next((each for each in options if given in _spellings(each)), None)
        if found is None:
            raise self._unfit(spec, given, f"one of {', '.join(map(repr, options))}")
        self._take(spec, found)
        return found

    @property
    def values(self) -> dict[str, Value]:
        """Every parameter asked for so far, with the value that was given."""
        return dict(self._values)

    @property
    def space(self) -> dict[str, ParamSpec]:
        """Every parameter asked for so far, as asked."""
        return dict(self._asked)

    def require_all_used(self) -> None:
        """Raise WrongUse if a value was given for a parameter that was never asked for: it is most likely misspelt."""
        unused = sorted(self._overrides.keys() - self._asked.keys())
        if unused:
            known = ", ".join(self._asked) or "none"
            raise WrongUse(
                f"no parameter is called {', '.join(unused)}", hint=f"the training function asks for: {known}"
            )

    def _take(self, spec: ParamSpec, value: Value) -> None:
        low, high = spec.low, spec.high
        limits = [limit for limit in (low, high) if limit is not None]
        if any(limit != limit for limit in limits) or (len(limits) == 2 and limits[0] > limits[1]):
            raise WrongUse(f'the parameter "{spec.name}" goes from {low} to {high}', hint="low must not be above high")
        if spec.log and not (low is not None and high is not None and low > 0):
            raise WrongUse(
                f'the parameter "{spec.name}" is tried by its logarithm', hint="give a low and a high, both above 0"
            )
        if not isinstance(value, builtins.str) and (
            (low is not None and value < low) or (high is not None and value > high)
        ):
            raise self._unfit(spec, value, f"from {_end(low)} to {_end(high)}")
        if self._asked.setdefault(spec.name, spec) != spec:
            raise WrongUse(
                f'the parameter "{spec.name}" is asked for twice, in two ways',
                hint="ask once and keep the value, or give the second another name",
            )
        self._values[spec.name] = value

    def _unfit(self, spec: ParamSpec, given: object, wanted: str) -> WrongUse:
        return WrongUse(f'parameter "{spec.name}" is {given!r}', hint=f"it must be {wanted}")


def _spellings(option: Value) -> tuple[str, ...]:
    """Return how a command line may write an option: true and True, 1 and 1.0."""
    if isinstance(option, bool):
        return str(option), str(option).lower()
    if isinstance(option, float) and option.is_integer():
        return str(option), str(int(option))
    return (str(option),)


def _end(limit: builtins.float | None) -> str:
    return "anything" if limit is None else f"{limit:,}"
