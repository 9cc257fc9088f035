"""What the routes of one server share: its models, its counts, its clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from holdtrue.contracts import TooManyRows
from holdtrue.foundation import Clock, DataUnreadable, HoldtrueError, NoSpace, WrongUse, new_id
from holdtrue.media import TooMuchMedia
from holdtrue.predicting import Answer, Asking, ModelFailed, answer, record_of
from holdtrue.predictionlog import check_prediction_id
from holdtrue.serving.bodies import Bodies
from holdtrue.serving.http import (
    Gone,
    Receive,
    Reply,
    Scope,
    TooLarge,
    TooSlow,
    foreign_page,
    header,
    problem,
    problem_of,
)
from holdtrue.serving.metrics import Metrics
from holdtrue.serving.repeats import IdsTaken
from holdtrue.serving.served import Live, ServedModel

PREDICTION_ID = b"holdtrue-prediction-id"
CLIENT = b"holdtrue-client"
LONG_BODY = 64 << 10
"""A request longer than this is worked on in a thread, so that it holds up no other."""
MOST_ROWS = 25_000
"""A request may have so many rows; one of `LONG_BODY` bytes cannot have more."""

_logger = logging.getLogger("holdtrue.serving")


class NotServed(HoldtrueError):
    """The model is known, and no version of it can answer now."""

    code = "not-served"


class UnknownModel(WrongUse):
    """The server has no model of that name."""

    code = "unknown-model"


class ForeignPage(WrongUse):
    """Another site's page asked, by way of someone's browser."""

    code = "foreign-page"


class _Counts(Struct):
    answered: int
    refused: int
    odd: int
    failed_tests: dict[str, int]


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
        bodies: reads the bodies of requests.
        draining: the server is about to stop: it answers, and asks its clients to go elsewhere.
        following: whether the alias is being followed; without that no new version would ever answer.
        troubles: models that could not be brought up to date, and why.
    """

    def __init__(self, clock: Clock, largest_body: int, body_seconds: float) -> None:
        self.models: dict[str, ServedModel] = {}
        self.metrics = Metrics()
        self.clock, self.bodies = clock, Bodies(largest_body, body_seconds)
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

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body of a request to do something.

        Raises:
            ForeignPage: another site's page sent it. TooLarge, TooSlow, Gone.
        """
        page = foreign_page(scope)
        if page:
            message = f"a page of {page} may not send anything here"
            raise ForeignPage(message, hint="programs may, and pages of this server's own address")
        return await self.bodies.read(receive)

    async def answer(
        self,
        served: ServedModel,
        live: Live,
        judge: Callable[[], list[Answer]],
        reply: Callable[[Answered], Reply],
        *,
        scope: Scope,
        ids: Sequence[str],
        long: bool,
        whole: bool = False,
    ) -> Reply:
        """Answer a request's rows and record what was answered.

        Args:
            served, live: the model, and the version that answers.
            judge: gives the answers. reply: puts them in the form of the protocol.
            scope: says who asks.
            ids: the ids that the client gave the rows; empty: they are made here.
            long: do all of it in a thread.
            whole: one refused row refuses them all: then the refused ones alone are recorded.

        Raises:
            WrongUse: not as many ids as rows.
            DataUnreadable, ModelFailed, NoSpace, EnvironmentFailed.
        """
        received = self.clock.now()
        asking = Asking(received=received, client=self.client(scope), alias=live.alias, epoch=live.epoch)

        def work() -> tuple[Reply, int, _Counts]:
            answers = judge()
            if ids and len(ids) != len(answers):
                message = f"{len(ids)} prediction ids for {len(answers)} rows"
                raise WrongUse(message, hint="give one for each row, or none")
            names = ids or [new_id(received) for _ in answers]
            counts = _counts(answers, whole=whole)
            kept = [
                record_of(live.loaded, each, name, asking)
                for each, name in zip(answers, names, strict=True)
                if each.refused or not (whole and counts.refused)
            ]
            ticket = served.write(kept) if kept else 0
            return reply(Answered(live, answers, names)), ticket, counts

        done, ticket, counts = await asyncio.to_thread(work) if long else work()
        if ticket:
            await served.durable(ticket)
        self.metrics.rows(served.name, counts.answered, counts.refused, counts.odd)
        if counts.failed_tests:
            self.metrics.failed_tests(served.name, counts.failed_tests)
        return done


def _counts(answers: Sequence[Answer], *, whole: bool) -> _Counts:
    found = _Counts(0, 0, 0, {})
    for each in answers:
        if each.refused:
            found.refused += 1
        if each.odd is not None:
            found.odd += 1
        for failure in each.verdict.failures:
            found.failed_tests[failure.test] = found.failed_tests.get(failure.test, 0) + 1
    found.answered = 0 if whole and found.refused else len(answers) - found.refused
    return found


def takes_long(live: Live, body: bytes) -> bool:
    """Say whether a request is worked on in a thread: a few bytes of sound or picture may take a second to decode."""
    return len(body) > LONG_BODY or live.loaded.reads_media


def judged(live: Live, body: bytes) -> list[Answer]:
    """Return the answers to a body of JSON: one row or a list of them.

    Raises:
        TooManyRows: more than `MOST_ROWS`. TooMuchMedia: more is to be decoded than for one request.
    """
    return answer(live.loaded, live.loaded.checker.check_json(body, MOST_ROWS))


def ids_of(scope: Scope) -> list[str]:
    """Return the prediction ids the client gave; none if it gave none.

    Raises:
        WrongUse: one of them is no id, or is there twice.
    """
    given = header(scope, PREDICTION_ID)
    if not given:
        return []
    ids = [each.strip() for each in given.split(",")]
    for each in ids:
        check_prediction_id(each)
    if len(set(ids)) < len(ids):
        twice = next(each for each in ids if ids.count(each) > 1)
        raise WrongUse(f"the prediction id {twice} is given to two rows", hint="give each row an id of its own")
    return ids


async def replied(work: Awaitable[Reply]) -> Reply | None:
    """Return what the work answers, or the answer to the error it ends with; None if the client has gone."""
    try:
        return await work
    except Gone:
        return None
    except TooLarge:
        return problem(413, "the request is longer than this server takes", hint="send the rows in several requests")
    except TooSlow:
        return problem(408, "the request did not come whole in time", hint="send it in one go")
    except (TooManyRows, TooMuchMedia) as error:
        return problem_of(413, error)
    except UnknownModel as error:
        return problem_of(404, error)
    except IdsTaken as error:
        return problem_of(409, error)
    except ForeignPage as error:
        return problem_of(403, error)
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
