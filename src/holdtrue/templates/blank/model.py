"""A project of your own. Fill in what is marked FILL IN; then: holdtrue data test, holdtrue run."""

import lightgbm

import holdtrue as ht


class Row(ht.Contract):
    """What one row is: its columns and what their values may be. Live rows have all of them but the target.

    Kinds: ht.Int, ht.Float, ht.Bool, ht.Category, ht.Text, ht.Key, ht.Date, ht.DateTime; ht.List[ht.Int] and the like,
    ht.Embedding, ht.Image, ht.Audio, ht.Video.
    """

    # FILL IN: the columns of your table. The bounds given here are tested in training and at each live row.
    target: ht.Float
    amount: ht.Float = ht.field(ge=0, unit="EUR")
    # colour: ht.Category = ht.field(allowed=["red", "green", "blue"])
    # day: ht.Date


model = ht.Model(
    "my-model",  # FILL IN: a name for what is predicted
    target="target",  # FILL IN: the column to be predicted
    # time="day",  # the column that says when; then the newest rows are held back to judge by
    contract=Row,
    data=ht.files("data/*.csv", name="rows") + ht.served(),  # FILL IN: your files; .parquet works as well
)


@model.train
def fit(train, valid, params):
    """Return a fitted model: of LightGBM, or any of scikit-learn's."""
    rows = lightgbm.Dataset(train.X, train.y, feature_name=train.names, categorical_feature=train.categorical)
    settings = {"objective": "regression", "seed": params.seed, "verbose": -1}
    return lightgbm.train(settings, rows, num_boost_round=params.int("trees", 100, low=20, high=500))


# What a version must pass to be promoted. FILL IN: what is good enough, such as ht.metric("mae") < 10.
model.gate(ht.underfit(), ht.no_worse_than("production"))

# What is done by itself. ht.retrain() and ht.rollback() can be added once you trust it.
model.on(ht.Drift("inputs"), ht.Degraded(), ht.ReasonsChanged()).do(ht.alert())
