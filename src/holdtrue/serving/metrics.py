"""Counts and times of one server, in the text form that Prometheus reads (exposition format 0.0.4)."""

from __future__ import annotations

import os
import resource
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper limits of the latency histogram, in seconds."""

Sample = tuple[str, Mapping[str, str], float]


class Gauge(Struct, frozen=True):
    """A figure as it is now: its name without `holdtrue_`, what it means, its labels and value."""

    name: str
    help: str
    labels: Mapping[str, str]
    value: float


class Metrics:
    """Counts what one server did since it began. Used from the event loop alone."""

    def __init__(self) -> None:
        self.started = time.time()
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._seconds: dict[tuple[str, str], float] = defaultdict(float)
        self._rows: dict[tuple[str, str], int] = defaultdict(int)
        self._failed_tests: dict[tuple[str, str], int] = defaultdict(int)
        self._odd: dict[str, int] = defaultdict(int)
        self._labels: dict[str, int] = defaultdict(int)
        self._swaps: dict[tuple[str, str], int] = defaultdict(int)
        self._poll_failures = 0

    def request(self, model: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests[model, route, status] += 1
        self._buckets[model, route][bisect_left(BOUNDS, seconds)] += 1
        self._seconds[model, route] += seconds

    def rows(self, model: str, answered: int, refused: int, odd: int) -> None:
        """Rows were answered, refused, marked as odd."""
        self._rows[model, "answered"] += answered
        if refused:
            self._rows[model, "refused"] += refused
        if odd:
            self._odd[model] += odd

    def failed_tests(self, model: str, tests: Mapping[str, int]) -> None:
        """Tests of the contract and how many rows failed them, warnings included."""
        for test, rows in tests.items():
            self._failed_tests[model, test] += rows

    def labels(self, model: str, count: int) -> None:
        """Labels were recorded."""
        self._labels[model] += count

    def swap(self, model: str, outcome: str) -> None:
        """A version was loaded to serve: `served` or `failed`."""
        self._swaps[model, outcome] += 1

    def poll_failed(self) -> None:
        """The catalog could not be asked whether an alias has moved."""
        self._poll_failures += 1

    def totals(self) -> dict[str, int]:
        """Return how many requests, rows answered and refused, odd marks and labels there were over all models."""
        return {
            "requests": sum(self._requests.values()),
            "answered": sum(count for (_, outcome), count in self._rows.items() if outcome == "answered"),
            "refused": sum(count for (_, outcome), count in self._rows.items() if outcome == "refused"),
            "odd": sum(self._odd.values()),
            "labels": sum(self._labels.values()),
        }

    def text(self, gauges: Iterable[Gauge] = ()) -> str:
        """Return all of it as Prometheus reads it."""
        return "\n".join((*self._counters(), *_gauges([*gauges, *_process(self.started)]))) + "\n"

    def _counters(self) -> Iterator[str]:
        yield from _family(
            "requests_total",
            "counter",
            "Requests answered.",
            (
                ("", {"model": model, "route": route, "status": str(status)}, count)
                for (model, route, status), count in self._requests.items()
            ),
        )
        yield from _family("request_seconds", "histogram", "Time from a request to its answer.", self._histogram())
        counted = (
            ("rows_total", "Rows answered and refused.", "outcome", self._rows),
            ("failed_tests_total", "Tests of the contract that rows failed.", "test", self._failed_tests),
            ("swaps_total", "Versions loaded to serve, by outcome.", "outcome", self._swaps),
        )  # fmt: skip
        for name, help_text, label, counts in counted:
            samples = (("", {"model": model, label: value}, count) for (model, value), count in list(counts.items()))
            yield from _family(name, "counter", help_text, samples)
        for name, help_text, by_model in (
            ("odd_total", "Rows marked as out of the ordinary.", self._odd),
            ("labels_total", "Labels recorded.", self._labels),
        ):
            samples = (("", {"model": model}, count) for model, count in by_model.items())
            yield from _family(name, "counter", help_text, samples)
        help_text = "Times that the catalog could not be asked for the versions to serve."
        yield from _family("catalog_poll_failures_total", "counter", help_text, [("", {}, self._poll_failures)])
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = used.ru_utime + used.ru_stime
        yield from _family("cpu_seconds_total", "counter", "Processor time this process used.", [("", {}, seconds)])

    def _histogram(self) -> Iterator[Sample]:
        for (model, route), counts in self._buckets.items():
            labels = {"model": model, "route": route}
            so_far = 0
            for bound, count in zip((*(str(bound) for bound in BOUNDS), "+Inf"), counts, strict=True):
                so_far += count
                yield "_bucket", {**labels, "le": bound}, so_far
            yield "_sum", labels, self._seconds[model, route]
            yield "_count", labels, so_far


def _family(name: str, kind: str, help_text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP holdtrue_{name} {help_text}"
    yield f"# TYPE holdtrue_{name} {kind}"
    for suffix, labels, value in samples:
        yield f"holdtrue_{name}{suffix}{_labels(labels)} {value}"


def _gauges(gauges: Iterable[Gauge]) -> Iterator[str]:
    by_name: dict[str, list[Gauge]] = defaultdict(list)
    for gauge in gauges:
        by_name[gauge.name].append(gauge)
    for name, group in by_name.items():
        yield from _family(name, "gauge", group[0].help, (("", gauge.labels, gauge.value) for gauge in group))


def _labels(labels: Mapping[str, str]) -> str:
    """Write labels as the format asks.

    Example:
        >>> _labels({"model": 'a "b"'})
        '{model="a \\\\"b\\\\""}'
    """
    if not labels:
        return ""
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"


def _process(started: float) -> Iterator[Gauge]:
    yield Gauge("memory_bytes", "Memory this process holds.", {}, memory_held())
    yield Gauge("start_time_seconds", "When this server began, seconds since 1970.", {}, started)


def memory_held() -> int:
    """Return how many bytes of memory this process holds; where the system does not say, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * os.sysconf("SC_PAGESIZE")
