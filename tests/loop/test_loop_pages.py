"""The pages of the two roads name every kind of event, every step and every figure as the code has it."""

import re
from pathlib import Path

from holdtrue.loop import labelled
from holdtrue.pipeline import assessed, tested
from holdtrue.watching import BATCH, state

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = Path(__file__).parents[2] / "src" / "holdtrue"


def _code(*packages: str) -> str:
    return "\n".join(path.read_text() for package in packages for path in sorted((SOURCE / package).glob("*.py")))


def test_every_kind_of_event_is_on_the_page_of_the_loop() -> None:
    page = (DOCS / "loop.md").read_text()
    kinds = set(re.findall(r'"((?:alarm|alert|retrain|watch)\.[a-z]+)"', _code("loop", "watching")))
    kinds |= {f"{reaction}.{end}" for reaction in ("retrain", "rollback") for end in ("waiting", "dropped")}
    assert len(kinds) >= 9
    assert {kind for kind in kinds if f"`{kind}`" not in page} == set()


def test_every_step_is_on_the_page_of_training_in_its_order() -> None:
    steps = re.findall(r'watch\.step\("([a-z ]+)"\)', _code("pipeline"))
    listed = re.findall(r"^\| ([a-z ]+) \|", (DOCS / "training.md").read_text(), re.MULTILINE)
    assert sorted(steps) == sorted(listed)
    assert listed[0] == "capture"


def test_figures_are_those_of_the_code() -> None:
    loop, training = (DOCS / "loop.md").read_text(), (DOCS / "training.md").read_text()
    assert f"up to {BATCH} records" in loop
    assert f"more than {state.MOST_AWAITING:,} rows wait" in loop
    assert f"last {state.MOST_SEEN:,} ids" in loop
    assert f"last {labelled._MOST_WAITING:,} rows" in loop.replace("\n", " ")
    assert f"at least {assessed.FEWEST_SINCE} of them" in training
    assert f"first {tested.QUARANTINE_ROWS:,} of a run" in training
