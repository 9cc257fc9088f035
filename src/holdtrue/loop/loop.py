"""The loops of all models of a project."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from holdtrue.catalog import Catalog
from holdtrue.loop.model_loop import LoopStep, ModelLoop

SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
_logger = logging.getLogger("holdtrue.loop")


class _Trouble(Struct):
    error: Exception
    pause: float
    again: float


class Loop:
    """The loops of all models of a project; models that are registered later are taken up.

    A model whose loop fails holds up no other: it is told, and tried again with growing pauses.

    Args:
        begin: makes the loop of a model by name.
        failed: told a model, what its loop ended with, and in how many seconds it is tried again; not told the same
            twice in a row.
        monotonic: seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        catalog: Catalog,
        begin: Callable[[str], ModelLoop],
        failed: Callable[[str, Exception, float], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog, self._begin, self._failed, self._monotonic = catalog, begin, failed, monotonic
        self._loops: dict[str, ModelLoop] = {}
        self._troubles: dict[str, _Trouble] = {}

    @property
    def models(self) -> Mapping[str, ModelLoop]:
        """The loops by model."""
        return self._loops

    @property
    def troubles(self) -> Mapping[str, Exception]:
        """What the loops that do not go on ended with, by model."""
        return {name: trouble.error for name, trouble in self._troubles.items()}

    def step(self) -> LoopStep:
        """Step every model once."""
        steps = [self._step(name) for name in self._catalog.versions.models()]
        return LoopStep(sum(step.records for step in steps), any(step.training for step in steps))

    def close(self) -> None:
        """Give up what is under way."""
        for loop in self._loops.values():
            loop.close()

    def _step(self, name: str) -> LoopStep:
        before = self._troubles.get(name)
        if before is not None and self._monotonic() < before.again:
            return LoopStep(0, False)
        try:
            if name not in self._loops:
                self._loops[name] = self._begin(name)
            step = self._loops[name].step()
        except Exception as error:  # whatever it is, the other models must go on being watched
            _logger.exception("the loop of %s failed", name)
            pause = SHORTEST_PAUSE if before is None else min(before.pause * 2, LONGEST_PAUSE)
            self._troubles[name] = _Trouble(error, pause, self._monotonic() + pause)
            if before is None or str(before.error) != str(error):  # said once, not at every trial
                self._failed(name, error, pause)
            return LoopStep(0, False)
        self._troubles.pop(name, None)
        return step
