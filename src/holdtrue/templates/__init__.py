"""Projects that `holdtrue init --template NAME` writes; each folder is one."""
