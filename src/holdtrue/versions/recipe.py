"""The recipe: what decides whether work must be done again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdtrue.foundation import digest_of
from holdtrue.versions.fingerprint import Fingerprint


def recipe_of(
    fingerprint: Fingerprint,
    *,
    data: Mapping[str, str],
    parameters: Mapping[str, Any],
    seed: int,
    slice: str = "",  # noqa: A002
    step: str = "",
) -> str:
    """Return the hash of a recipe: data versions, the code's fingerprint, parameters, seed and slice.

    Equal recipes give equal work. Commit, comments, the rest of the environment and the time are not in it.

    Args:
        fingerprint: of the project's own code that the step uses, with the distributions which that imports.
        data: source name to data id.
        parameters: name to value, ready for JSON.
        seed: of all chance in the step.
        slice: the share or number of rows asked for, empty for all.
        step: the step's own name, where several have the same ingredients.
    """
    return digest_of(
        {
            "code": fingerprint.digest,
            "data": dict(data),
            "parameters": dict(parameters),
            "seed": seed,
            "slice": slice,
            "step": step,
        }
    )
