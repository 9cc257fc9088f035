"""What Prometheus is told."""

import re

from conftest import Start
from registered_houses import Place, live_rows
from serving_calls import Server, until

from holdtrue.catalog import AliasRecord
from holdtrue.catalog.aliases import Aliases
from holdtrue.foundation import EnvironmentFailed, SystemClock
from holdtrue.predicting import load_version
from holdtrue.predictionlog import LogReader, ServiceSample, open_writer
from holdtrue.serving import Metrics
from holdtrue.serving.sampling import Sampler
from holdtrue.serving.served import Live, ServedModel
from holdtrue.serving.state import ServerState

LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')


def samples(text: str) -> dict[str, float]:
    """Read the text format: every line must be a comment or a sample, and every sample's family be described."""
    found, described = {}, set()
    for line in text.splitlines():
        if line.startswith("# "):
            described.add(line.split()[2])
            continue
        parsed = LINE.fullmatch(line)
        assert parsed is not None, line
        family = re.sub(r"_(bucket|sum|count)$", "", parsed[1]) if "seconds_" in parsed[1] else parsed[1]
        assert family in described or parsed[1] in described, line
        found[f"{parsed[1]}{{{parsed[2] or ''}}}"] = float(parsed[3])
    return found


def test_requests_rows_refusals_odd_marks_times_and_versions_are_counted(served: Place, server: Server) -> None:
    row = live_rows(1)[0]
    server.predict(row)
    server.predict([row, row | {"beds": -8}, row | {"garagesqft": 5755, "garage": "attached"}])
    server.predict(row | {"beds": -8})
    server.post("/models/nobody-knows/predict", row)
    server.post("/models/houses/feedback", [{"prediction_id": "a", "label": 5}])
    served.promote(served.catalog.versions.get("houses", 2))
    until(lambda: server.app.models["houses"].live.number == 2)  # type: ignore[union-attr]
    answer = server.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.body)
    houses = 'model="houses"'
    assert found[f'holdtrue_requests_total{{{houses},route="predict",status="200"}}'] == 2
    assert found[f'holdtrue_requests_total{{{houses},route="predict",status="422"}}'] == 1
    assert found['holdtrue_requests_total{model="",route="predict",status="404"}'] == 1
    assert "nobody-knows" not in answer.body
    assert found[f'holdtrue_rows_total{{{houses},outcome="answered"}}'] == 3
    assert found[f'holdtrue_rows_total{{{houses},outcome="refused"}}'] == 2
    assert found[f'holdtrue_failed_tests_total{{{houses},test="beds.ge"}}'] == 2
    assert found[f"holdtrue_odd_total{{{houses}}}"] == 1
    assert found[f"holdtrue_labels_total{{{houses}}}"] == 1
    assert found[f'holdtrue_request_seconds_count{{{houses},route="predict"}}'] == 3
    assert found[f'holdtrue_request_seconds_bucket{{{houses},route="predict",le="+Inf"}}'] == 3
    assert 0 < found[f'holdtrue_request_seconds_sum{{{houses},route="predict"}}'] < 10
    info = [name for name in found if name.startswith("holdtrue_version_info")]
    assert len(info) == 1
    assert 'version="v2"' in info[0]
    assert found[f"holdtrue_version_epoch{{{houses}}}"] == 2
    assert found[f'holdtrue_swaps_total{{{houses},outcome="served"}}'] == 2
    assert found["holdtrue_memory_bytes{}"] > 1e7
    assert server.app.state.metrics.totals() == {"requests": 6, "answered": 3, "refused": 2, "odd": 1, "labels": 1}


def test_buckets_add_up_and_hold_what_is_no_longer_than_their_limit() -> None:
    metrics = Metrics()
    for seconds in (0.0002, 0.00021, 0.003, 9.0):
        metrics.request("m", "predict", 200, seconds)
    found = samples(metrics.text())
    counts = [value for name, value in found.items() if "seconds_bucket" in name]
    assert counts == sorted(counts)
    labels = 'model="m",route="predict"'
    assert found[f'holdtrue_request_seconds_bucket{{{labels},le="0.0002"}}'] == 1
    assert found[f'holdtrue_request_seconds_bucket{{{labels},le="0.005"}}'] == 3
    assert found[f'holdtrue_request_seconds_bucket{{{labels},le="5.0"}}'] == 3
    assert found[f"holdtrue_request_seconds_count{{{labels}}}"] == 4


class Fading:
    """A real catalog's aliases, which can no longer be asked once `away` is set."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases, self.away = aliases, False

    def generation(self) -> int:
        if self.away:
            raise EnvironmentFailed("the database is away")
        return self.aliases.generation()

    def get(self, model: str, alias: str) -> AliasRecord | None:
        return self.aliases.get(model, alias)


def test_a_catalog_that_cannot_be_asked_is_counted_and_the_service_goes_on(served: Place, start: Start) -> None:
    fading = Fading(served.catalog.aliases)
    served.catalog.aliases = fading  # type: ignore[assignment]
    with start(served) as server:
        fading.away = True
        until(lambda: "holdtrue_catalog_poll_failures_total 0" not in server.get("/metrics").body)
        assert server.predict(live_rows(1)[0]).status == 200
        fading.away = False
        fading.aliases.move(
            "houses", "production", served.catalog.versions.get("houses", 2).id, by="a", why="b", forced=False, at=1
        )
        until(lambda: server.predict(live_rows(1)[0]).body["version"] == "v2")


def test_how_the_service_runs_is_noted_down_in_the_log_of_each_model(served: Place, start: Start) -> None:
    row, reader = live_rows(1)[0], LogReader(served.logs, "houses")

    def noted() -> list[ServiceSample]:
        return [each for each in reader.all() if isinstance(each, ServiceSample)]

    with start(served, sample_seconds=0.05) as server:
        for _ in range(3):
            server.predict(row)
        server.post("/v2/models/houses/infer", {"inputs": []})
        server.get("/v2/health/live")
        until(lambda: sum(each.requests for each in noted()) == 4)
    first = noted()[0]
    assert (first.server, first.alias, first.epoch) == ("server-1", "production", 1)
    assert sum(each.failed for each in noted()) == 0
    for each in noted():
        assert each.requests > 0 and 0 < each.seconds < 20  # a sleep may end a hair too soon
        assert each.typical is not None and each.slow is not None and 0 < each.typical <= each.slow < 10
        assert 0 <= each.processor < 64 and 10e6 < each.memory < 100e9
    received = [each.received for each in noted()]
    assert received == sorted(set(received))


def test_a_model_that_is_asked_nothing_is_noted_down_once_a_minute(served: Place) -> None:
    state = ServerState(SystemClock(), 1000, 1.0)
    sampler = Sampler(state, 5.0)
    with open_writer(served.logs, "houses", "server") as log:
        model = ServedModel("houses", log)
        assert sampler.sample(model) is None
        sampler.request("houses", 500, 0.25)
        assert sampler.sample(model) is None  # no version answers: there is no one to say it of
        model.live = Live(
            load_version(served.store, served.catalog.versions.get("houses", 1).id), 1, "production", 1, 0
        )
        sampler.request("houses", 500, 0.25)
        sampler.request("houses", 422, 0.5)
        sample = sampler.sample(model)
        assert sample is not None
        assert (sample.requests, sample.failed, sample.typical, sample.slow) == (2, 1, 0.375, 0.5)
        assert sampler.sample(model) is None
