"""The tables. A change here needs a migration beside it: a test compares the two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

# The index: made again from the store by a rebuild.

data_versions = Table(
    "data_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    UniqueConstraint("name", "number", name="uq_data_versions_number"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("gate_passed", Boolean, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    UniqueConstraint("model", "number", name="uq_model_versions_number"),
    Index("ix_model_versions_recipe", "model", "recipe"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("status", Text, nullable=False),
    Column("version_id", Text),
    Column("why", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_runs_model", "model", "started"),
)

steps = Table(
    "steps",
    metadata,
    Column("recipe", Text, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Pointers and the record of events: kept here alone, never cleared.

numbers = Table(
    "numbers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    UniqueConstraint("kind", "name", "id", name="uq_numbers_id"),
)

alias_moves = Table(
    "alias_moves",
    metadata,
    Column("model", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("version_id", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("moved_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("forced", Boolean, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_events_model", "model", "place"),
    Index("ix_events_kind", "kind", "place"),
)

chain = Table(
    "chain",
    metadata,
    Column("name", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

watches = Table(
    "watches",
    metadata,
    Column("key", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("position", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

watch_readings = Table(
    "watch_readings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("watch", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("time", BigInteger),
    Column("quantity_group", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_alarms_status", "model", "status"),
)

intents = Table(
    "intents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_intents_status", "status", "model"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
