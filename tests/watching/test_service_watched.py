"""The service is watched: samples in the log are held against how it ran before, and an alarm says so in its units."""

import math

import numpy as np
import pytest
from flat_projects import Project, flats
from flat_traffic import answered, log, put_in_production
from test_replaying import replayed
from watch_flats import alarms_of, watch_all

from holdtrue.foundation import SECOND, WrongUse
from holdtrue.monitors import WatchSettings
from holdtrue.monitors.service import LATENCY, MEMORY, RULES, Limits, Span, limits_of
from holdtrue.predictionlog import ServiceSample, decode_record, encode_record
from holdtrue.watching.servicing import ENOUGH, Service, figures_of, names_of

BEGAN = 1_790_000_000 * SECOND


def ran(count: int, *, start: int = 0, epoch: int = 1, seed: int = 0, **changed: float) -> list[ServiceSample]:
    """Samples of 5 seconds: 50 requests each that take 4 ms, give or take; `changed`: factors, or what is instead."""
    rng = np.random.default_rng(seed)
    times = changed.get("times", 1.0) * 0.004 * np.exp(rng.normal(0.0, 0.2, count))
    return [
        ServiceSample(
            server="server-1",
            received=BEGAN + (start + place + 1) * 5 * SECOND,
            seconds=5.0,
            requests=int(changed.get("requests", 50)),
            failed=int(changed.get("failed", 0)),
            typical=float(times[place]) if changed.get("requests", 50) else None,
            slow=float(3 * times[place]) if changed.get("requests", 50) else None,
            processor=0.3,
            memory=int(changed.get("memory", 180e6)),
            epoch=epoch,
        )
        for place in range(count)
    ]


def serve(project: Project, samples: list[ServiceSample], rows: int = 2500) -> None:
    """Log rows and then samples, as a server does that is asked."""
    global asked
    asked += 1
    epoch = samples[0].epoch
    told = answered(project, flats(rows, seed=asked, start=150), version=epoch, epoch=epoch, prefix=f"p{asked}-")
    log(project, [*told, *samples])


asked = 0


def service_alarms(project: Project) -> list[dict[str, object]]:
    return [alarm for alarm in alarms_of(project) if alarm["group"] in ENOUGH]  # type: ignore[index]


@pytest.mark.parametrize("batch", [31, 100_000])
def test_a_service_that_becomes_slow_alarms_within_two_minutes_in_milliseconds(project: Project, batch: int) -> None:
    serve(project, ran(1500))
    assert watch_all(project).state.standing["service"].rows == 1500 - 360
    assert service_alarms(project) == []
    serve(project, ran(30, start=1500, seed=1, times=10.0))
    serve(project, ran(600, start=1530, seed=2))
    watcher = watch_all(project, batch)
    (alarm,) = service_alarms(project)
    assert replayed(project).identical
    message = str(alarm["data"]["message"])
    assert message.startswith("median latency: 4") and " ms on average since " in message
    assert "(usually 4" in message and alarm["status"] == "resolved"
    assert alarm["data"]["rows_taken"] <= 20  # type: ignore[index]
    assert watcher.state.standing["service"].left == ()


def test_what_lies_within_the_limits_says_nothing_whatever_its_order(project: Project) -> None:
    serve(project, ran(600))
    for night in range(4):
        serve(project, ran(400, start=600 + 800 * night, seed=night, times=0.5, requests=10))
        serve(project, ran(400, start=1000 + 800 * night, seed=night, times=1.5))
    assert watch_all(project).state.standing["service"].level < 0.5
    assert service_alarms(project) == []


def test_failures_memory_and_silence_are_found(project: Project) -> None:
    serve(project, ran(18_000))
    serve(project, ran(40, start=18_000, failed=10))
    serve(project, ran(100, start=18_040))
    serve(project, ran(60, start=18_140, memory=900e6))
    serve(project, ran(240, start=18_200, requests=0))
    watch_all(project)
    told_of = {str(alarm["quantity"]): str(alarm["data"]["message"]) for alarm in service_alarms(project)}  # type: ignore[index]
    assert set(told_of) == {"failures", "memory", "requests"}
    silence = next(alarm for alarm in service_alarms(project) if alarm["quantity"] == "requests")
    assert "nothing is asked any more" in silence["data"]["diagnosis"]["said"]  # type: ignore[index]
    assert told_of["failures"].startswith("requests that failed: 20% on average since ")
    assert (
        told_of["memory"].startswith("memory: 900 MB on average since ")
        and "(usually 180 MB before)" in told_of["memory"]
    )
    assert told_of["requests"].startswith("requests: 0/s on average since ") and told_of["requests"].endswith(
        " minutes"
    )


