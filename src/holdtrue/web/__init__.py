"""Pages over a running project: server-rendered, complete without JavaScript, nothing fetched from elsewhere."""

from holdtrue.web.home import pages

__all__ = ["pages"]
