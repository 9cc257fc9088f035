"""A version in memory answers as it did in training, by every road, or says that it does not."""

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from registered_houses import LIVE, NOW, Forgiving, Place, Sale, live_rows, register, sales, trained

from holdtrue.contracts import BatchChecker, encode_frame
from holdtrue.flavors import flavor_named
from holdtrue.foundation import DAY, StoreDamaged, UnknownReference
from holdtrue.predicting import (
    Asking,
    LoadedVersion,
    ModelFailed,
    answer,
    load_version,
    predict_frame,
    record_of,
    records_of_batch,
    self_test,
)
from holdtrue.predictionlog import Prediction, Refusal, decode_record, encode_record
from holdtrue.versions import SelfTest, matrix_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def loaded(place: Place) -> LoadedVersion:
    return load_version(place.store, register(place.store, place.catalog).id)


def test_rows_frames_and_matrices_are_predicted_to_the_same_bit(loaded: LoadedVersion) -> None:
    rows = live_rows(300)
    by_rows = [each.value for each in answer(loaded, loaded.checker.check_json(msgspec.json.encode(rows)))]
    one_by_one = [answer(loaded, [loaded.checker.check(row)])[0].value for row in rows]
    batch = predict_frame(loaded, pl.DataFrame(rows))
    text = predict_frame(loaded, pl.read_csv(pl.DataFrame(rows).write_csv().encode(), infer_schema=False), "csv")
    accepted = BatchChecker(Sale.spec).check(sales()[:12_000]).accepted[:300]
    trained_as = flavor_named("lightgbm").load(trained().files).predict(encode_frame(trained().encoder, accepted))
    assert by_rows == one_by_one == batch.predictions.tolist() == text.predictions.tolist() == trained_as.tolist()
    assert batch.frame["prediction"].to_list() == by_rows


def test_a_batch_is_refused_in_the_words_of_a_request(loaded: LoadedVersion) -> None:
    rows = live_rows(3)
    rows[1] |= {"beds": -8, "garage": "boathouse"}
    batch = predict_frame(loaded, pl.DataFrame(rows))
    assert batch.predictions.shape == (2,)
    verdict = loaded.checker.check(rows[1])
    assert batch.result.quarantine["reasons"].to_list() == [[failure.message for failure in verdict.failures]]
    assert "beds: -8 is less than 0 [beds.ge]" in batch.result.quarantine["reasons"][0]


def test_a_batch_leaves_the_records_that_its_rows_would_one_by_one(loaded: LoadedVersion) -> None:
    rows = live_rows(6)
    rows[1] |= {"beds": -8}
    rows[3] |= {"beds": 13, "garage": "attached", "garagesqft": 5755}
    asking = Asking(received=NOW, source="batch", client="me", epoch=2)
    predictions, refusals = records_of_batch(loaded, predict_frame(loaded, pl.DataFrame(rows)), asking)
    single = [
        record_of(loaded, each, "", asking) for each in answer(loaded, [loaded.checker.check(row) for row in rows])
    ]
    named = [msgspec.structs.replace(record, id="") for record in (*predictions, *refusals)]
    assert len({record.id for record in (*predictions, *refusals)}) == 6
    kept = [record for record in single if isinstance(record, Prediction)]
    refused = [record for record in single if isinstance(record, Refusal)]
    assert named[:5] == kept
    assert [[f.test for f in record.failures] for record in refusals] == [[f.test for f in r.failures] for r in refused]


def test_an_empty_table_is_predicted_to_nothing(loaded: LoadedVersion) -> None:
    assert predict_frame(loaded, sales()[:0]).frame.height == 0


def test_refused_rows_are_answered_in_their_place_and_odd_ones_are_marked(loaded: LoadedVersion) -> None:
    rows = live_rows(4)
    rows[1] |= {"beds": "three"}
    rows[2] |= {"garagesqft": 5755, "garage": "attached"}
    answers = answer(loaded, [loaded.checker.check(row) for row in rows])
    assert [each.refused for each in answers] == [False, True, False, False]
    assert [each.value is None for each in answers] == [False, True, False, False]
    assert answers[2].odd is not None
    assert "garagesqft 5,755" in answers[2].odd
    assert answers[0].odd is None


