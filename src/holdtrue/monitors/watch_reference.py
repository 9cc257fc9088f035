"""What of a baseline a watch holds its rows against."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.profiles import Baseline, Block, BlockedGroup, BlockReference, Learnt, Reference, Season


class WatchReference(Struct, frozen=True, kw_only=True):
    """What of a baseline is watched: each group's quantities, of the whole baseline and of each season.

    `learnt` is what the quantities of live rows are worked out by.
    """

    groups: dict[str, dict[str, Reference]]
    season: Season | None = None
    seasonal: dict[str, tuple[dict[str, Reference], ...]] = {}
    block: Block | None = None
    blocked: dict[str, BlockedGroup] = {}
    learnt: Learnt = Learnt()

    @staticmethod
    def of(baseline: Baseline, groups: Collection[str]) -> WatchReference:
        """Return what of a baseline some of its groups are held against."""
        return WatchReference(
            groups={group: dict(baseline.groups.get(group, {})) for group in groups},
            season=baseline.season,
            seasonal={group: baseline.seasonal[group] for group in groups if group in baseline.seasonal},
            block=baseline.block,
            blocked={group: baseline.blocked[group] for group in groups if group in baseline.blocked},
            learnt=baseline.learnt,
        )

    def blocks(self, group: str) -> dict[str, BlockReference]:
        """Return what the blocks of a group are held against; nothing where its rows are judged one by one."""
        if group not in self.blocked:
            return {}
        whole, lanes = self.groups[group], self.blocked[group].lanes
        seasons, apart = self.seasonal.get(group, (whole,)), self.blocked[group].by_season
        return {
            quantity: BlockReference(
                whole=each,
                seasons=tuple(part[quantity] for part in seasons),
                lanes=lanes[quantity],
                by_season=apart.get(quantity, ()),
            )
            for quantity, each in whole.items()
        }

    def ranked(self, group: str) -> Sequence[Mapping[str, Reference | BlockReference]]:
        """Return what steps of each season are ranked among; nothing where all are ranked together."""
        if group not in self.blocked:
            return self.seasonal.get(group, ())
        blocks = self.blocks(group)
        places = range(max((len(each.by_season) for each in blocks.values()), default=0))
        return [{q: replace(each, lanes=each.by_season[place]) for q, each in blocks.items()} for place in places]
