"""The page `docs/serving.md` says what the server does: its requests are sent, its answers compared."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from conftest import Start
from registered_houses import Place, register
from serving_calls import ask

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
ADDRESS = "http://127.0.0.1:8000"


def examples() -> Iterator[tuple[list[str], Any]]:
    """Give each request of the page, as words, with the answer that follows it, if one does."""
    blocks = re.findall(r"```(sh|json)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    for place, (kind, text) in enumerate(blocks):
        if kind != "sh":
            continue
        following = blocks[place + 1] if place + 1 < len(blocks) else ("sh", "")
        commands = [shlex.split("curl " + command) for command in text.split("curl ")[1:]]
        for command in commands:
            yield command, msgspec.json.decode(following[1]) if following[0] == "json" else None


def sent(url: str, words: list[str]) -> Any:
    method, body, headers, path = "GET", None, {}, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body = next(rest).encode()
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        else:
            assert word.startswith(ADDRESS)
            path = word.removeprefix(ADDRESS)
    return ask(url, method, path, body, headers)


def alike(shown: Any, found: Any) -> bool:
    """Compare keys, lengths and words; figures and ids are the version's and the moment's own."""
    if isinstance(shown, dict):
        return shown.keys() == found.keys() and all(
            key in ("id", "prediction_ids", "version_id") or alike(value, found[key]) for key, value in shown.items()
        )
    if isinstance(shown, list):
        return len(shown) == len(found) and all(alike(*pair) for pair in zip(shown, found, strict=True))
    return type(shown) is type(found) if isinstance(shown, float) else shown == found


def test_every_request_of_the_page_is_answered_as_the_page_shows(place: Place, start: Start) -> None:
    place.promote(register(place.store, place.catalog, model="house-price"))
    count = 0
    with start(place) as server:
        for words, shown in examples():
            answer = sent(server.url, words)
            assert answer.status == (422 if isinstance(shown, dict) and "error" in shown else 200), words
            assert shown is None or alike(shown, answer.body), (shown, answer.body)
            count += 1
        metrics = set(re.findall(r"# TYPE (\S+)", server.get("/metrics").body))
    assert count >= 11
    assert metrics == set(re.findall(r"`(holdtrue_\w+)`", PAGE.read_text(encoding="utf-8")))
