"""What carries a change: contributions that add up.

The mean of a prediction is the base and the means of its attributions (values + base = prediction, of each row), so a
change of the mean prediction is the sum of the changes of the mean attributions, and of the base, exactly: additivity
of Shapley values (Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017, property 1).
A change of a mean over segments is the sum, over segments, of share times distance from the old mean, now less before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from holdtrue.monitors.diagnosis.records import Carrier, Carriers
from holdtrue.monitors.diagnosis.rows import Floats
from holdtrue.profiles import NumericReference, Reference

MOST = 12
"""Carriers that are listed; what the others carry goes into the rest."""


def of_predictions(
    features: Sequence[str],
    now: Floats,
    totals: Floats,
    before: Mapping[str, float],
    before_total: float | None,
    unit: str,
) -> Carriers | None:
    """Share the change of the mean prediction out over the features.

    Args:
        now: attributions since the change, shape (n, k); totals: attributions and base of the same rows, (n,).
        before: the baseline's mean attribution of each feature.
        before_total: its mean prediction in their unit; None where it is not known, then the base is taken to be the
            same as now.
    """
    if not len(now) or set(features) - set(before):
        return None
    means, total = now.mean(axis=0), float(totals.mean())
    if before_total is None:
        before_total = total - float(means.sum()) + sum(before[name] for name in features)
    parts = [(name, float(means[i]) - before[name], before[name], float(means[i])) for i, name in enumerate(features)]
    of = "the change of the average prediction, by the features' average attribution"
    return shared_out(of, unit, total - before_total, parts)


def of_attributions(features: Sequence[str], now: Floats, before: Mapping[str, float], unit: str) -> Carriers | None:
    """Share the change of how much drives predictions out over the features: of the sum of mean |attribution|.

    Args:
        before: mean |attribution| of each feature in the baseline.
    """
    if not len(now) or set(features) - set(before):
        return None
    sizes = np.abs(now).mean(axis=0)
    parts = [(name, float(sizes[i]) - before[name], before[name], float(sizes[i])) for i, name in enumerate(features)]
    # Some gain what others lose: each one's share is of all that has moved.
    moved = sum(abs(part[1]) for part in parts)
    parts.sort(key=lambda part: (-abs(part[1]), part[0]))
    listed = tuple(
        Carrier(name=name, part=value / moved if moved else 0.0, value=value, before=then, now=own)
        for name, value, then, own in parts[:MOST]
    )
    whole = float(sizes.sum()) - sum(before[name] for name in features)
    return Carriers(
        of="the change of how much each feature drives predictions (average size of its attribution)",
        unit=unit,
        total=whole,
        parts=listed,
        rest=whole - sum(each.value for each in listed),
    )


def of_inputs(
    moved: Sequence[tuple[str, float]], references: Mapping[str, Reference], means: Mapping[str, float]
) -> Carriers | None:
    """Share the evidence of change out over the inputs that changed.

    Args:
        moved: the logarithm of each one's evidence. means: of the numbers since the change.
    """
    if not moved:
        return None
    total = sum(evidence for _, evidence in moved)
    listed = []
    for name, evidence in moved[:MOST]:
        reference = references[name]
        before = reference.mean if isinstance(reference, NumericReference) and reference.n else None
        listed.append(Carrier(name=name, part=evidence / total, value=evidence, before=before, now=means.get(name)))
    return Carriers(
        of="the evidence that the inputs have changed",
        unit="nats",
        total=total,
        parts=tuple(listed),
        rest=sum(evidence for _, evidence in moved[MOST:]),
    )


def shared_out(
    of: str, unit: str, total: float, parts: Sequence[tuple[str, float, float | None, float | None]]
) -> Carriers:
    """List parts, name, value, before and now, largest first; `total` is their sum and a rest.

    Example:
        >>> found = shared_out("the change", "USD", 10.0, [("beds", -2.0, None, None), ("area", 11.0, None, None)])
        >>> [(each.name, each.part) for each in found.parts], found.rest
        ([('area', 1.1), ('beds', -0.2)], 1.0)
    """
    ordered = sorted(parts, key=lambda part: (-abs(part[1]), part[0]))[:MOST]
    listed = tuple(
        Carrier(name=name, part=value / total if total else 0.0, value=value, before=before, now=now)
        for name, value, before, now in ordered
    )
    return Carriers(of=of, unit=unit, total=total, parts=listed, rest=total - sum(each.value for each in listed))
