"""Pages over a running project: server-rendered, complete without JavaScript, nothing fetched from elsewhere."""

from holdtrue.web.alarm_report import alarm_page
from holdtrue.web.data_report import data_report_page, unread_page
from holdtrue.web.home import pages

__all__ = ["alarm_page", "data_report_page", "pages", "unread_page"]
