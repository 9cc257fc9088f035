"""Policies in the making: `house.on(...).do(...)`."""

from __future__ import annotations

from holdtrue.foundation import ProjectBroken, WrongUse
from holdtrue.policies import (
    Accept,
    Condition,
    Degraded,
    Drift,
    Every,
    NewData,
    Policy,
    Reaction,
    ReasonsChanged,
    Retrain,
    Rollback,
)
from holdtrue.project.places import declared_at


class On:
    """Conditions that wait for what is to be done; made by `Model.on`."""

    def __init__(self, conditions: tuple[Condition, ...], place: str) -> None:
        self._conditions = conditions
        self.place = place
        self.policy: Policy | None = None

    def do(self, *reactions: Reaction, cooldown: str = "1d") -> None:
        """Declare what is done, in order.

        Args:
            *reactions: `ht.alert()`, `ht.retrain(...)`, `ht.rollback()`, `ht.accept()`.
            cooldown: the least time between two retrainings, or two rollbacks, by this policy.

        Raises:
            ProjectBroken: no reaction, the same twice, or one that cannot follow the conditions.
        """
        if self.policy is not None:
            raise self._broken("do(...) was called before", "write one on(...).do(...) for each policy")
        given: tuple[object, ...] = reactions
        for each in given:
            if not isinstance(each, Reaction):
                raise self._broken(
                    f"{each!r} is no reaction", "write ht.alert(), ht.retrain(), ht.rollback() or ht.accept()"
                )
        if not reactions or len({type(each) for each in reactions}) < len(reactions):
            raise self._broken("do(...) needs each reaction once", "write such as .do(ht.alert(), ht.retrain())")
        self._require_sense(reactions)
        try:
            self.policy = Policy(when=self._conditions, do=reactions, cooldown=cooldown)
        except WrongUse as error:
            raise self._broken(f"cooldown: {error.message}", error.hint) from None

    def _require_sense(self, reactions: tuple[Reaction, ...]) -> None:
        timed = [each for each in self._conditions if isinstance(each, (NewData, Every))]
        for each in reactions:
            if isinstance(each, Rollback) and timed:
                raise self._broken("new data or age are no reason to roll back", "roll back on an alarm")
            alarms = (Drift, ReasonsChanged, Degraded)
            if isinstance(each, Accept) and not all(isinstance(of, alarms) for of in self._conditions):
                raise self._broken("only an alarm of the detectors can be accepted", "accept on Drift or its like")
            if isinstance(each, Retrain) and each.labels_since_change and len(timed) == len(self._conditions):
                raise self._broken("labels_since_change needs a change", "leave it out, or react to an alarm")

    def _broken(self, message: str, hint: str) -> ProjectBroken:
        return ProjectBroken(f"{declared_at()}: {message}", hint=hint)
