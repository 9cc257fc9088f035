"""Is all there that the manifests speak of? A store can be whole, and yet lack a pack that went with its index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from holdtrue.foundation import HoldtrueError, StoreDamaged
from holdtrue.store import Blob, Damage, Store
from holdtrue.versions.manifests import (
    CodeManifest,
    DataManifest,
    EnvironmentManifest,
    Manifest,
    ModelManifest,
    RunManifest,
    get_manifest,
)

_FORMS: Mapping[str, Any] = {
    "model": ModelManifest,
    "run": RunManifest,
    "data": DataManifest,
    "code": CodeManifest,
    "environment": EnvironmentManifest,
}


def find_gaps(store: Store, known: Mapping[str, tuple[str, str]] | None = None) -> tuple[Damage, ...]:
    """Return what manifests and the catalog refer to and the store cannot give; the bytes themselves are not read.

    Args:
        store: where it should be; after its own `check`, what that found bad counts as gone.
        known: ids that the catalog knows, with their kind (`model`, `data`) and how a person names them.
    """
    names = {identity: name for identity, (_, name) in (known or {}).items()}
    waiting: dict[tuple[str, str], str] = {
        (kind, identity): names.get(identity, f"the manifest of {kind} {identity[:12]}")
        for kind in _FORMS
        for identity in store.objects(kind)
    }
    waiting |= {(kind, identity): name for identity, (kind, name) in (known or {}).items()}
    looked_at: set[tuple[str, str]] = set()
    gaps: list[Damage] = []
    while waiting:
        (kind, identity), name = waiting.popitem()
        looked_at.add((kind, identity))
        try:
            manifest = get_manifest(store, identity, _FORMS[kind])
        except HoldtrueError as error:
            gaps.append(_gap(name, f"its manifest cannot be read: {error.message}", (identity,)))
            continue
        for what, blob in _blobs(manifest):
            lacking = store.lacks(blob)
            if lacking:
                gaps.append(_gap(name, f"{what} cannot be read", lacking))
        for below, other in _references(manifest):
            if (below, other) not in looked_at:
                waiting.setdefault((below, other), names.get(other, f"the {below} of {name}"))
    return tuple(sorted(gaps, key=lambda gap: gap.message))


def require_whole(store: Store, version_id: str, name: str) -> None:
    """Read every byte that serving a model version needs.

    Args:
        version_id: id of its manifest.
        name: how the message names it, such as `house-price:v3`.

    Raises:
        StoreDamaged: something of it is gone or altered; says what.
    """
    what = "its manifest"
    try:
        manifest = get_manifest(store, version_id, ModelManifest)
        for part, blob in _blobs(manifest):
            what = part
            for _ in store.read_blob(blob):
                pass
    except StoreDamaged as error:
        hint = "`holdtrue run --force` trains it again; `holdtrue store check` lists the damage"
        raise StoreDamaged(f"{name} cannot be used, {what} is damaged: {error.message}", hint=hint) from error


def is_whole(store: Store, version_id: str, *, with_run: bool = False) -> bool:
    """Say whether every byte that serving a model version needs can be read; it is read to find out.

    Args:
        with_run: also the manifest of its run.
    """
    try:
        require_whole(store, version_id, version_id[:12])
        if with_run:
            get_manifest(store, get_manifest(store, version_id, ModelManifest).run, RunManifest)
    except HoldtrueError:
        return False
    return True


def _blobs(manifest: Manifest) -> Iterator[tuple[str, Blob]]:
    if isinstance(manifest, ModelManifest):
        yield from ((f"its file {path}", blob) for path, blob in sorted(manifest.files.items()))
        yield from (("its baseline", manifest.baseline), ("its background", manifest.background))
        yield "its self-test", manifest.selftest
        if manifest.profile is not None:
            yield "the profile of its data", manifest.profile
        if manifest.rehearsal is not None:
            yield "its rehearsal", manifest.rehearsal
        if manifest.estimator is not None:
            yield "its estimator", manifest.estimator
    elif isinstance(manifest, DataManifest | CodeManifest):
        yield from ((f"its file {entry.path}", entry.blob) for entry in manifest.files)


def _references(manifest: Manifest) -> Iterable[tuple[str, str]]:
    if isinstance(manifest, ModelManifest):
        return [("run", manifest.run)]
    if isinstance(manifest, RunManifest):
        kept = [*manifest.data.values(), *([manifest.quarantine] if manifest.quarantine else [])]
        return [("code", manifest.code), ("environment", manifest.environment), *(("data", each) for each in kept)]
    return ()


def _gap(name: str, fault: str, lost: tuple[str, ...]) -> Damage:
    return Damage(pack="", kind="gap", lost=lost, message=f"{name}: {fault}")
