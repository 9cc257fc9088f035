"""What a run ran in: Python, platform, installed distributions, and the names of environment variables."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata

from holdtrue.store import Store
from holdtrue.versions.manifests import EnvironmentManifest, put_captured

# These change what a computation gives, and hold no secret.
ALLOWED = (
    "PYTHONHASHSEED",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "TZ",
    "LANG",
    "LC_ALL",
)


def describe_environment(environ: Mapping[str, str] | None = None) -> EnvironmentManifest:
    """Describe this process's environment; variables by name, and by value only those on the allow-list."""
    variables = os.environ if environ is None else environ
    return EnvironmentManifest(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        distributions=dict(sorted(_distributions().items())),
        variables=tuple(sorted(variables)),
        values={name: variables[name] for name in ALLOWED if name in variables},
    )


def capture_environment(store: Store, *, at: int, environ: Mapping[str, str] | None = None) -> str:
    """Put a description of this process's environment in the store and return its id.

    Args:
        store: where it goes; the caller commits it.
        at: microseconds UTC.
        environ: the environment variables; the process's own if left out.
    """
    return put_captured(store, describe_environment(environ), at=at)


def _distributions() -> dict[str, str]:
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:  # a broken install may have none
            found.setdefault(name, distribution.version)
    return found
