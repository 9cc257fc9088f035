"""Programs that talk to a server as any client would; they know nothing of what is behind it."""

from holdtrue.clients.connection import Connection, ConnectionLost, Reply
from holdtrue.clients.replay import Exchange, Replay, ReplayReport, replay

__all__ = ["Connection", "ConnectionLost", "Exchange", "Replay", "ReplayReport", "Reply", "replay"]
