"""What then: what a policy does."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.foundation import WrongUse
from holdtrue.monitors import FEWEST_ACCEPTED
from holdtrue.policies.durations import micros_of_promotion


class Alert(Struct, frozen=True, kw_only=True, tag_field="kind", tag="alert"):
    """Tell people, at once and every time: alarms are rare by construction, so alerts have no cool-down."""


class Retrain(Struct, frozen=True, kw_only=True, tag_field="kind", tag="retrain"):
    """Train, test and (if the gate is passed) promote a new version.

    Attributes:
        labels_since_change: wait until so many rows since the change have their labels; None does not wait.
    """

    labels_since_change: int | None = None


class Rollback(Struct, frozen=True, kw_only=True, tag_field="kind", tag="rollback"):
    """Go back to the last version that passed its gate.

    Attributes:
        within: so soon after a promotion this needs no labels; later only to a version that is no worse on the same
            recent labelled rows. Never to one that is known to be worse on them.
    """

    within: str = "7d of promotion"


class Accept(Struct, frozen=True, kw_only=True, tag_field="kind", tag="accept"):
    """Live with what an alarm found: its quantities are held against the rows since.

    Attributes:
        rows: wait until there are so many since the alarm.
    """

    rows: int = FEWEST_ACCEPTED


Reaction = Alert | Retrain | Rollback | Accept


def alert() -> Alert:
    """Tell people, at once."""
    return Alert()


def retrain(*, labels_since_change: int | None = None) -> Retrain:
    """Train, test and (if the gate is passed) promote a new version.

    Args:
        labels_since_change: after an alarm, wait until so many rows since the change have their labels: trained at
            once, the new version would have seen next to nothing of what has changed.
    """
    count = labels_since_change
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise WrongUse(
            f"labels_since_change={count!r}", hint="give a number of rows from 1, such as 300, or leave it out"
        )
    return Retrain(labels_since_change=count)


def rollback(*, within: str = "7d of promotion") -> Rollback:
    """Go back to the last version that passed its gate.

    Args:
        within: so soon after a promotion this needs no labels. Later it goes back only to a version that is no worse
            on the same recent labelled rows; where that cannot be shown, people are alerted instead.
    """
    micros_of_promotion(within)
    return Rollback(within=within)


def accept(*, rows: int = FEWEST_ACCEPTED) -> Accept:
    """Live with what an alarm found: its quantities are held against the rows since, and a further change alarms.

    Args:
        rows: wait until there are so many since the alarm, at least 100. If they are back before, or another version
            has taken over, nothing is accepted.
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < FEWEST_ACCEPTED:
        raise WrongUse(f"accept(rows={rows!r})", hint=f"give a number of rows from {FEWEST_ACCEPTED}, such as 1000")
    return Accept(rows=rows)


def reaction_text(reaction: Reaction) -> str:
    """Say what a reaction does.

    Example:
        >>> reaction_text(Retrain(labels_since_change=300))
        'retrain once 300 rows since the change have labels'
    """
    match reaction:
        case Alert():
            return "alert"
        case Retrain(labels_since_change=None):
            return "retrain"
        case Retrain(labels_since_change=count):
            return f"retrain once {count:,} rows since the change have labels"
        case Accept(rows=rows):
            return f"accept it once {rows:,} rows have come since, and hold what comes against those"
        case Rollback(within=within):
            window = within.removesuffix("of promotion").strip()
            return (
                f"roll back to the last version that passed its gate, if it is no worse on the same recent labelled "
                f"rows or production was promoted within {window}"
            )
