"""Contracts out to the forms that others read, and in from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

from holdtrue.contracts import class_name
from holdtrue.contracts.exchange import (
    EXTENSION,
    Exported,
    Imported,
    contract_of_schema,
    contract_text,
    contracts_of_odcs,
    odcs_contract,
    own_class_name,
    read_document,
    row_schema,
)
from holdtrue.contracts.exchange.documents import LARGEST
from holdtrue.foundation import DataUnreadable, WrongUse, optional
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.places import missing_file

Form: TypeAlias = Literal["json-schema", "odcs"]


class ExportedContract(Struct, frozen=True, kw_only=True):
    """A model's contract in another form.

    Attributes:
        text: the document. notes: what that form cannot say, one sentence each.
    """

    model: str
    form: Form
    text: str
    notes: tuple[str, ...]


class ImportedContracts(Struct, frozen=True, kw_only=True):
    """Contracts read from another form, and the Python that declares them."""

    names: tuple[str, ...]
    text: str
    notes: tuple[str, ...]


def export_contract(workspace: Workspace, form: str, model: str = "") -> ExportedContract:
    """Write a model's contract as it is in the working folder.

    Args:
        form: `json-schema` (of one live row: without the target) or `odcs` (of the whole table).

    Raises:
        WrongUse: no such form or model. MissingExtra: YAML needs a library that is not installed.
    """
    chosen = workspace.model(model)
    if form == "json-schema":
        exported = row_schema(chosen.live)
        text = json.dumps(exported.document, indent=2, ensure_ascii=False) + "\n"
        return ExportedContract(model=chosen.name, form="json-schema", text=text, notes=exported.notes)
    if form == "odcs":
        exported = odcs_contract(chosen.spec, name=chosen.name, key=chosen.key)
        return ExportedContract(model=chosen.name, form="odcs", text=_yaml(exported), notes=exported.notes)
    raise WrongUse(f'no format "{form}"', hint=f"there are: {', '.join(get_args(Form))}")


def _yaml(exported: Exported) -> str:
    yaml = optional("yaml", extra="yaml", purpose="writing YAML")
    text: str = yaml.safe_dump(exported.document, sort_keys=False, allow_unicode=True, width=100)
    return text


def import_contracts(file: Path, name: str = "") -> ImportedContracts:
    """Read a JSON Schema (of a row) or an ODCS document, in JSON or YAML.

    Args:
        name: of the class; by default made of the schema's title, the table's name or the file's.

    Raises:
        DataNotFound, DataUnreadable: there is no such file, or it is neither. ContractError: no value can pass a field.
        MissingExtra: YAML needs a library that is not installed.
    """
    if name and class_name(name) != name:
        raise WrongUse(f"{name!r} cannot be the name of a class", hint="use letters and digits: --name Sale")
    if not file.is_file():
        raise missing_file(file)
    if file.stat().st_size > 4 * LARGEST:
        raise DataUnreadable(f"{file.name} is too long for a contract: {file.stat().st_size:,} bytes")
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise DataUnreadable(f"{file.name} is not UTF-8: {wrong}", hint="write it in UTF-8") from wrong
    found = _read(read_document(text, file.name), name, file)
    return ImportedContracts(
        names=tuple(each.name for each in found),
        text=contract_text(found, file.name),
        notes=tuple(f"{field}: {note}" if field else note for each in found for field, note in each.notes),
    )


def _read(document: Any, name: str, file: Path) -> tuple[Imported, ...]:
    if isinstance(document, dict) and "kind" in document and "properties" not in document:
        return contracts_of_odcs(document, name, file.name)
    title = document.get("title") if isinstance(document, dict) else None
    own = document.get(EXTENSION) if isinstance(document, dict) else None
    made = own_class_name(own, title if isinstance(title, str) and title else file.name.split(".")[0])
    return (contract_of_schema(document, name or made, file.name),)
