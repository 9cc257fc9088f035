"""Policies: when what happens, what is done; as data, and in words."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from holdtrue.policies.conditions import Condition, condition_text
from holdtrue.policies.durations import micros_in
from holdtrue.policies.reactions import Accept, Alert, Reaction, reaction_text


class Policy(Struct, frozen=True, kw_only=True):
    """When any of these happens, do all of that.

    Attributes:
        when: conditions; each one is enough.
        do: reactions, in order.
        cooldown: the least time between two retrainings, or two rollbacks, by this policy. An alarm within it is not
            forgotten: its reaction waits. Alerts do not cool down.
    """

    when: tuple[Condition, ...]
    do: tuple[Reaction, ...]
    cooldown: str = "1d"

    def __post_init__(self) -> None:
        micros_in(self.cooldown)

    @property
    def text(self) -> str:
        """The policy as its user reads it.

        Example:
            >>> from holdtrue.policies import Every, Retrain
            >>> Policy(when=(Every("7d"),), do=(Retrain(),)).text
            'When 7d have passed since the last training: retrain. At most once in 1d.'
        """
        when = " or ".join(condition_text(each) for each in self.when)
        do = "; ".join(reaction_text(each) for each in self.do)
        limit = (
            "" if all(isinstance(each, (Alert, Accept)) for each in self.do) else f" At most once in {self.cooldown}."
        )
        return f"When {when}: {do}.{limit}"


def explain(policies: Sequence[Policy]) -> list[str]:
    """Return each policy in one sentence, in order: what `holdtrue policies explain` prints."""
    return [policy.text for policy in policies]
