"""Units that are taken for each other, and other ways in which numbers are written wrongly."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from holdtrue.monitors.diagnosis.rows import Floats

_PAIRS: tuple[tuple[str, str, float], ...] = (
    ("sq ft", "sq m", 0.09290304),
    ("ft", "m", 0.3048),
    ("in", "cm", 2.54),
    ("yd", "m", 0.9144),
    ("mi", "km", 1.609344),
    ("acre", "ha", 0.40468564),
    ("acre", "sq m", 4046.8564),
    ("acre", "sq ft", 43560.0),
    ("lb", "kg", 0.45359237),
    ("oz", "g", 28.349523),
    ("gal", "l", 3.7854118),
    ("psi", "kPa", 6.8947573),
    ("hp", "kW", 0.74569987),
    ("kcal", "kJ", 4.184),
    ("ft", "in", 12.0),
    ("m", "cm", 100.0),
    ("km", "m", 1000.0),
    ("m", "mm", 1000.0),
    ("kg", "g", 1000.0),
    ("l", "ml", 1000.0),
    ("kW", "W", 1000.0),
    ("h", "min", 60.0),
    ("min", "s", 60.0),
    ("h", "s", 3600.0),
    ("day", "h", 24.0),
    ("week", "day", 7.0),
    ("year", "month", 12.0),
    ("year", "day", 365.25),
    ("s", "ms", 1000.0),
    ("share", "%", 100.0),
    ("USD", "cents", 100.0),
    ("EUR", "cents", 100.0),
    ("rad", "degrees", 57.29578),
)
_TENS = (10.0, 100.0, 1000.0, 1e6)
_SPELLINGS = {
    "sq ft": ("sqft", "ft2", "ft²", "square feet", "square foot"),
    "sq m": ("sqm", "m2", "m²", "square metres", "square meters"),
    "ft": ("feet", "foot"),
    "in": ("inch", "inches"),
    "m": ("metre", "metres", "meter", "meters"),
    "cm": ("centimetres", "centimeters"),
    "mi": ("mile", "miles"),
    "km": ("kilometres", "kilometers"),
    "lb": ("lbs", "pound", "pounds"),
    "kg": ("kilogram", "kilograms"),
    "l": ("litre", "litres", "liter", "liters"),
    "gal": ("gallon", "gallons"),
    "h": ("hour", "hours", "hr"),
    "min": ("minute", "minutes"),
    "s": ("second", "seconds", "sec"),
    "ms": ("milliseconds",),
    "day": ("days",),
    "week": ("weeks",),
    "year": ("years",),
    "month": ("months",),
    "%": ("percent", "per cent"),
    "°C": ("celsius", "deg c", "degrees celsius"),
    "°F": ("fahrenheit", "deg f", "degrees fahrenheit"),
    "acre": ("acres",),
    "ha": ("hectare", "hectares"),
    "USD": ("$", "dollar", "dollars"),
    "EUR": ("€", "euro", "euros"),
}
_KNOWN = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit.lower(), *spellings)}


class Rewriting(Struct, frozen=True, kw_only=True):
    """A way in which values may have been written: `back` gives what they were, `stretch` the logarithm of |d back|.

    Attributes:
        kind: `unit`, `sign` or `scale`. words: what it is, beginning "as"; "" where only the factor is known.
        prior: logarithm of how likely it is beforehand. factor: what a value was multiplied by, else 0.
    """

    kind: str
    words: str
    prior: float
    back: Callable[[Floats], Floats]
    stretch: Callable[[Floats], Floats]
    factor: float = 0.0


def rewritings(unit: str, signed: bool) -> list[Rewriting]:
    """Return the ways in which a column of a unit may be written wrongly; `unit` is "" where none is declared.

    Args:
        signed: whether it matters which sign its values have.

    Example:
        >>> [each.words for each in rewritings("sq ft", signed=False) if abs(each.factor - 0.0929) < 1e-4]
        ['as sq m in place of sq ft']
    """
    own = _KNOWN.get(unit.strip().lower(), unit.strip())
    factors: dict[float, list[tuple[str, str]]] = {}
    for small, large, factor in _PAIRS:
        factors.setdefault(factor, []).append((small, large))
        factors.setdefault(1 / factor, []).append((large, small))
    for ten in _TENS:
        factors.setdefault(ten, [])
        factors.setdefault(1 / ten, [])
    found = []
    for factor, pairs in factors.items():
        fitting = [pair for pair in pairs if pair[0] == own]
        # Of a unit that is declared, others are unlikely; but the declaration may be loose.
        weight = 8.0 if fitting else 0.3 if own else 1.0
        found.append(_factor(factor, _words(fitting or ([] if own else pairs)), math.log(weight * 0.2 / len(factors))))
    for then, now, scale, offset in (
        ("°C", "°F", 1.8, 32.0),
        ("°F", "°C", 1 / 1.8, -32 / 1.8),
        ("°C", "K", 1.0, 273.15),
    ):
        weight = 8.0 if own == then else 0.3 if own else 1.0
        found.append(_affine(scale, offset, f"as {now} in place of {then}", math.log(weight * 0.005)))
    if signed:
        found.append(
            Rewriting(
                kind="sign",
                words="with the other sign",
                prior=math.log(0.05),
                back=np.negative,
                stretch=np.zeros_like,
                factor=-1.0,
            )
        )
    return [*found, _LOGARITHM, _DECADES, _POWER]


def _factor(factor: float, words: str, prior: float) -> Rewriting:
    return Rewriting(
        kind="unit",
        words=words,
        prior=prior,
        back=lambda values: values / factor,
        stretch=lambda values: np.full(values.shape, -math.log(factor)),
        factor=factor,
    )


def _affine(scale: float, offset: float, words: str, prior: float) -> Rewriting:
    return Rewriting(
        kind="unit",
        words=words,
        prior=prior,
        back=lambda values: (values - offset) / scale,
        stretch=lambda values: np.full(values.shape, -math.log(scale)),
    )


def _exp(values: Floats) -> Floats:
    return np.exp(np.clip(values, -500, 500))


_LOGARITHM = Rewriting(
    kind="scale",
    words="as their natural logarithms",
    prior=math.log(0.01),
    back=_exp,
    stretch=lambda values: np.clip(values, -500, 500),
)
_DECADES = Rewriting(
    kind="scale",
    words="as their logarithms to base 10",
    prior=math.log(0.005),
    back=lambda values: _exp(values * math.log(10)),
    stretch=lambda values: np.clip(values * math.log(10), -500, 500) + math.log(math.log(10)),
)
_POWER = Rewriting(
    kind="scale",
    words="as they were before the logarithm was taken",
    prior=math.log(0.005),
    back=lambda values: np.log(np.maximum(values, 1e-300)),
    stretch=lambda values: np.where(values > 0, -np.log(np.maximum(values, 1e-300)), -700.0),
)


def _words(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    told = [f"{now} in place of {then}" for then, now in pairs[:2]]
    return "as " + ", or ".join(told)
