"""A model whose rows have a key, lists and an embedding walks the whole road, and its served rows come back."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import put_in_production

from holdtrue.contracts import RowChecker
from holdtrue.predicting import Asking, answer, load_version, record_of
from holdtrue.predictionlog import LabelRecord, decode_record, encode_record
from holdtrue.predictionlog.labels import join_labels, rows_of
from holdtrue.workspace import predict_file

WIDE = MODEL.replace(
    "    day: ht.Date\n",
    """    day: ht.Date
    number: ht.Key
    sizes: ht.List[ht.Float] = ht.field(min_length=1, items=ht.field(gt=0))
    place: ht.Embedding = ht.field(length=2)
    street: ht.Category = ht.field(seen=True)

    @ht.derive
    def largest(row):
        return row.sizes.max()
""",
).replace('"heating"], contract', '"heating", "largest"], contract')


def wide(count: int, **options: object) -> pl.DataFrame:
    frame = flats(count, **options)  # type: ignore[arg-type]
    place = pl.int_range(pl.len())
    return frame.with_columns(
        number=place + 1000,
        sizes=pl.concat_list(pl.col("area") * 0.6, pl.col("area") * 0.4),
        place=pl.concat_list(place * 0.1, place * 0.2),
        street=pl.when(place % 2 == 0).then(pl.lit("High Street")).otherwise(pl.lit("Mill Lane")),
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("wide"), WIDE, wide(400))


def test_keys_lists_and_embeddings_from_file_to_version_to_log_and_back(project: Project, tmp_path: Path) -> None:
    report = project.run()
    assert report.status == "registered"
    put_in_production(project, 1)
    workspace = project.open()
    loaded = load_version(workspace.store, workspace.catalog.versions.get("flat", 1).id)
    workspace.close()
    assert loaded.manifest.roles.features == ("area", "rooms", "heating", "largest")
    assert loaded.contract.field("street").levels == ("High Street", "Mill Lane")  # type: ignore[union-attr]
    row = {
        **{"area": 50.0, "rooms": 2, "heating": "gas", "day": "2020-03-01", "number": 7, "sizes": [20, 30.0]},
        **{"place": [0.1, 0.2], "street": "New Road"},
    }
    answered = answer(loaded, [loaded.checker.check(row)])[0]
    assert [failure.test for failure in answered.verdict.failures] == ["street.seen"]
    kept = decode_record(encode_record(record_of(loaded, answered, "p", Asking(received=5))))
    label = LabelRecord(prediction_id="p", value=700.0, received=6)
    names = [field.name for field in loaded.manifest.contract.fields]
    back = rows_of(join_labels([kept, label]), target="rent", fields=names)
    assert back["number"].to_list() == ["7"]
    assert back["sizes"].to_list() == [[20.0, 30.0]]
    verdict = RowChecker(loaded.manifest.contract).check(back.row(0, named=True))
    assert not verdict.refused


def test_a_batch_predicted_into_csv_is_spelt_as_the_contract_reads_it(project: Project, tmp_path: Path) -> None:
    project.run()
    rows = wide(20, seed=1).drop("rent")
    rows.write_parquet(tmp_path / "new.parquet")
    workspace = project.open()
    report = predict_file(workspace, "v1", tmp_path / "new.parquet", tmp_path / "answers.csv")
    again = predict_file(workspace, "v1", tmp_path / "answers.csv", tmp_path / "again.parquet")
    workspace.close()
    assert (report.answered, again.answered) == (20, 20)
    answers = pl.read_parquet(tmp_path / "again.parquet")
    assert [json.loads(sizes) for sizes in answers["sizes"]] == rows["sizes"].to_list()
    assert answers["prediction"].to_list() == pl.read_csv(tmp_path / "answers.csv")["prediction"].to_list()
