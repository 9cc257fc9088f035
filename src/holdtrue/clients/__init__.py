"""Programs that talk to a server as any client would; they know nothing of what is behind it."""

from holdtrue.clients.connection import Connection, ConnectionLost, Reply
from holdtrue.clients.replay import Exchange, Reason, Replay, ReplayReport, replay

__all__ = ["Connection", "ConnectionLost", "Exchange", "Reason", "Replay", "ReplayReport", "Reply", "replay"]
