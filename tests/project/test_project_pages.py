"""The pages on projects, checks, gates and policies: their code runs, and every public name is on one of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import holdtrue as ht
from holdtrue.checks import run_check
from holdtrue.contracts import BatchChecker, fit_encoder
from holdtrue.flavors import flavor_of
from holdtrue.policies import explain
from holdtrue.project import Params, rows_of

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("project", "checks-and-gates", "policies")


def code_of(page: str) -> str:
    text = (DOCS / f"{page}.md").read_text()
    # Linked snippets stand in model.py: without a line of its own, an error would be told of the page's first line.
    return "\n\n".join(re.findall(r"```python\n(.*?)```", text, re.S))


def project(page: str) -> dict[str, Any]:
    """Run the first page's model.py, then the page's own code, as one file."""
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(code_of("project"), "model.py", "exec"), names)  # noqa: S102
    if page != "project":
        exec(compile(code_of(page).replace("def another_bath", "def a_second_bath"), f"{page}.py", "exec"), names)  # noqa: S102
    return names


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_is_a_whole_project(page: str) -> None:
    project(page)["house"].require_complete()


def test_the_checks_of_the_page_can_be_judged_on_a_trained_model() -> None:
    house: ht.Model = project("checks-and-gates")["house"]
    generator = np.random.default_rng(0)
    n = 400
    beds, baths = generator.integers(1, 6, n), generator.integers(1, 4, n)
    frame = pl.DataFrame(
        {
            "price": 20_000.0 * beds + 15_000.0 * baths,
            "beds": beds,
            "baths": baths,
            "yrbuilt": generator.integers(1890, 1990, n),
            "garage": generator.choice(["no garage", "attached"], n),
            "sdate": ["1996-07-01"] * n,
        }
    )
    accepted = BatchChecker(house.spec).check(frame, spelling="csv").accepted
    assert accepted.height == n
    encoder = fit_encoder(house.live, house.features, accepted)
    rows = rows_of(accepted, encoder, house.spec, target="price")
    trained = house.fit(rows, rows, Params({"trees": 60}))
    flavor = flavor_of(trained)
    predictor = flavor.load(flavor.save(trained, rows.X))

    class Fitted:
        def predict(self, rows: ht.Rows) -> np.ndarray:
            return predictor.predict(rows.X)

    verdicts = {check.name: run_check(check, Fitted(), rows) for check in house.checks}
    assert len(verdicts) == 4
    assert all(verdict.passed for verdict in verdicts.values()), verdicts
    assert not verdicts["old_houses_are_not_forgotten"].required


def test_the_policies_read_as_the_page_says() -> None:
    house: ht.Model = project("policies")["house"]
    assert explain(house.policies)[0] in (DOCS / "policies.md").read_text()


def test_every_public_name_stands_on_a_page() -> None:
    pages = "".join((DOCS / f"{page}.md").read_text() for page in (*PAGES, "contracts", "comparing"))
    assert [name for name in ht.__all__ if not re.search(rf"\bht\.{name}\b", pages)] == []