def test_what_the_log_keeps_of_an_answer(loaded: LoadedVersion) -> None:
    rows = live_rows(3)
    rows[1] |= {"beds": 13}
    rows[2] |= {"beds": -8, "wall": None}
    asking = Asking(received=NOW, client="me", epoch=3, alias="candidate")
    records = [
        record_of(loaded, each, f"id{number}", asking)
        for number, each in enumerate(answer(loaded, [loaded.checker.check(row) for row in rows]))
    ]
    assert [decode_record(encode_record(record)) for record in records] == records
    plain, warned, refused = records
    assert isinstance(plain, Prediction)
    assert (plain.id, plain.received, plain.client, plain.epoch, plain.alias) == ("id0", NOW, "me", 3, "candidate")
    assert (plain.version, plain.source, plain.warnings) == (loaded.id, "server", ())
    assert plain.time is not None
    assert plain.time % DAY == 0
    assert plain.row["age"] == int(rows[0]["sdate"][:4]) - rows[0]["yrbuilt"]  # derived fields are watched too
    assert isinstance(warned, Prediction)
    assert warned.warnings == ("beds.warn.le",)
    assert isinstance(refused, Refusal)
    assert [failed.test for failed in refused.failures] == ["beds.ge", "wall.null"]
    assert refused.failures[0].message == "beds: -8 is less than 0 [beds.ge]"


def test_the_self_test_passes_where_training_is_repeated_and_finds_what_is_not(place: Place) -> None:
    good = load_version(place.store, register(place.store, place.catalog).id)
    assert self_test(good) == ""
    made = SelfTest.from_bytes(trained().selftest)
    off = SelfTest(rows=made.rows, predictions=(*made.predictions[:-1], made.predictions[-1] * (1 + 1e-6)))
    shifted = register(place.store, place.catalog, changed={"selftest": off.to_bytes()})
    assert self_test(load_version(place.store, shifted.id)).startswith("stored row 8 of 8 is predicted")
    broken = SelfTest(rows=({**made.rows[0], "beds": -8},), predictions=made.predictions[:1])
    refusing = register(place.store, place.catalog, changed={"selftest": broken.to_bytes()})
    assert self_test(load_version(place.store, refusing.id)) == (
        "stored row 1 of 1 is refused: beds: -8 is less than 0 [beds.ge]"
    )


def test_a_model_that_raises_or_gives_no_number_is_said_to_have_failed(loaded: LoadedVersion) -> None:
    class Failing:
        link = "identity"

        def __init__(self, give: object) -> None:
            self.give = give

        def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
            if isinstance(self.give, Exception):
                raise self.give
            return np.full(len(X), self.give)

    verdicts = [loaded.checker.check(live_rows(1)[0])]
    parts = (loaded.id, loaded.manifest)
    rest = (loaded.baseline, loaded.selftest, loaded.background)
    for give in (ValueError("no"), np.nan, np.inf):
        with pytest.raises(ModelFailed):
            answer(LoadedVersion(*parts, Failing(give), *rest), verdicts)  # type: ignore[arg-type]
    assert "no" in self_test(LoadedVersion(*parts, Failing(ValueError("no")), *rest))  # type: ignore[arg-type]


def test_a_version_has_an_explainer_and_a_test_of_labels(loaded: LoadedVersion) -> None:
    rows = [verdict.row for verdict in loaded.checker.check_json(msgspec.json.encode(live_rows(5))) if verdict.row]
    explained = loaded.explainer.explain(loaded.matrix(rows))
    assert np.allclose(explained.totals(), loaded.predict_rows(rows))
    assert loaded.label_checker.check({"price": 50_000}).row == {"price": 50_000.0}
    assert [each.message for each in loaded.label_checker.check({"price": -1}).failures] == [
        "price: -1 is not greater than 0 USD [price.gt]"
    ]
    assert {each.name for each in loaded.contract.fields} == set(LIVE)


