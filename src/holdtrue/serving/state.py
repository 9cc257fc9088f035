"""What the routes of one server share: its models, its counts, its clock."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from holdtrue.foundation import Clock, DataUnreadable, HoldtrueError, NoSpace, WrongUse, new_id
from holdtrue.predicting import Answer, Asking, ModelFailed, answer, record_of
from holdtrue.serving.http import Gone, Reply, Scope, TooLarge, header, problem, problem_of
from holdtrue.serving.metrics import Metrics
from holdtrue.serving.served import Live, ServedModel

PREDICTION_ID = b"holdtrue-prediction-id"
CLIENT = b"holdtrue-client"
LONG_BODY = 64 << 10
"""A request longer than this is worked on in a thread, so that it holds up no other."""

_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")
_logger = logging.getLogger("holdtrue.serving")


class NotServed(HoldtrueError):
    """The model is known, and no version of it can answer now."""

    code = "not-served"


class UnknownModel(WrongUse):
    """The server has no model of that name."""

    code = "unknown-model"


class Answered(Struct, frozen=True):
    """The answers to one request's rows, with the id of each, by the one version that gave them."""

    live: Live
    answers: list[Answer]
    ids: Sequence[str]


class ServerState:
    """The models of one server and what its routes need.

    Attributes:
        models: the models by name.
        metrics: what was counted so far.
        clock: dates what is received.
        draining: the server is about to stop: it answers, and asks its clients to go elsewhere.
        following: whether the alias is being followed; without that no new version would ever answer.
        troubles: models that could not be brought up to date, and why.
    """

    def __init__(self, clock: Clock, largest_body: int) -> None:
        self.models: dict[str, ServedModel] = {}
        self.metrics = Metrics()
        self.clock, self.largest_body = clock, largest_body
        self.draining = False
        self.following = False
        self.troubles: dict[str, str] = {}

    def model(self, name: str) -> ServedModel:
        """Return a model by its name.

        Raises:
            UnknownModel: the message lists those there are.
        """
        served = self.models.get(name)
        if served is None:
            known = ", ".join(sorted(self.models)) or "none"
            raise UnknownModel(f"no model {name} is served here", hint=f"models served here: {known}")
        return served

    def live(self, served: ServedModel) -> Live:
        """Return the version of a model that answers now; take it once a request.

        Raises:
            NotServed: there is none.
        """
        if served.live is None:
            raise NotServed(f"no version of {served.name} can answer: {served.trouble}", hint="promote a version")
        return served.live

    def client(self, scope: Scope) -> str:
        """Return who asks: the name the client gave itself, or its address."""
        named = header(scope, CLIENT)
        if named:
            return named[:64]
        peer = scope.get("client")
        return "" if peer is None else str(peer[0])

    async def answer(
        self,
        served: ServedModel,
        live: Live,
        judge: Callable[[], list[Answer]],
        *,
        scope: Scope,
        ids: Sequence[str],
        long: bool,
        whole: bool = False,
    ) -> Answered:
        """Answer a request's rows and record what was answered.

        Args:
            served, live: the model, and the version that answers.
            judge: gives the answers; runs in a thread if the request is `long`.
            scope: says who asks.
            ids: the ids that the client gave the rows; empty: they are made here.
            whole: one refused row refuses them all: then the refused ones alone are recorded.

        Raises:
            WrongUse: not as many ids as rows.
            DataUnreadable, ModelFailed, NoSpace, EnvironmentFailed.
        """
        received = self.clock.now()
        answers = await asyncio.to_thread(judge) if long else judge()
        if ids and len(ids) != len(answers):
            raise WrongUse(f"{len(ids)} prediction ids for {len(answers)} rows", hint="give one for each row, or none")
        ids = ids or [new_id(received) for _ in answers]
        refused = (
            sum(each.refused for each in answers) if len(answers) > 1 else int(bool(answers) and answers[0].refused)
        )
        asking = Asking(received=received, client=self.client(scope), alias=live.alias, epoch=live.epoch)
        kept = [
            record_of(live.loaded, each, name, asking)
            for each, name in zip(answers, ids, strict=True)
            if each.refused or not (whole and refused)
        ]
        if kept:
            await served.record(kept)
        self._count(served.name, answers, len(kept) - refused, refused)
        return Answered(live, answers, ids)

    def _count(self, model: str, answers: list[Answer], answered: int, refused: int) -> None:
        odd = 0
        for each in answers:
            if each.odd is not None:
                odd += 1
            if each.verdict.failures:
                self.metrics.failed_tests(model, [failure.test for failure in each.verdict.failures])
        self.metrics.rows(model, answered, refused, odd)


def judged(live: Live, body: bytes) -> list[Answer]:
    """Return the answers to a body of JSON: one row or a list of them."""
    return answer(live.loaded, live.loaded.checker.check_json(body))


def ids_of(scope: Scope) -> tuple[str, list[str]]:
    """Return the header with the prediction ids the client gave, and the ids in it.

    Raises:
        WrongUse: one of them is no id.
    """
    given = header(scope, PREDICTION_ID)
    if not given:
        return "", []
    ids = [each.strip() for each in given.split(",")]
    for each in ids:
        if not _ID.fullmatch(each):
            hint = "1 to 64 letters, digits and . _ : / + = -, several parted by commas"
            raise WrongUse(f"{each!r} cannot be a prediction id", hint=hint)
    return given, ids


async def replied(work: Awaitable[Reply]) -> Reply | None:
    """Return what the work answers, or the answer to the error it ends with; None if the client has gone."""
    try:
        return await work
    except Gone:
        return None
    except TooLarge:
        return problem(413, "the request is longer than this server takes", hint="send the rows in several requests")
    except UnknownModel as error:
        return problem_of(404, error)
    except NotServed as error:
        return problem_of(503, error)
    except (DataUnreadable, WrongUse) as error:
        # A full disk is "wrong use" on the command line; to a client it is a server that cannot answer.
        return problem_of(503 if isinstance(error, NoSpace) else 400, error)
    except ModelFailed as error:
        _logger.error("%s", error)
        return problem(500, "the model failed on these rows", hint="the server's log has the reason")
    except HoldtrueError as error:
        _logger.error("%s", error)
        return problem_of(503, error)
    except Exception:  # the last resort: a request must be answered
        _logger.exception("a request failed")
        return problem(500, "the server failed on this request", hint="the server's log has the reason")
