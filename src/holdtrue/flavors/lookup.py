"""Which flavor: by the object that was trained, or by the name that a version keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from holdtrue.flavors.lightgbm import LightGBMFlavor
from holdtrue.flavors.protocol import Flavor
from holdtrue.flavors.sklearn import SklearnFlavor
from holdtrue.foundation import WrongUse, optional

ENTRY_POINTS = "holdtrue.flavors"
_BUILT_IN: tuple[Flavor, ...] = (LightGBMFlavor(), SklearnFlavor())


def flavors() -> Iterator[Flavor]:
    """Yield holdtrue's own flavors, then those that installed packages offer under `holdtrue.flavors`."""
    yield from _BUILT_IN
    for point in entry_points(group=ENTRY_POINTS):
        yield point.load()()


def flavor_of(model: object, *, where: str = "the training function") -> Flavor:
    """Return the flavor that stores this object.

    Args:
        model: what the training function returned.
        where: who returned it, for the message.

    Raises:
        WrongUse: none does; the message lists the flavors and what each stores.
    """
    for flavor in flavors():
        if flavor.matches(model):
            return flavor
    if model is None:
        raise WrongUse(f"{where} returned nothing", hint="end it with `return` and the fitted model")
    cls = type(model)
    listed = "; ".join(f"{flavor.name} ({flavor.stores})" for flavor in flavors())
    raise WrongUse(
        f"{where} returned a {cls.__module__}.{cls.__qualname__}, which no flavor can store",
        hint=f"return a fitted model of one of these: {listed}",
    )


def require_storable(train: Callable[..., Any]) -> None:
    """Raise before a long fit where what it gives could not be kept, as far as the function's module shows it.

    Raises:
        MissingExtra: its estimators are scikit-learn's, and skops, which stores those, is not installed.
    """
    names = getattr(train, "__globals__", {}).values()
    roots = {each.__name__.split(".")[0] for each in names if isinstance(each, ModuleType)}
    classes = [each for each in names if isinstance(each, type)]
    roots |= {each.__module__.split(".")[0] for each in classes if hasattr(each, "predict")}
    if "sklearn" in roots and "lightgbm" not in roots:
        optional("skops.io", extra="sklearn", purpose="keeping a scikit-learn model")


def flavor_named(name: str) -> Flavor:
    """Return the flavor of that name.

    Raises:
        WrongUse: there is none; the message lists those there are.
    """
    for flavor in flavors():
        if flavor.name == name:
            return flavor
    known = ", ".join(flavor.name for flavor in flavors())
    raise WrongUse(f"no flavor is called {name!r}", hint=f"there are {known}; is the package that brings it installed?")
