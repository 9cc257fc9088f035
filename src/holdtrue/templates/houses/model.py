"""What is a house in Lucas County, Ohio, worth? One file says all that holdtrue needs to know."""

import lightgbm
import numpy as np

import holdtrue as ht


class Sale(ht.Contract):
    """One house sale: tested in training files, in batches and in every live request."""

    price: ht.Float = ht.field(gt=0, unit="USD")
    yrbuilt: ht.Int = ht.field(ge=1700, le=2100, doc="year the house was built")
    stories: ht.Category = ht.field(
        allowed=["one", "one+half", "two", "two+half", "three", "bilevel", "multilvl"]
    )
    area: ht.Int = ht.field(gt=0, le=20_000, warn=ht.bounds(ge=300), unit="sq ft", doc="living area")
    wall: ht.Category = ht.field(
        allowed=["wood", "brick", "partbrk", "metlvnyl", "stucdrvt", "ccbtile", "stone"]
    )
    beds: ht.Int = ht.field(ge=0, le=20, warn=ht.bounds(ge=1, le=12))
    baths: ht.Int = ht.field(ge=0, le=20, warn=ht.bounds(ge=1))
    halfbaths: ht.Int = ht.field(ge=0, le=20)
    frontage: ht.Int = ht.field(ge=0, le=10_000, warn=ht.bounds(gt=0), unit="ft")
    depth: ht.Int = ht.field(ge=0, le=10_000, warn=ht.bounds(gt=0), unit="ft")
    garage: ht.Category = ht.field(allowed=["no garage", "attached", "detached", "basement", "carport"])
    garagesqft: ht.Int = ht.field(ge=0, le=10_000, warn=ht.bounds(le=3_000), unit="sq ft")
    rooms: ht.Int = ht.field(ge=1, le=40)
    lotsize: ht.Int = ht.field(gt=0, unit="sq ft")
    sdate: ht.Date = ht.field(doc="day of the sale")

    @ht.derive
    def age(row):
        """Years from building to sale."""
        return row.sdate.year() - row.yrbuilt

    @ht.rule
    def sold_after_it_was_built(row):
        return row.yrbuilt <= row.sdate.year()

    @ht.rule
    def no_garage_has_no_area(row):
        return (row.garage != "no garage") | (row.garagesqft == 0)

    @ht.table_test
    def enough_rows(table):
        return table.rows >= 1000

    @ht.table_test
    def prices_in_dollars(table):
        return (table.column("price").mean > 20_000) & (table.column("price").mean < 500_000)


FEATURES = ["stories", "area", "wall", "beds", "baths", "halfbaths", "frontage", "depth",
            "garage", "garagesqft", "rooms", "lotsize", "age"]

# What the trees may look at; the others are there to be watched.
USED = FEATURES

house = ht.Model(
    "house-price",
    target="price",
    time="sdate",
    features=FEATURES,
    contract=Sale,
    data=ht.files("data/*.parquet", name="sales") + ht.served(),
)


@house.train
def fit(train, valid, params):
    settings = {
        "objective": "regression",
        "learning_rate": params.float("learning_rate", 0.05, low=0.01, high=0.3),
        "num_leaves": params.int("leaves", 31, low=7, high=127),
        "min_data_in_leaf": 20,
        "num_threads": 1,
        "deterministic": True,
        "seed": params.seed,
        "verbose": -1,
    }
    unused = [name not in USED for name in train.names]

    def rows(part):
        X = np.where(unused, 0.0, part.X)
        return lightgbm.Dataset(X, part.y, feature_name=train.names, categorical_feature=train.categorical)

    return lightgbm.train(
        settings,
        rows(train),
        num_boost_round=params.int("trees", 400, low=50, high=800),
        valid_sets=[rows(valid)],
        callbacks=[lightgbm.early_stopping(30, verbose=False)],
    )


@house.check
def a_larger_house_is_not_cheaper(model, rows):
    """On average over houses, 500 sq ft more must not lower the price."""
    larger = rows.with_values(area=rows.frame["area"] + 500)
    return (model.predict(larger) - model.predict(rows)).mean() > 0


@house.check
def a_mansion_costs_more_than_a_cottage(model, rows):
    """A case that must hold whatever the averages say."""
    cottage = dict(yrbuilt=1920, stories="one", area=700, wall="wood", beds=2, baths=1, halfbaths=0, frontage=40,
                   depth=100, garage="no garage", garagesqft=0, rooms=4, lotsize=4000, sdate="1995-06-01")
    mansion = dict(yrbuilt=1985, stories="two", area=4200, wall="brick", beds=5, baths=4, halfbaths=1, frontage=150,
                   depth=250, garage="attached", garagesqft=900, rooms=11, lotsize=37500, sdate="1995-06-01")
    cheap, dear = model.predict([cottage, mansion])
    return dear > 2 * cheap


house.gate(
    ht.metric("mae") < 25_000,
    ht.underfit() > 0.3,
    ht.overfit() < 0.6,
    ht.no_worse_than("production"),
    ht.same_reasons_as("production"),
)

house.on(ht.Drift("inputs"), ht.Degraded()).do(ht.alert(), ht.retrain(labels_since_change=300))
house.on(ht.Drift("predictions")).do(ht.alert())
house.on(ht.Drift("tests")).do(ht.alert())  # another share of the rows is refused
house.on(ht.ReasonsChanged(), ht.Degraded(within="7d of promotion")).do(ht.alert(), ht.rollback())
