"""How often the watch of a service cries wolf, and how soon it tells what is wrong: simulated servers.

    python benchmarks/service_watched.py [--servers 20] [--days 7]

A server is asked 10 to 60 times a second, more by day than by night; latency goes with the load and with what came
before (log-normal, autoregressive, 0.95 from sample to sample), one sample in 200 has a pause that makes it five times
as slow, and one request in 2,000 fails. The first day is the reference of the load, the first half hour of the rest.
"""

from __future__ import annotations

import argparse
import math
import sys

import msgspec
import numpy as np
import polars as pl

from holdtrue.foundation import SECOND
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.service import RULES
from holdtrue.predictionlog import ServiceSample
from holdtrue.profiles import build_baseline
from holdtrue.watching.servicing import ENOUGH, Service

SAMPLE, DAY = 5.0, 17_280
FAULTS = {
    "latency x 3": {"slower": 3.0},
    "latency x 10": {"slower": 10.0},
    "1 request in 20 fails": {"failing": 0.05},
    "1 in 5 fails": {"failing": 0.2},
    "memory grows by 1 MB a second": {"leak": 1.0},
    "nothing is asked any more": {"asked": 0.0},
    "asked 5 times as often": {"asked": 5.0},
}
"""What is planted, on an afternoon."""


def samples(seed: int, first: int, count: int, **fault: float) -> list[ServiceSample]:
    """Return samples of one server, from the `first` of its life on."""
    rng = np.random.default_rng([seed, first])
    found, drift = [], 0.0
    for place in range(first, first + count):
        day = 0.5 - 0.5 * math.cos(2 * math.pi * place / DAY)
        drift = 0.95 * drift + rng.normal(0.0, 0.05)
        requests = int(rng.poisson(SAMPLE * (10 + 50 * day) * fault.get("asked", 1.0)))
        typical = 0.004 * (1 + 0.5 * day) * math.exp(drift) * fault.get("slower", 1.0)
        if rng.random() < 1 / 200:
            typical *= 5
        found.append(
            ServiceSample(
                server="server-1",
                received=round((place + 1) * SAMPLE * SECOND),
                seconds=SAMPLE,
                requests=requests,
                failed=int(rng.binomial(requests, fault.get("failing", 1 / 2000))),
                typical=typical if requests else None,
                slow=typical * (2 + rng.exponential(0.5)) if requests else None,
                processor=0.1 + requests / SAMPLE / 150,
                memory=round((180 + fault.get("leak", 0.0) * SAMPLE * (place - first)) * 1e6),
            )
        )
    return found


class Watched:
    """One server's watch, fed as the watcher feeds it; it counts rows of its own."""

    def __init__(self) -> None:
        baseline = build_baseline(pl.DataFrame({"a": [0.0, 1.0]}))
        self.watch = Watch.begin(baseline, WatchSettings(false_alarm_days=30), later=tuple(ENOUGH))
        self.service, self.rows = Service(), 0

    def take(self, told: list[ServiceSample]) -> list[tuple[str, str, int]]:
        """Return what alarmed: figure, message, and when it was told (samples from the first of those given)."""
        alarms = []
        for place, sample in enumerate(told):
            self.rows += sample.requests
            for group, observed in self.service.take(sample).items():
                if group in self.watch.awaited:
                    references = self.service.references(group, {})
                    if references is None:
                        self.service.gather(observed, group)
                        continue
                    self.watch.refer(group, references)
                columns = self.service.columns([observed], group)
                asked = np.array([self.service.spend(group, self.rows, self.watch.settings.budget.most)])
                clock = np.array([observed.moment])
                for alarm in self.watch.update(group, columns, [observed.id], clock, asked=asked, clock=clock):
                    alarms.append((alarm.quantity, alarm.message, place + 1))
        return alarms


def main() -> None:
    """Print how many false alarms there were, and how soon each fault was told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--days", type=int, default=7)
    given = parser.parse_args()
    false: dict[str, int] = dict.fromkeys(RULES, 0)
    rows = 0
    delays: dict[str, list[tuple[float, str]]] = {name: [] for name in FAULTS}
    for seed in range(given.servers):
        server = Watched()
        for day in range(given.days):
            for quantity, message, _ in server.take(samples(seed, day * DAY, DAY)):
                false[quantity] += 1
                print(f"server {seed}, day {day}: {message}", file=sys.stderr)
        rows += server.rows
        stored = server.watch.to_bytes(), server.service, server.rows
        for name, fault in FAULTS.items():
            again = Watched()
            again.watch = Watch.from_bytes(stored[0])
            again.service = _copy(stored[1])
            again.rows = stored[2]
            quiet = samples(seed, given.days * DAY, DAY // 2 + seed * 100)
            again.take(quiet)
            found = again.take(samples(seed, given.days * DAY + len(quiet), 2000, **fault))
            delays[name].append((found[0][2] * SAMPLE, found[0][0]) if found else (math.inf, ""))
    print(f"{given.servers} servers, {given.days} days, {rows:,} rows; false alarms: {sum(false.values())} {false}")
    for name, told in delays.items():
        seconds = sorted(each for each, _ in told)
        first = {figure for _, figure in told}
        print(
            f"{name}: median {seconds[len(seconds) // 2]:.0f} s, longest {seconds[-1]:.0f} s; told of {sorted(first)}"
        )


def _copy(service: Service) -> Service:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(service), type=Service)


if __name__ == "__main__":
    main()
