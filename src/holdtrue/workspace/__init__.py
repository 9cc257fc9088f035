"""Opens a user's project and wires its parts together.

The names are imported when they are first used: a command that reads records (`open_archive`) loads neither tables
nor model libraries.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdtrue.workspace.accepting import accept_alarm
    from holdtrue.workspace.alarm_shown import ShownAlarm, diagnosis_lines, shown_alarm
    from holdtrue.workspace.archive import Archive, known_model, open_archive
    from holdtrue.workspace.columns import ColumnReport, ColumnsReport
    from holdtrue.workspace.comparing import ComparedTables, TableToCompare, compare
    from holdtrue.workspace.datacolumns import Profiling, columns_report
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
        InputComparison,
        ModelOverview,
        Overview,
        ReasonShare,
        ReasonsOverview,
    )
    from holdtrue.workspace.places import missing_file, require_apart
    from holdtrue.workspace.reacting import make_loop, run_loop, train_in
    from holdtrue.workspace.rehearsals import Adopted, Rehearsed, adopt, rehearsed
    from holdtrue.workspace.rewatching import GroupLevel, TableReplay, replay_recorded, replay_table
    from holdtrue.workspace.servers import ServerNote, await_version, noted, running_servers
    from holdtrue.workspace.settings import Settings, read_settings
    from holdtrue.workspace.showing import Shown, model_name, show_reference
    from holdtrue.workspace.suggesting import Suggestion, suggest_contract
    from holdtrue.workspace.tables import PredictReport, add_data, predict_file, require_spare
    from holdtrue.workspace.template import TEMPLATES, write_template
    from holdtrue.workspace.usage import StoreUsage, store_usage

_HOMES = {
    "accepting": ("accept_alarm",),
    "alarm_shown": ("ShownAlarm", "diagnosis_lines", "shown_alarm"),
    "archive": ("Archive", "known_model", "open_archive"),
    "columns": ("ColumnReport", "ColumnsReport"),
    "comparing": ("ComparedTables", "TableToCompare", "compare"),
    "datacolumns": ("Profiling", "columns_report"),
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
        *("InputComparison", "ReasonShare", "ReasonsOverview"),
    ),
    "places": ("missing_file", "require_apart"),
    "reacting": ("make_loop", "run_loop", "train_in"),
    "rehearsals": ("Adopted", "Rehearsed", "adopt", "rehearsed"),
    "rewatching": ("GroupLevel", "TableReplay", "replay_recorded", "replay_table"),
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
    "Adopted",
    "AlarmOverview",
    "Archive",
    "ColumnReport",
    "ColumnsReport",
    "ComparedTables",
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
    "GroupLevel",
    "ImportedContracts",
    "InputComparison",
    "LabelReport",
    "ModelOverview",
    "Overview",
    "PredictReport",
    "Profiling",
    "ReasonShare",
    "ReasonsOverview",
    "Rehearsed",
    "ServerNote",
    "Settings",
    "Shown",
    "ShownAlarm",
    "StoreUsage",
    "Suggestion",
    "TableReplay",
    "TableToCompare",
    "Workspace",
    "accept_alarm",
    "add_data",
    "add_label_file",
    "adopt",
    "await_version",
    "check_store",
    "columns_report",
    "compare",
    "data_difference",
    "data_record",
    "data_status",
    "diagnosis_lines",
    "draft_project",
    "examine",
    "export_contract",
    "import_contracts",
    "known_model",
    "latest_events",
    "listen_for",
    "make_loop",
    "missing_file",
    "model_name",
    "note_outputs",
    "noted",
    "open_archive",
    "open_workspace",
    "overview",
    "predict_file",
    "read_settings",
    "rehearsed",
    "replay_file",
    "replay_recorded",
    "replay_table",
    "require_apart",
    "require_spare",
    "run_loop",
    "run_server",
    "running_servers",
    "server_app",
    "show_reference",
    "shown_alarm",
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
