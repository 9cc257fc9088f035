"""Which inputs have changed, and what befell them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from holdtrue.foundation import counted
from holdtrue.monitors.diagnosis.density import Density, density_of
from holdtrue.monitors.diagnosis.exchanged import exchanged
from holdtrue.monitors.diagnosis.hypotheses import Hypothesis, of_number
from holdtrue.monitors.diagnosis.level_hypotheses import of_names
from holdtrue.monitors.diagnosis.records import Cause
from holdtrue.monitors.diagnosis.rows import Floats, Values
from holdtrue.monitors.diagnosis.scores import evidence_of
from holdtrue.profiles import CategoryReference, NumericReference, Reference

BY_CHANCE = 0.05
"""Probability that a column that has not changed is named at all, whatever the number of columns."""

_LOOKED_AT = 24
_SOURCES = 40
_MANY = 3
_SURE = 0.99
_TEMPER = 2.0
"""Scores count half: densities are estimates, and rows may depend on each other."""


class Found(Struct, frozen=True, kw_only=True):
    """What was found of the inputs.

    Attributes:
        moved: those that changed, with the logarithm of the evidence, most first.
        causes: what may have befallen them, the likeliest first. top: of the first's possibilities, the likeliest.
        older: those that had changed before the change that was asked about.
    """

    moved: tuple[tuple[str, float], ...]
    causes: tuple[Cause, ...]
    top: Hypothesis | None = None
    older: tuple[str, ...] = ()


def moved_inputs(
    references: Mapping[str, Reference], inputs: Mapping[str, Values], scores: Mapping[str, Floats]
) -> tuple[tuple[str, float], ...]:
    """Return the inputs whose values are another lot than the baseline's, with the logarithm of the evidence.

    The evidence is a Bayes factor, so of d columns that have not changed one is named with a probability of at most 5%.

    Args:
        inputs: since the change. scores: the normal scores of the numbers among them.
    """
    limit = math.log(max(1, len(inputs)) / BY_CHANCE)
    found = {name: evidence_of(references[name], values, scores.get(name)) for name, values in inputs.items()}
    return tuple(sorted(((n, e) for n, e in found.items() if e >= limit), key=lambda each: (-each[1], each[0])))


def causes_of(
    moved: tuple[tuple[str, float], ...],
    references: Mapping[str, Reference],
    inputs: Mapping[str, Values],
    units: Mapping[str, str],
) -> Found:
    """Say what befell the inputs that changed.

    Args:
        inputs: since the change, in the contract's order. units: of the fields, where they are declared.
    """
    if not moved:
        return Found(moved=(), causes=())
    # Of very many columns only those that changed themselves are looked at as where values come from.
    wanted = references if len(references) <= _SOURCES else {name: references[name] for name, _ in moved[:_LOOKED_AT]}
    densities = {n: d for n, r in wanted.items() if isinstance(r, NumericReference) and (d := density_of(r))}
    names = {name: each for name, each in wanted.items() if isinstance(each, CategoryReference)}
    found = {
        name: _possible(name, references[name], inputs[name], units, densities, names) for name, _ in moved[:_LOOKED_AT]
    }
    own = [(name, *_weighed(found[name])) for name in found if found[name]]
    causes = [_cause(name, best, confidence) for name, best, confidence in own]
    whole = exchanged(list(references), found)
    top = own[0][1] if own else None
    if whole is not None:
        confidence = min(_SURE, 1 / (1 + math.exp(-min(50.0, (whole.score - whole.other) / _TEMPER))))
        rest = [cause for cause in causes if cause.columns[0] not in whole.columns]
        first = Cause(
            kind=whole.kind, columns=whole.columns, clause=whole.clause, words=whole.words, confidence=confidence
        )
        # What tells many columns at once comes before what tells one of the others.
        if moved[0][0] in whole.columns or len(whole.columns) >= _MANY:
            return Found(moved=moved, causes=(first, *rest), top=None)
        causes = [*rest[:1], first, *rest[1:]]
    return Found(moved=moved, causes=tuple(causes), top=top)


def _possible(
    name: str,
    reference: Reference,
    values: Values,
    units: Mapping[str, str],
    densities: Mapping[str, Density],
    names: Mapping[str, CategoryReference],
) -> list[Hypothesis]:
    if isinstance(reference, NumericReference):
        assert not isinstance(values, list)
        others = {each: density for each, density in densities.items() if each != name}
        return of_number(reference, values, unit=units.get(name, ""), others=others)
    assert isinstance(values, list)
    return of_names(reference, values, others={each: r for each, r in names.items() if each != name})


def _weighed(possible: list[Hypothesis]) -> tuple[Hypothesis, float]:
    """Return the likeliest possibility and how sure it is among all of them."""
    best = possible[0]
    weights = [math.exp(max(-700.0, (each.score - best.score) / _TEMPER)) for each in possible]
    # A factor of units and the same factor without a name say one thing.
    agreeing = sum(weight for each, weight in zip(possible, weights, strict=True) if each.clause == best.clause)
    return best, min(_SURE, agreeing / sum(weights))


def _cause(name: str, found: Hypothesis, confidence: float) -> Cause:
    if found.kind == "drift":
        text = f"{name} itself has changed"
        return Cause(
            kind="drift",
            columns=(name,),
            clause=text,
            words=f"{text}: no fault that is known here tells its values better",
            confidence=confidence,
        )
    return Cause(
        kind=found.kind,
        columns=(name,),
        clause=f"{name} {found.clause}" if not found.clause.startswith(('"', "missing")) else f"{name}: {found.clause}",
        words=f"{name}: {found.words}",
        confidence=confidence,
    )


def moved_words(moved: tuple[tuple[str, float], ...], columns: int) -> str:
    """Say how many of the inputs have changed.

    Example:
        >>> moved_words((("area", 40.0),), 20)
        '1 of 20 inputs has changed'
    """
    return f"{len(moved)} of {counted(columns, 'input')} {'has' if len(moved) == 1 else 'have'} changed"
