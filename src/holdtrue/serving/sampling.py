"""Notes down every few seconds how the service ran, in each model's log: the watcher judges it as it judges rows."""

from __future__ import annotations

import asyncio
import statistics
import time

from msgspec import Struct, field

from holdtrue.foundation import HoldtrueError
from holdtrue.predictionlog import ServiceSample
from holdtrue.serving.metrics import memory_held
from holdtrue.serving.served import ServedModel
from holdtrue.serving.state import ServerState

MOST_TIMES = 20_000
"""Requests of one sample whose times are kept; of more the first ones."""
IDLE_SECONDS = 60.0
"""A model that is asked nothing is noted down so often."""


class _Taken(Struct):
    """What was noted of one model since its last sample."""

    since: float
    processor: float
    requests: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list)


class Sampler:
    """Gathers what is told of requests, and writes a sample of each model every `seconds`. For the event loop alone."""

    def __init__(self, state: ServerState, seconds: float) -> None:
        self._state, self._seconds = state, seconds
        self._taken: dict[str, _Taken] = {}

    def request(self, model: str, status: int, seconds: float) -> None:
        """A request for predictions was answered, with this status, after so many seconds."""
        taken = self._taken.get(model)
        if taken is None:
            taken = self._taken[model] = _nothing()
        taken.requests += 1
        taken.failed += status >= 500
        if taken.requests <= MOST_TIMES:
            taken.times.append(seconds)

    async def run(self) -> None:
        """Write samples until cancelled; one that cannot be written is left out: requests have that trouble, too."""
        for name in self._state.models:
            self._taken.setdefault(name, _nothing())
        while True:
            await asyncio.sleep(self._seconds)
            for served in list(self._state.models.values()):
                sample = self.sample(served)
                if sample is not None:
                    await asyncio.to_thread(_write, served, sample)

    def sample(self, served: ServedModel) -> ServiceSample | None:
        """Return what was noted of a model since its last sample; None while there is nothing to say."""
        taken, live = self._taken.setdefault(served.name, _nothing()), served.live
        seconds = time.monotonic() - taken.since
        if not taken.requests and seconds < IDLE_SECONDS:
            return None
        anew = self._taken[served.name] = _nothing()
        if live is None:
            return None
        times = sorted(taken.times)
        return ServiceSample(
            server=served.log.writer,
            received=self._state.clock.now(),
            seconds=seconds,
            requests=taken.requests,
            failed=taken.failed,
            typical=statistics.median(times) if times else None,
            slow=times[(19 * len(times)) // 20] if times else None,
            processor=(anew.processor - taken.processor) / seconds,
            memory=memory_held(),
            alias=live.alias,
            epoch=live.epoch,
        )


def _nothing() -> _Taken:
    return _Taken(time.monotonic(), time.process_time())


def _write(served: ServedModel, sample: ServiceSample) -> None:
    try:
        served.write([sample])
    except HoldtrueError:
        return
