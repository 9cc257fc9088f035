"""The comparison of `bench_compare.py` by holdtrue's command, its report written as HTML."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from importlib.metadata import version

from holdtrue.cli.main import run

if __name__ == "__main__":
    before, now, out = sys.argv[1:]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run(["monitor", "compare", before, now, "--html", out, "--json"])
    print(json.dumps({"version": version("holdtrue"), "changed": len(json.loads(printed.getvalue())["changed"])}))
