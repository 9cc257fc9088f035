"""`import holdtrue` is cheap, and hands out every public name."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import holdtrue

HEAVY = {"polars", "numpy", "sklearn", "lightgbm", "shap", "sqlalchemy", "pandas", "scipy", "msgspec"}


def test_importing_it_loads_nothing_heavy_and_costs_under_50_ms() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import holdtrue"]
    # The quickest of three: what else the machine does is not holdtrue's cost.
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stderr for _ in range(3)]
    lines = [re.findall(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)", run) for run in runs]
    loaded = {name.split(".")[0] for *_, name in lines[0]}
    assert "holdtrue" in loaded
    assert not loaded & HEAVY
    assert min(int(total) for run in lines for _, total, _, name in run if name == "holdtrue") < 50_000


def test_every_public_name_is_there_and_comes_from_where_the_editor_thinks() -> None:
    for name in holdtrue.__all__:
        value = getattr(holdtrue, name)
        home = holdtrue._HOME_OF[name]
        assert value is getattr(__import__(home, fromlist=[name]), name)
    assert set(holdtrue.__all__) == set(holdtrue._HOME_OF)
    assert set(holdtrue.__all__) <= set(dir(holdtrue))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Modle'"):
        holdtrue.Modle  # noqa: B018
