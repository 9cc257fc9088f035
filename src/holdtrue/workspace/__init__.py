"""Opens a user's project and wires its parts together."""

from holdtrue.workspace.opening import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace"]
