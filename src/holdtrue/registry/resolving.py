"""From a REF to the record it names, or to an error that lists what there is."""

from __future__ import annotations

import difflib
import re

from holdtrue.catalog import AliasRecord, Catalog, DataRecord, VersionRecord
from holdtrue.foundation import UnknownReference, WrongUse
from holdtrue.registry.references import LATEST, DataRef, VersionRef, parse_reference, suggestion

_SHORTEST = 6  # letters of a hash


def resolve(
    catalog: Catalog, ref: str | VersionRef, default_model: str | None = None, *, bare: str = "production"
) -> VersionRecord:
    """Return the model version that a REF names.

    The part after the colon is read as a number (`v3`), then as `latest`, then as an alias, then as the beginning of
    a version's hash (6 letters or more). A word alone is a model if there is one of that name, and else belongs to
    the default model.

    Args:
        catalog: where to look.
        ref: `NAME[:vN|:ALIAS|:HASH|:latest]`.
        default_model: the model meant where the name is left out.
        bare: the alias that a model's name alone stands for; the newest version if nothing has that alias.

    Raises:
        UnknownReference: there is no such model or version; the hint lists what there is.
        WrongUse: it is no REF of a model version, or a hash that begins several.

    """
    wanted = parse_reference(ref) if isinstance(ref, str) else ref
    if not isinstance(wanted, VersionRef):
        raise WrongUse(f"{wanted} is not a model version", hint="write NAME:v3, NAME:production or NAME:HASH")
    models = catalog.versions.models()
    model, selector = wanted.model, wanted.selector
    default = models[0] if default_model is None and len(models) == 1 else default_model
    bare_word = bool(model) and not selector and model not in models and default not in (None, model)
    if bare_word:
        model, selector = "", model
    model = model or default or ""
    if model not in models:
        raise _no_model(model, default_model, models)
    versions = sorted(catalog.versions.list(model), key=lambda version: version.number)
    if not selector:
        alias = catalog.aliases.get(model, bare)
        return versions[-1] if alias is None else _pointed_at(alias, versions)
    return _select(catalog, model, selector, versions, also=models if bare_word else ())


def _no_model(model: str, default_model: str | None, models: tuple[str, ...]) -> UnknownReference:
    if not model:
        return UnknownReference("no model was named", hint=suggestion("", models))
    if model == default_model:
        return UnknownReference(f"{model} has no version yet", hint="holdtrue run")
    if not models:
        return UnknownReference(
            f"there is no version of any model yet, so none is {model}", hint="holdtrue run makes one"
        )
    return UnknownReference(f"no model {model}", hint=suggestion(model, models))


def _select(
    catalog: Catalog, model: str, selector: str, versions: list[VersionRecord], *, also: tuple[str, ...]
) -> VersionRecord:
    if selector == LATEST:
        return versions[-1]
    by_number = {f"v{version.number}": version for version in versions}
    if selector in by_number:
        return by_number[selector]
    aliases = {alias.alias: alias for alias in catalog.aliases.list(model)}
    if selector in aliases:
        return _pointed_at(aliases[selector], versions)
    wanted: str | None = None
    if re.fullmatch(rf"[0-9a-f]{{{_SHORTEST},64}}", selector):
        found = [version for version in versions if version.id.startswith(selector)]
        if len(found) > 1:
            meant = ", ".join(f"v{version.number} ({version.id[:16]})" for version in found)
            raise WrongUse(f"{model}:{selector} could be {meant}", hint="write more letters of the hash")
        wanted = found[0].id if found else None
    for version in versions:
        if version.id == wanted:
            return version
    # A model's name is no version: it is proposed only where the word may have been meant as one.
    near = difflib.get_close_matches(selector, also, n=1)
    known = [*near, *aliases, *(f"v{version.number}" for version in reversed(versions))]
    raise UnknownReference(f"no version {model}:{selector}", hint=suggestion(selector, known))


def _pointed_at(alias: AliasRecord, versions: list[VersionRecord]) -> VersionRecord:
    for version in versions:
        if version.id == alias.version_id:
            return version
    raise UnknownReference(
        f"{alias.model}:{alias.alias} is v{alias.number} ({alias.version_id[:16]}), which the catalog's index lacks",
        hint="holdtrue catalog rebuild brings it back if the store has it",
    )


def resolve_data(catalog: Catalog, ref: str | DataRef) -> DataRecord:
    """Return the data version that `NAME@N` or `NAME@latest` names.

    Raises:
        UnknownReference: there is none; the hint lists what there is.
        WrongUse: it is no REF of a data version.
    """
    wanted = parse_reference(ref) if isinstance(ref, str) else ref
    if not isinstance(wanted, DataRef):
        raise WrongUse(f"{wanted} is not a data version", hint="write NAME@3 or NAME@latest")
    everything = catalog.data.list()
    versions = sorted((one for one in everything if one.name == wanted.name), key=lambda one: one.number)
    if not versions:
        names = sorted({one.name for one in everything})
        raise UnknownReference(f"no data {wanted.name}", hint=suggestion(wanted.name, names))
    if wanted.number is None:
        return versions[-1]
    for one in versions:
        if one.number == wanted.number:
            return one
    known = [f"{one.name}@{one.number}" for one in reversed(versions)]
    raise UnknownReference(f"no data version {wanted}", hint=suggestion(str(wanted), known))
