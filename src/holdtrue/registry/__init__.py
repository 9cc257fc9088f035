"""References and aliases: which version is meant, which is in production, and the road back."""

from holdtrue.registry.audit import verify_record
from holdtrue.registry.promotion import PREVIOUS, PRODUCTION, Promotion, failed_conditions, promote
from holdtrue.registry.references import (
    DataRef,
    RecordRef,
    Reference,
    VersionRef,
    is_alias_name,
    parse_reference,
    suggestion,
)
from holdtrue.registry.resolving import resolve, resolve_data
from holdtrue.registry.rollback import approved, passed_gate, rollback, rollback_target, way_back

__all__ = [
    "PREVIOUS",
    "PRODUCTION",
    "DataRef",
    "Promotion",
    "RecordRef",
    "Reference",
    "VersionRef",
    "approved",
    "failed_conditions",
    "is_alias_name",
    "parse_reference",
    "passed_gate",
    "promote",
    "resolve",
    "resolve_data",
    "rollback",
    "rollback_target",
    "suggestion",
    "verify_record",
    "way_back",
]
