"""Contracts in the forms that others read: JSON Schema and the Open Data Contract Standard, out and in.

Pure text and plain values: nothing is read from a disk or fetched here.
"""

from holdtrue.contracts.exchange.documents import read_document
from holdtrue.contracts.exchange.imported import Imported, contract_text
from holdtrue.contracts.exchange.json_schema import EXTENSION, Exported, property_of, row_schema
from holdtrue.contracts.exchange.json_schema_reading import contract_of_schema
from holdtrue.contracts.exchange.odcs import odcs_contract
from holdtrue.contracts.exchange.odcs_reading import contracts_of_odcs
from holdtrue.contracts.exchange.pattern_examples import example_of
from holdtrue.contracts.exchange.told import own_class_name

__all__ = [
    "EXTENSION",
    "Exported",
    "Imported",
    "contract_of_schema",
    "contract_text",
    "contracts_of_odcs",
    "example_of",
    "odcs_contract",
    "own_class_name",
    "property_of",
    "read_document",
    "row_schema",
]
