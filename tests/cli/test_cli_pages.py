"""The pages of commands and settings have a section for each, and what they say is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from test_cli_help import commands
from typer.main import get_command

from holdtrue.cli.app import app
from holdtrue.workspace import Settings, read_settings

DOCS = Path(__file__).parents[2] / "docs"


def sections(page: str, level: str = "##") -> dict[str, str]:
    text = (DOCS / page).read_text()
    parts = re.split(rf"^{level} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    alone = {"alarms", "events"}  # groups that are commands too
    wanted = {f"holdtrue {name}" for name, each in commands().items() if not hasattr(each, "commands") or name in alone}
    assert set(sections("cli.md")) == wanted


@pytest.mark.parametrize("title", list(sections("cli.md")))
def test_every_section_shows_the_command_at_work(title: str) -> None:
    calls = re.findall(r"^\$ (holdtrue .+)$", sections("cli.md")[title], re.MULTILINE)
    assert calls and all(call == title or call.startswith(f"{title} ") for call in calls)
    for call in calls:
        arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', call)][1:]
        get_command(app).make_context("holdtrue", arguments)


def test_options_that_the_page_names_are_there() -> None:
    for title, text in sections("cli.md").items():
        command = commands()[title.removeprefix("holdtrue ")]
        known = {option for each in command.params for option in each.opts}  # type: ignore[attr-defined]
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert set(re.findall(r"`(--[a-z-]+)", prose)) <= known, title


def test_every_setting_has_a_section_with_its_default_and_variable(tmp_path: Path) -> None:
    found = sections("settings.md")
    assert list(found) == [*Settings.__struct_fields__, "Variables that are no settings"]
    for each in msgspec.structs.fields(Settings):
        text = " ".join(found[each.name].split())
        shown = re.search(r"Default: `(.+?)`", text)
        default = each.default if each.default_factory is msgspec.NODEFAULT else each.default_factory()
        assert shown and tomllib.loads(f"x = {shown[1]}")["x"] == default
        assert f"`HOLDTRUE_{each.name.upper()}`" in text


def test_the_page_s_own_example_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "settings.md").read_text(), re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(example)
    assert read_settings(tmp_path, {}) == Settings(port=8800, price_per_gb_month=0.02)
