"""Opens a user's project and wires its parts together.

The names are imported when they are first used: a command that reads records (`open_archive`) loads neither tables
nor model libraries.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdtrue.workspace.accepting import accept_alarm
    from holdtrue.workspace.archive import Archive, known_model, open_archive
    from holdtrue.workspace.datacolumns import ColumnReport, ColumnsReport, Profiling, columns_report
    from holdtrue.workspace.datastate import DataStatus, data_difference, data_record, data_status
    from holdtrue.workspace.datatests import DataReport, DriftReport, test_data
    from holdtrue.workspace.drafted_project import DraftedProject, draft_project
    from holdtrue.workspace.examination import Finding, check_store, examine
    from holdtrue.workspace.exchanging import ExportedContract, ImportedContracts, export_contract, import_contracts
    from holdtrue.workspace.labelling import LabelReport, add_label_file
    from holdtrue.workspace.live import listen_for, replay_file, run_server, server_app
    from holdtrue.workspace.opening import Workspace, open_workspace
    from holdtrue.workspace.outputs import note_outputs
    from holdtrue.workspace.overview import latest_events, overview, watch_state
    from holdtrue.workspace.overview_records import (
        AlarmOverview,
        Comparison,
        EstimatedMetric,
        EstimateOverview,
        EstimatePoint,
        EventOverview,
        GroupEvidence,
        ModelOverview,
        Overview,
    )
    from holdtrue.workspace.reacting import make_loop, run_loop, train_in
    from holdtrue.workspace.servers import ServerNote, await_version, noted, running_servers
    from holdtrue.workspace.settings import Settings, read_settings
    from holdtrue.workspace.showing import Shown, model_name, show_reference
    from holdtrue.workspace.suggesting import Suggestion, suggest_contract
    from holdtrue.workspace.tables import PredictReport, add_data, predict_file, require_spare
    from holdtrue.workspace.template import TEMPLATES, write_template
    from holdtrue.workspace.usage import StoreUsage, store_usage

_HOMES = {
    "accepting": ("accept_alarm",),
    "archive": ("Archive", "known_model", "open_archive"),
    "datacolumns": ("ColumnReport", "ColumnsReport", "Profiling", "columns_report"),
    "datastate": ("DataStatus", "data_difference", "data_record", "data_status"),
    "datatests": ("DataReport", "DriftReport", "test_data"),
    "drafted_project": ("DraftedProject", "draft_project"),
    "examination": ("Finding", "check_store", "examine"),
    "exchanging": ("ExportedContract", "ImportedContracts", "export_contract", "import_contracts"),
    "live": ("listen_for", "replay_file", "run_server", "server_app"),
    "opening": ("Workspace", "open_workspace"),
    "outputs": ("note_outputs",),
    "overview": ("latest_events", "overview", "watch_state"),
    "overview_records": (
        *("AlarmOverview", "Comparison", "EventOverview", "GroupEvidence", "ModelOverview", "Overview"),
        *("EstimateOverview", "EstimatePoint", "EstimatedMetric"),
    ),
    "reacting": ("make_loop", "run_loop", "train_in"),
    "servers": ("ServerNote", "await_version", "noted", "running_servers"),
    "settings": ("Settings", "read_settings"),
    "showing": ("Shown", "model_name", "show_reference"),
    "suggesting": ("Suggestion", "suggest_contract"),
    "labelling": ("LabelReport", "add_label_file"),
    "tables": ("PredictReport", "add_data", "predict_file", "require_spare"),
    "template": ("TEMPLATES", "write_template"),
    "usage": ("StoreUsage", "store_usage"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "TEMPLATES",
    "AlarmOverview",
    "Archive",
    "ColumnReport",
    "ColumnsReport",
    "Comparison",
    "DataReport",
    "DataStatus",
    "DraftedProject",
    "DriftReport",
    "EstimateOverview",
    "EstimatePoint",
    "EstimatedMetric",
    "EventOverview",
    "ExportedContract",
    "Finding",
    "GroupEvidence",
    "ImportedContracts",
    "LabelReport",
    "ModelOverview",
    "Overview",
    "PredictReport",
    "Profiling",
    "ServerNote",
    "Settings",
    "Shown",
    "StoreUsage",
    "Suggestion",
    "Workspace",
    "accept_alarm",
    "add_data",
    "add_label_file",
    "await_version",
    "check_store",
    "columns_report",
    "data_difference",
    "data_record",
    "data_status",
    "draft_project",
    "examine",
    "export_contract",
    "import_contracts",
    "known_model",
    "latest_events",
    "listen_for",
    "make_loop",
    "model_name",
    "note_outputs",
    "noted",
    "open_archive",
    "open_workspace",
    "overview",
    "predict_file",
    "read_settings",
    "replay_file",
    "require_spare",
    "run_loop",
    "run_server",
    "running_servers",
    "server_app",
    "show_reference",
    "store_usage",
    "suggest_contract",
    "test_data",
    "train_in",
    "watch_state",
    "write_template",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'holdtrue.workspace' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"holdtrue.workspace.{home}"), name)
    globals()[name] = value  # next time it is found without this function
    return value