def test_a_cache_is_used_only_while_it_is_unharmed(place: Place, tmp_path: Path) -> None:
    record = register(place.store, place.catalog)
    first = load_version(place.store, record.id, tmp_path / "cache")
    copies = sorted((tmp_path / "cache").iterdir())
    assert len(copies) >= 4
    for copy in copies:
        copy.write_bytes(b"damaged")
    again = load_version(place.store, record.id, tmp_path / "cache")
    assert self_test(again) == self_test(first) == ""
    assert b"damaged" not in [copy.read_bytes() for copy in copies]


def test_what_is_no_version_is_said(place: Place) -> None:
    with pytest.raises(UnknownReference):
        load_version(place.store, "0" * 64)
    for part in ("selftest", "background"):
        damaged = register(place.store, place.catalog, changed={part: b"{}"})
        with pytest.raises(StoreDamaged):
            load_version(place.store, damaged.id)
    with pytest.raises(StoreDamaged, match="not float64"):
        matrix_of(_npy(np.zeros(3)))
    with pytest.raises(StoreDamaged, match="not of the known form"):
        SelfTest.from_bytes(SelfTest(rows=({},), predictions=()).to_bytes())


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_live_policies_answer_alike_by_rows_and_by_tables_and_are_recorded(place: Place, loaded: LoadedVersion) -> None:
    record = register(place.store, place.catalog, contract=Forgiving, fallback=99_000.0)
    forgiving = load_version(place.store, record.id)
    rows = live_rows(4)
    rows[1] |= {"beds": -8}
    rows[2] |= {"area": 0}
    rows[3] |= {"garage": "boathouse"}
    answers = answer(forgiving, [forgiving.checker.check(row) for row in rows])
    mended = answer(loaded, [loaded.checker.check(rows[1] | {"beds": 3})])[0].value
    assert [each.value for each in answers] == [answers[0].value, mended, 99_000.0, None]
    assert [(each.verdict.replaced, each.fallback) for each in answers] == [
        ((), ""),
        (("beds",), ""),
        ((), "constant"),
        ((), ""),
    ]
    batch = predict_frame(forgiving, pl.DataFrame(rows))
    assert batch.predictions.tolist() == [each.value for each in answers[:3]]
    assert batch.frame.select("replaced", "fallback").rows() == [(None, None), ("beds", None), (None, "constant")]
    assert batch.result.refused.tolist() == [False, False, False, True]
    asking = Asking(received=NOW, source="batch")
    kept, refused = records_of_batch(forgiving, batch, asking)
    one_by_one = [record_of(forgiving, each, "id", asking) for each in answers]
    for by_table, by_row in zip([*kept, *refused], one_by_one, strict=True):
        assert msgspec.structs.replace(by_table, id="id") == decode_record(encode_record(by_row))
    assert [each.own for each in kept] == [True, False, False]


def test_the_model_is_not_asked_about_a_row_that_falls_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    record = register(place.store, place.catalog, contract=Forgiving, fallback=99_000.0)
    forgiving = load_version(place.store, record.id)
    asked: list[int] = []

    def counted(
        matrix: np.ndarray, predict: Callable[[np.ndarray], np.ndarray] = forgiving.predict_matrix
    ) -> np.ndarray:
        asked.append(len(matrix))
        return predict(matrix)

    monkeypatch.setattr(forgiving, "predict_matrix", counted)
    rows = live_rows(3)
    rows[1] |= {"area": None}
    assert predict_frame(forgiving, pl.DataFrame(rows)).predictions[1] == 99_000.0
    assert predict_frame(forgiving, pl.DataFrame([rows[1]])).predictions.tolist() == [99_000.0]
    assert asked == [2]