def test_a_new_version_is_held_against_how_the_last_one_was_served(project: Project) -> None:
    serve(project, ran(400))
    watch_all(project)
    project.run(force=True)
    assert put_in_production(project, 2) == 2
    serve(project, ran(30, start=400, epoch=2, times=6.0))
    watch_all(project)
    (alarm,) = service_alarms(project)
    diagnosis = alarm["data"]["diagnosis"]  # type: ignore[index]
    assert "the version that answers now is served otherwise than the one before" in diagnosis["said"]
    assert diagnosis["effect"]["before"] == pytest.approx(4.1, abs=0.3) and diagnosis["effect"]["unit"] == "ms"
    assert alarm["quantity"] == LATENCY and alarm["data"]["rows_taken"] <= 20  # type: ignore[index]


def test_a_server_whose_clock_is_set_back_is_watched_on() -> None:
    service = Service()
    ahead = ran(3, start=10_000_000)  # a wrong clock, for some seconds
    taken = [service.take(sample) for sample in [*ahead, *ran(5), *ran(5)]]
    assert [len(each) > 0 for each in taken] == [True] * 8 + [False] * 5


def test_a_sample_of_no_time_stops_no_watch() -> None:
    at_once = ServiceSample(server="a", received=5, seconds=0.0, requests=1, typical=0.1, slow=0.1)
    assert Service().take(at_once)["service"].figures[LATENCY] == pytest.approx(100.0)
    assert math.isnan(figures_of(at_once)["requests"])


def test_a_sample_that_is_read_twice_counts_once(project: Project) -> None:
    serve(project, [*ran(700), *ran(300), *ran(100, start=700, times=9.0)])
    by_one = watch_all(project, 19)
    assert by_one.state.standing["service"].rows == 800 - 360
    assert len(service_alarms(project)) == 1
    assert by_one.state.service.taken["server-1"][-1] == BEGAN + 800 * 5 * SECOND


def test_limits_come_from_the_reference_or_are_stated() -> None:
    seen = Span().add(3.0).add(math.nan).add(5.0)
    found = limits_of(LATENCY, seen)
    assert (seen.n, found.low, found.high, found.usual) == (2, -math.inf, pytest.approx(10.0, rel=0.05), 4.0)
    assert limits_of(MEMORY, Span().add(100.0)).high == pytest.approx(300.0, rel=0.05)
    assert limits_of(MEMORY, Span().add(2000.0)).high == pytest.approx(3000.0, rel=0.05)
    assert limits_of(LATENCY, seen, stated=3.5) == Limits(-math.inf, 3.5, 3.5)
    load = limits_of("requests", Span().add(30.0).add(90.0))
    assert (load.low, load.high) == (pytest.approx(10.0, rel=0.05), pytest.approx(270.0, rel=0.05))
    quiet = Span()
    for value in [0.0] * 99 + [4.0]:
        quiet = quiet.add(value)
    assert limits_of("requests", quiet) == Limits(0.0, 20.0, 0.04)  # what is seldom asked is not missed
    assert {*names_of("service"), *names_of("load")} == set(RULES)


def test_a_stated_limit_that_does_not_hold_alarms_from_the_beginning() -> None:
    service = Service()
    for sample in ran(400):
        for group, observed in service.take(sample).items():
            service.gather(observed, group)
    assert service.references("load", {}) is None
    references = service.references("service", {LATENCY: 2.0})
    assert references is not None and references[LATENCY].mean == 2.0
    (observed,) = service.take(ran(1, start=400)[0]).values()
    assert service.columns([observed], "service")[LATENCY].tolist() == [observed.figures[LATENCY]]


def test_limits_of_unknown_figures_or_without_sense_are_refused() -> None:
    with pytest.raises(WrongUse, match=r"limits names latnecy, which is no figure of the service"):
        WatchSettings(limits={"latnecy": 5.0})
    with pytest.raises(WrongUse, match=r"the limit of latency is 0\.0, and must be above 0"):
        WatchSettings(limits={"latency": 0.0})


def test_a_sample_is_stored_and_read() -> None:
    (sample,) = ran(1)
    assert decode_record(encode_record(sample)) == sample and sample.id == f"server-1@{BEGAN + 5 * SECOND}"
