"""What a user writes, and how each mistake is answered."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import holdtrue as ht
from holdtrue.foundation import ContractError, ProjectBroken
from holdtrue.profiles import Block
from holdtrue.project import FilesSource, Params, ServedSource

HERE = Path(__file__).name


class Sale(ht.Contract):
    """One house sale."""

    price: ht.Float = ht.field(gt=0)
    beds: ht.Int = ht.field(ge=0, le=20)
    yrbuilt: ht.Int
    garage: ht.Category
    words: ht.Text
    sold: ht.Date
    seller: ht.Category
    weight: ht.Float

    @ht.derive
    def age(row):  # type: ignore[no-untyped-def]
        return row.sold.year() - row.yrbuilt

    @ht.derive
    def price_of_bed(row):  # type: ignore[no-untyped-def]
        return row.price / row.beds


def model(**more: Any) -> ht.Model:
    given: dict[str, Any] = {"target": "price", "contract": Sale, "data": ht.files("data/*.csv"), **more}
    return ht.Model(given.pop("name", "house-price"), **given)


def test_roles_leave_the_features() -> None:
    house = model(time="sold", group="seller", weight="weight")
    assert house.features == ("beds", "yrbuilt", "garage", "age")
    assert house.watched == house.features
    assert (house.target, house.time, house.group, house.weight, house.key) == (
        "price",
        "sold",
        "seller",
        "weight",
        None,
    )
    assert "price" not in house.live.kinds and "price_of_bed" not in house.live.kinds


def test_listed_features_are_taken_in_order_and_a_role_listed_is_watched() -> None:
    house = model(time="sold", features=["age", "sold"])
    assert house.features == ("age", "sold")
    assert house.watched == ("beds", "yrbuilt", "garage", "sold", "seller", "weight", "age")


def test_sources_are_data() -> None:
    house = model(data=ht.files("data/sales/*.parquet", name="sales") + ht.files("more.csv") + ht.served())
    assert house.sources == (
        FilesSource(pattern="data/sales/*.parquet", name="sales"),
        FilesSource(pattern="more.csv"),
        ServedSource(),
    )


def test_what_is_declared_is_kept_in_order() -> None:
    house = model()

    @house.train
    def fit(train: Any, valid: Any, params: Any) -> Any:
        return params.int("trees", 7) + train + valid

    @house.check
    def sane(model: Any, rows: Any) -> None:
        """Sane.

        Really.
        """

    @house.check(required=False)
    def told(model: Any, rows: Any) -> None: ...

    house.gate(ht.metric("mae") < 25_000)
    house.gate(ht.overfit() < 0.25, ht.underfit())
    house.on(ht.Drift("inputs"), ht.Degraded()).do(ht.alert(), ht.retrain(labels_since_change=300))
    house.on(ht.Every("7d")).do(ht.retrain(), cooldown="12h")
    house.require_complete()
    params = Params()
    assert house.fit(1, 2, params) == 10  # type: ignore[arg-type]
    assert [(each.name, each.doc, each.required) for each in house.checks] == [
        ("sane", "Sane.", True),
        ("told", "", False),
    ]
    assert HERE in house.checks[0].place
    assert [str(each) for each in house.conditions] == ["mae < 25,000", "overfit() < 0.25", "underfit()"]
    assert [each.cooldown for each in house.policies] == ["1d", "12h"]
    assert fit.__name__ == "fit" and sane.__name__ == "sane"


@pytest.mark.parametrize(
    ("function", "result"),
    [(lambda train: train, "t"), (lambda train, valid: train + valid, "tv"), (lambda *parts: "".join(parts), "tvp")],
)
def test_a_training_function_takes_what_it_names(function: Callable[..., Any], result: str) -> None:
    house = model()
    house.train(function)
    assert house.fit("t", "v", "p") == result  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"target": "prize"}, r"target: the contract Sale has no field 'prize' \(did you mean price\?\)"),
        ({"time": "sdate"}, "time: the contract Sale has no field 'sdate'"),
        ({"features": ["bed"]}, r"no field 'bed' \(did you mean beds\?\)"),
        ({"features": ["price"]}, "the target price is among the features"),
        ({"features": ["price_of_bed"]}, "derived from the target"),
        ({"features": ["words"]}, "free text"),
        ({"features": ["beds", "beds"]}, "each field once"),
        ({"features": []}, "one at least"),
        ({"features": "beds"}, r"features=\['beds'\]"),
        ({"target": "garage"}, "garage is of kind category"),
        ({"target": "age"}, "age' is derived"),
        ({"time": "beds"}, "beds is of kind int"),
        ({"weight": "garage"}, "weight must be a number"),
        ({"key": "price"}, "has another role too"),
    ],
)
def test_what_the_contract_does_not_have_is_named_with_file_and_line(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words) as caught:
        model(**more)
    line = inspect.getsourcelines(model)[1] + 2
    assert caught.value.message.startswith(f"{__file__}:{line}: ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "house price"}, "cannot be a model's name"),
        ({"name": "house:v1"}, "cannot be a model's name"),
        ({"name": "v1"}, "cannot be a model's name"),
        ({"name": "run"}, "cannot be a model's name"),
        ({"name": "prediction"}, "cannot be a model's name"),
        ({"name": "2nd"}, "cannot be a model's name"),
        ({"contract": Sale.spec}, "is no contract"),
        ({"data": "data/*.csv"}, "is no source of data.*ht.files"),
        ({"held": 0}, "leave nothing to train or"),
        ({"held": 0.9, "valid": 0.2}, "leave nothing to train or"),
        ({"max_refused": 2}, "is no share"),
        ({"task": "ranking"}, 'use "regression" or "binary"'),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ProjectBroken, match=words) as caught:
        model(**more)
    assert f"{HERE}:" in caught.value.message


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda house: house.gate(ht.metric("mae")), r'metric\("mae"\) is no condition of a gate'),
        (lambda house: house.gate(ht.overfit()), r"overfit\(\) is no condition"),
        (lambda house: house.gate(0.3), "0.3 is no condition"),
        (lambda house: house.gate(ht.metric("accuracy") > 0.5), "accuracy is no metric of a regression model"),
        (lambda house: house.gate(ht.no_worse_than("production", metric="brier")), "brier is no metric"),
        (lambda house: house.on(), "names nothing to react to"),
        (lambda house: house.on("drift"), "'drift' is nothing to react to"),
        (lambda house: house.on(ht.Drift("inputs")).do(), "each reaction once"),
        (lambda house: house.on(ht.Drift("inputs")).do(ht.alert(), ht.alert()), "each reaction once"),
        (lambda house: house.on(ht.Drift("inputs")).do(ht.alert), "is no reaction"),
        (lambda house: house.on(ht.Drift("inputs")).do(ht.alert(), cooldown="soon"), "cooldown: 'soon' is no duration"),
        (lambda house: house.on(ht.Every("7d")).do(ht.rollback()), "no reason to roll back"),
        (lambda house: house.on(ht.Every("7d")).do(ht.accept()), "only an alarm of the detectors can be accepted"),
        (lambda house: house.on(ht.Every("7d")).do(ht.retrain(labels_since_change=3)), "needs a change"),
        (lambda house: [house.train(lambda train: 1), house.train(lambda train: 1)], "trained by two functions"),
        (lambda house: house.train(lambda: 1), "takes other arguments"),
        (lambda house: house.train(lambda a, b, c, d: 1), "takes other arguments"),
        (lambda house: house.train(3), "cannot be called"),
        (lambda house: [house.check(lambda model, rows: 1), house.check(lambda model, rows: 1)], "a second check"),
        (lambda house: house.require_complete(), "has no training function"),
    ],
)
def test_a_wrong_declaration_is_refused_with_file_and_line(declare: Callable[[ht.Model], Any], words: str) -> None:
    with pytest.raises(ProjectBroken, match=words) as caught:
        declare(model())
    if "3" not in words and "cannot be called" not in words:
        assert f"{HERE}:" in caught.value.message


class Watched(Sale):
    """Sales with table tests, of which windows of live rows are judged by one."""

    @ht.table_test(live=True)
    def few_sheds(table):  # type: ignore[no-untyped-def]
        return table.column("garage").share("shed") < 0.1

    @ht.table_test(live=True)
    def garages_as_before(table):  # type: ignore[no-untyped-def]
        return table.column("garage").drift_from(table.last) < 0.1

    @ht.table_test(live=True)
    def paid(table):  # type: ignore[no-untyped-def]
        return table.column("price").mean > 0

    @ht.table_test(live=True)
    def many(table):  # type: ignore[no-untyped-def]
        return table.rows > 9

    @ht.table_test
    def few_beds(table):  # type: ignore[no-untyped-def]
        return table.column("beds").mean < 9


def test_only_a_table_test_that_is_judged_live_can_be_reacted_to() -> None:
    house = model(contract=Watched)
    house.on(ht.TableTestFails("few_sheds"), ht.TableTestFails()).do(ht.alert())
    assert house.policies[0].text == "When the table test few_sheds fails live or a table test fails live: alert."
    for name in ("few_beds", "garages_as_before", "paid", "many", "misspelt"):
        with pytest.raises(ProjectBroken, match=f'no table test "{name}" is judged live') as caught:
            house.on(ht.TableTestFails(name))
        assert caught.value.hint == "judged live are few_sheds"
    with pytest.raises(ProjectBroken, match="no table test is judged live"):
        model().on(ht.TableTestFails())


def test_an_on_without_do_is_found_when_all_has_been_read() -> None:
    house = model()
    house.train(lambda train: 1)
    house.on(ht.Drift("inputs"))
    with pytest.raises(ProjectBroken, match=r"on\(...\) says nothing to do"):
        house.require_complete()
    assert house.policies == ()


def test_a_training_function_that_fails_is_told_with_its_line() -> None:
    house = model()

    @house.train
    def fit(train: Any) -> Any:
        return len(train) / 0

    line = fit.__code__.co_firstlineno + 2
    with pytest.raises(ProjectBroken, match=f"{HERE}:{line}: fit failed: ZeroDivisionError: division by zero"):
        house.fit([1], [1], Params())  # type: ignore[arg-type]


def test_a_training_function_that_returns_nothing_is_told_so() -> None:
    house = model()
    house.train(lambda train: None)
    with pytest.raises(ProjectBroken, match="returned nothing"):
        house.fit([1], [1], Params())  # type: ignore[arg-type]


def test_a_season_is_of_the_calendar_or_a_field() -> None:
    assert model(season="hour", time="sold").season == "hour"
    assert model(season="garage").season == "garage"
    with pytest.raises(ProjectBroken, match=r"season='month' needs the time of each row"):
        model(season="month")
    with pytest.raises(ProjectBroken, match=r"season='monht' is not known"):
        model(season="monht", time="sold")
    with pytest.raises(ProjectBroken, match=r"season='price' is not known"):
        model(season="price")  # a live row does not have it


def test_a_season_that_could_be_two_things_is_refused() -> None:
    class Monthly(Sale):
        """A sale whose month is given."""

        month: ht.Int

    for more in ({}, {"time": "sold"}):
        with pytest.raises(ProjectBroken, match=r"season='month' is a part of the calendar and a field of Monthly"):
            model(contract=Monthly, season="month", **more)


def test_a_block_is_of_time_or_of_rows() -> None:
    assert model(block="day", time="sold").block == Block("day")
    assert model(block=50).block == Block("rows", 50)
    with pytest.raises(ProjectBroken, match=r"block='week' needs the time of each row"):
        model(block="week")
    for wrong in ("month", 1, True, 0.5):
        with pytest.raises(ProjectBroken, match=rf"block={wrong!r} is not known"):
            model(block=wrong, time="sold")
