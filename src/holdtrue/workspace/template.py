"""Writes a new project from a template."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from holdtrue.foundation import WrongUse

TEMPLATES = {
    "blank": "a model of your own: what to fill in is marked in its model.py",
    "houses": "what the demo runs on: 15,000 real sales of houses, with contract, model, checks, gate and policies",
}
_ORDER_SEED = 0
_HOUSES_KNOWN_TO = "1996-01-01"  # data/ holds what was sold before; live/ what came after


def write_template(name: str, folder: Path) -> tuple[Path, ...]:
    """Write the project `name` into a new or empty folder; return the files written.

    Raises:
        WrongUse: no template of that name, or the folder holds something already.
    """
    if name not in TEMPLATES:
        raise WrongUse(f'no template "{name}"', hint=f"there are: {', '.join(TEMPLATES)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} exists and is not an empty folder", hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    origin = resources.files("holdtrue.templates") / name
    written = []
    for entry in ("model.py", "pyproject.toml", "README.md", "gitignore", "holdtrueignore"):
        target = folder / (f".{entry}" if entry.endswith("ignore") else entry)
        with resources.as_file(origin / entry) as source:
            shutil.copyfile(source, target)
        written.append(target)
    if name == "houses":
        with resources.as_file(origin / "houses.parquet") as sales:
            written.extend(_split_sales(sales, folder))
    return tuple(written)


def _split_sales(sales: Path, folder: Path) -> list[Path]:
    import numpy as np
    import polars as pl

    frame = pl.read_parquet(sales)
    known_to = pl.lit(_HOUSES_KNOWN_TO).str.to_date()
    parts = {folder / "data" / "sales.parquet": frame.filter(pl.col("sdate") < known_to)}
    # The file knows days, not hours, and orders the sales of a day from south to north; live, they come in any order.
    live = frame.filter(pl.col("sdate") >= known_to)
    live = live[np.random.default_rng(_ORDER_SEED).permutation(live.height)].sort("sdate", maintain_order=True)
    for (year,), rows in live.group_by(pl.col("sdate").dt.year(), maintain_order=True):
        parts[folder / "live" / f"{year}.parquet"] = rows
    for path, rows in parts.items():
        path.parent.mkdir(exist_ok=True)
        rows.write_parquet(path, compression="zstd")
    return list(parts)
