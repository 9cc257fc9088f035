"""The loops of all models of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from holdtrue.catalog import Catalog
from holdtrue.loop.model_loop import LoopStep, ModelLoop


class Loop:
    """The loops of all models of a project; models that are registered later are taken up.

    Args:
        begin: makes the loop of a model by name.
    """

    def __init__(self, catalog: Catalog, begin: Callable[[str], ModelLoop]) -> None:
        self._catalog, self._begin = catalog, begin
        self._loops: dict[str, ModelLoop] = {}

    @property
    def models(self) -> Mapping[str, ModelLoop]:
        """The loops by model."""
        return self._loops

    def step(self) -> LoopStep:
        """Step every model once."""
        for name in self._catalog.versions.models():
            if name not in self._loops:
                self._loops[name] = self._begin(name)
        steps = [loop.step() for loop in self._loops.values()]
        return LoopStep(sum(step.records for step in steps), any(step.training for step in steps))

    def close(self) -> None:
        """Give up what is under way."""
        for loop in self._loops.values():
            loop.close()
