"""Captures, restores, compares: versions of data, code, environment and model, tied together by manifests."""

from holdtrue.foundation import VERSION_FOLDER
from holdtrue.versions.checkout import Checkout, checkout
from holdtrue.versions.code import capture_code, materialise_code
from holdtrue.versions.data import capture_files, capture_table
from holdtrue.versions.differences import Change, DataChange, Difference, FileChange, diff, diff_data
from holdtrue.versions.environment import capture_environment, describe_environment
from holdtrue.versions.fingerprint import Fingerprint, fingerprint
from holdtrue.versions.importing import forget_captured, import_captured, private_name
from holdtrue.versions.lineage import CodeLineage, DataLineage, EstimatorLineage, Lineage, show
from holdtrue.versions.listing import IGNORE_FILE, Listing, list_code, list_data
from holdtrue.versions.manifests import (
    CodeManifest,
    DataManifest,
    EnvironmentManifest,
    FileEntry,
    FirstSeen,
    ModelManifest,
    Roles,
    RunManifest,
    get_manifest,
    kind_of,
    put_manifest,
)
from holdtrue.versions.parts import SelfTest, matrix_bytes, matrix_of, read_whole
from holdtrue.versions.rebuild import Rebuilt, Unreadable, rebuild_index, run_record, version_record
from holdtrue.versions.recipe import recipe_of
from holdtrue.versions.wholeness import find_gaps, is_whole, require_whole

__all__ = [
    "IGNORE_FILE",
    "VERSION_FOLDER",
    "Change",
    "Checkout",
    "CodeLineage",
    "CodeManifest",
    "DataChange",
    "DataLineage",
    "DataManifest",
    "Difference",
    "EnvironmentManifest",
    "EstimatorLineage",
    "FileChange",
    "FileEntry",
    "Fingerprint",
    "FirstSeen",
    "Lineage",
    "Listing",
    "ModelManifest",
    "Rebuilt",
    "Roles",
    "RunManifest",
    "SelfTest",
    "Unreadable",
    "capture_code",
    "capture_environment",
    "capture_files",
    "capture_table",
    "checkout",
    "describe_environment",
    "diff",
    "diff_data",
    "find_gaps",
    "fingerprint",
    "forget_captured",
    "get_manifest",
    "import_captured",
    "is_whole",
    "kind_of",
    "list_code",
    "list_data",
    "materialise_code",
    "matrix_bytes",
    "matrix_of",
    "private_name",
    "put_manifest",
    "read_whole",
    "rebuild_index",
    "recipe_of",
    "require_whole",
    "run_record",
    "show",
    "version_record",
]
