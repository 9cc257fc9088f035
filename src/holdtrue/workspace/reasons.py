"""Why one prediction is what it is: each feature's share, computed again by the version that gave it."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.flavors import UNITS
from holdtrue.foundation import MissingExtra
from holdtrue.predicting import load_version
from holdtrue.predictionlog import Prediction
from holdtrue.workspace.archive import Archive

_SHOWN = 6


class ReasonsOf(Struct, frozen=True, kw_only=True):
    """What each feature adds to the base, largest first; both in `unit`. `missing` says why there are none."""

    unit: str = ""
    base: float = 0.0
    shares: dict[str, float] = {}
    missing: str = ""

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return them as lines for a person, (title, text)."""
        if self.missing:
            return (("reasons", self.missing),)
        shares = list(self.shares.items())
        told = [f"{name} {_signed(share)}" for name, share in shares[:_SHOWN]]
        if len(shares) > _SHOWN:
            told.append(f"the other {len(shares) - _SHOWN} {_signed(sum(share for _, share in shares[_SHOWN:]))}")
        start = _signed(self.base).removeprefix("+")
        words = f"{', '.join(told)}; added to {start}, which it says of no row in particular ({self.unit})"
        return (("reasons", words),)


def _signed(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.3g}"


def reasons_of(archive: Archive, found: Prediction) -> ReasonsOf:
    """Return the reasons for a logged prediction."""
    loaded = load_version(archive.store, found.version, archive.cache)
    manifest = loaded.manifest
    target = manifest.contract.field(manifest.target)
    link = loaded.predictor.link
    unit = target.unit if target is not None and target.unit and link == "identity" else UNITS[link]
    try:
        explained = loaded.explainer.explain(loaded.matrix([found.row]))
    except MissingExtra as missing:
        return ReasonsOf(missing=f"{missing.message}: {missing.hint}")
    shares = dict(zip(manifest.encoder.names, explained.values[0].tolist(), strict=True))
    ordered = sorted(shares.items(), key=lambda pair: -abs(pair[1]))
    return ReasonsOf(unit=unit, base=float(explained.base[0]), shares=dict(ordered))
