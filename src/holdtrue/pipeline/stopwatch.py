"""Steps of a run, timed and told to whoever listens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from holdtrue.foundation import Progress
from holdtrue.pipeline.records import StepReport


class Step:
    """One step under way; say `outcome` before it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.outcome = ""
        self.cached = False


class Stopwatch:
    """Times the steps of one run."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.reports: list[StepReport] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time one step; its outcome is shown when it ends well."""
        step = Step(name)
        began = time.perf_counter()
        self.progress.start(name)
        try:
            yield step
        except BaseException:
            self.progress.finish("stopped")
            raise
        seconds = time.perf_counter() - began
        outcome = f"{step.outcome} (kept from before)" if step.cached else step.outcome
        self.progress.finish(outcome)
        self.reports.append(StepReport(name=name, seconds=seconds, cached=step.cached, outcome=step.outcome))
