"""What decides whether a run must be done again."""

from __future__ import annotations

from holdtrue.pipeline.captured import CapturedData
from holdtrue.pipeline.records import Ground, RunRequest
from holdtrue.project import Model
from holdtrue.versions import fingerprint, recipe_of

# Raised when the steps themselves change what they make of the same inputs.
STEPS = "training-road/1"


def run_recipe(
    ground: Ground,
    request: RunRequest,
    model: Model,
    code_id: str,
    data: CapturedData,
    since: int | None,
    *,
    watched: bool = True,
) -> str:
    """Return the hash of everything a version depends on; less how it is watched, of what its fit does.

    The data versions, the project's own code followed through imports (blind to comments and formatting) with the
    versions of the distributions it imports, parameters, seed, slice, and the regime it is trained for; and the season
    and block that the project's settings name, if they do.
    """
    adopted = ground.adopted.get(model.name) if watched else None
    settings = {"season": adopted.season, "block": adopted.block} if adopted is not None else {}
    watched_as = {"watched": settings} if any(settings.values()) else {}
    return recipe_of(
        fingerprint(ground.cache / "code" / code_id),
        data=data.ids,
        parameters={"given": request.parameters, "since": since} | watched_as,
        seed=model.seed,
        slice=request.slice,
        step=f"{STEPS} {model.name}",
    )
