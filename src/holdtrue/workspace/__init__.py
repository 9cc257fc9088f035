"""Opens a user's project and wires its parts together."""

from holdtrue.workspace.live import listen_for, replay_file, run_server, server_app
from holdtrue.workspace.opening import Workspace, open_workspace
from holdtrue.workspace.overview import latest_events, overview, watch_state
from holdtrue.workspace.overview_records import (
    AlarmOverview,
    Comparison,
    EventOverview,
    GroupEvidence,
    ModelOverview,
    Overview,
)
from holdtrue.workspace.reacting import make_loop, run_loop, train_in
from holdtrue.workspace.showing import Shown, model_name, show_reference
from holdtrue.workspace.tables import (
    DataReport,
    PredictReport,
    StoreUsage,
    add_data,
    add_label_file,
    predict_file,
    store_usage,
    test_data,
)
from holdtrue.workspace.template import write_template

__all__ = [
    "AlarmOverview",
    "Comparison",
    "DataReport",
    "EventOverview",
    "GroupEvidence",
    "ModelOverview",
    "Overview",
    "PredictReport",
    "Shown",
    "StoreUsage",
    "Workspace",
    "add_data",
    "add_label_file",
    "latest_events",
    "listen_for",
    "make_loop",
    "model_name",
    "open_workspace",
    "overview",
    "predict_file",
    "replay_file",
    "run_loop",
    "run_server",
    "server_app",
    "show_reference",
    "store_usage",
    "test_data",
    "train_in",
    "watch_state",
    "write_template",
]
