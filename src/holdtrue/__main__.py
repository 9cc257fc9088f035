"""`python -m holdtrue` is the command `holdtrue`."""

import os
import sys

if __name__ == "__main__":
    # `-m` puts the working folder before everything installed. The command `holdtrue` does not, and must not: what lies
    # there is no part of a version unless it was captured.
    if not sys.flags.safe_path and sys.path[:1] in ([""], [os.getcwd()]):  # noqa: PTH109 - as Python itself wrote it
        del sys.path[0]
    from holdtrue.cli import main

    main()
