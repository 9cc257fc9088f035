"""Hot swap: watches where the alias points, brings the new version into memory, tests it, and lets it answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from holdtrue.catalog import AliasRecord, Catalog
from holdtrue.foundation import Event, HoldtrueError, new_id
from holdtrue.predicting import LoadedVersion, load_version, self_test
from holdtrue.predictionlog import Durability, open_writer
from holdtrue.serving.served import Live, ServedModel
from holdtrue.serving.state import ServerState
from holdtrue.store import Store

_SHORTEST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
_logger = logging.getLogger("holdtrue.serving")


class Settings(Struct, frozen=True, kw_only=True):
    """What is served, from where.

    Attributes:
        store, catalog: where versions and the alias are kept.
        log_root: the folder of the prediction logs.
        models: the models to serve; None: every model there is, new ones too.
        alias: the alias that says which version.
        durability: of the prediction log.
        writer: this server's name in the log is `WRITER-1`, or the next number that is free.
        poll_seconds: how often the catalog is asked whether an alias has moved.
        cache_dir: where copies of versions are kept, for a store that is far away.
    """

    store: Store
    catalog: Catalog
    log_root: Path
    models: tuple[str, ...] | None = None
    alias: str = "production"
    durability: Durability = "batch"
    writer: str = "server"
    poll_seconds: float = 0.05
    cache_dir: Path | None = None


class _Trial(Struct):
    """What could not be done for a model, and when to try again.

    Attributes:
        record: the alias whose version could not be loaded; None where it did not come to that.
    """

    record: AliasRecord | None
    pause: float
    again: float


class Swapper:
    """Keeps each model's live version where its alias points."""

    def __init__(self, state: ServerState, settings: Settings) -> None:
        self._state, self._settings = state, settings
        self._generation = -1
        self._kept: dict[str, deque[LoadedVersion]] = {}
        self._failed: dict[str, _Trial] = {}

    def prepare(self) -> None:
        """Open the logs and load the versions that the alias points at now; to be called before serving.

        A version that cannot be loaded is said by its model's `trouble`, not raised.
        """
        self._generation = self._settings.catalog.aliases.generation()
        for name in self._wanted():
            self._open(name)
            self._refresh(name)

    async def run(self) -> None:
        """Follow the alias until cancelled; `state.following` is true as long as it does."""
        self._state.following = True
        try:
            while True:
                await asyncio.sleep(self._settings.poll_seconds)
                try:
                    await asyncio.to_thread(self._look)
                except (HoldtrueError, OSError) as error:
                    # What answers goes on answering: a catalog that is away must not take the service with it.
                    self._state.metrics.poll_failed()
                    _logger.warning("the catalog cannot be asked for the versions to serve: %s", error)
        finally:
            self._state.following = False

    def _look(self) -> None:
        generation = self._settings.catalog.aliases.generation()
        now = time.monotonic()
        due: Sequence[str] = [name for name, trial in self._failed.items() if trial.again <= now]
        if generation != self._generation:
            due = self._wanted()
        for name in due:
            self._take_up(name)
        self._generation = generation

    def _wanted(self) -> Sequence[str]:
        settings = self._settings
        return settings.catalog.versions.models() if settings.models is None else settings.models

    def _take_up(self, name: str) -> None:
        """Bring one model up to date; what fails for it is tried again later and holds up no other."""
        try:
            self._open(name)
            self._refresh(name)
        except Exception as error:  # whatever it is, it must not end the following of all models
            _logger.exception("%s cannot be brought up to date", name)
            self._state.metrics.swap(name, "failed")
            self._state.troubles[name] = f"its version cannot be looked up: {error}"
            self._again(name, None)
        else:
            self._state.troubles.pop(name, None)

    def _again(self, name: str, record: AliasRecord | None) -> bool:
        """Plan the next trial, later each time; return whether this very thing has failed before."""
        before = self._failed.get(name)
        known = before is not None and before.record == record
        pause = min(_LONGEST_PAUSE, before.pause * 2) if known and before is not None else _SHORTEST_PAUSE
        self._failed[name] = _Trial(record, pause, time.monotonic() + pause)
        return known

    def _open(self, name: str) -> None:
        if name not in self._state.models:
            settings = self._settings
            log = open_writer(settings.log_root, name, settings.writer, settings.durability, self._state.clock)
            self._state.models[name] = ServedModel(name, log)

    def _refresh(self, name: str) -> None:
        served, alias = self._state.models[name], self._settings.alias
        record = self._settings.catalog.aliases.get(name, alias)
        if record is None:
            served.trouble = f"no version is {alias}"
            self._failed.pop(name, None)
            return
        if served.live is not None and served.live.epoch == record.epoch:
            self._failed.pop(name, None)
            return
        began = time.perf_counter()
        loaded, trouble = self._loaded(record)
        if loaded is None:
            self._refuse(served, record, trouble)
            return
        self._failed.pop(name, None)
        served.trouble = ""
        # The one assignment by which the new version answers: requests under way end with the one they began with.
        served.live = Live(loaded, record.number, alias, record.epoch, self._state.clock.now())
        self._state.metrics.swap(name, "served")
        self._tell("version.served", record, record.why, {"seconds": round(time.perf_counter() - began, 4)})

    def _loaded(self, record: AliasRecord) -> tuple[LoadedVersion | None, str]:
        kept = self._kept.setdefault(record.model, deque(maxlen=2))  # the one before stays: going back is at once
        loaded = next((each for each in kept if each.id == record.version_id), None)
        try:
            loaded = loaded or load_version(self._settings.store, record.version_id, self._settings.cache_dir)
            trouble = self_test(loaded)
        except HoldtrueError as error:
            return None, str(error)
        except Exception as error:  # a damaged version may make a library raise anything
            _logger.exception("version %s of %s cannot be loaded", record.number, record.model)
            return None, f"{type(error).__name__}: {error}"
        if trouble:
            return None, f"its self-test failed: {trouble}"
        if loaded not in kept:
            kept.append(loaded)
        return loaded, ""

    def _refuse(self, served: ServedModel, record: AliasRecord, trouble: str) -> None:
        served.trouble = f"v{record.number} cannot be served: {trouble}"
        known = self._again(served.name, record)
        self._state.metrics.swap(served.name, "failed")
        if not known:
            still = served.live.version if served.live is not None else "none"
            self._tell("version.load_failed", record, trouble, {"still_served": still})

    def _tell(self, kind: str, record: AliasRecord, why: str, data: dict[str, object]) -> None:
        now = self._state.clock.now()
        writer = self._state.models[record.model].log.writer
        event = Event(
            id=new_id(now),
            kind=kind,
            at=now,
            actor="server",
            why=why,
            model=record.model,
            subject=f"{record.model}:v{record.number}",
            data={"alias": record.alias, "epoch": record.epoch, "server": writer, **data},
        )
        try:
            self._settings.catalog.events.append(event)
        except HoldtrueError as error:
            _logger.warning("the event %s could not be recorded: %s", kind, error)
