"""A server process of its own, for tests that stop and kill it: `serve_houses.py FOLDER DURABILITY [PORT [DRAIN]]`.

It prints its address, then serves until it is told to stop, and prints `stopped` when that is done in order.
"""

import sys
from pathlib import Path
from typing import Any, cast

from holdtrue.catalog import open_catalog
from holdtrue.serving import create_app, serve
from holdtrue.store import open_store

if __name__ == "__main__":
    folder, durability = Path(sys.argv[1]), cast(Any, sys.argv[2])
    app = create_app(
        store=open_store(folder / "store"),
        catalog=open_catalog(folder / "catalog.db"),
        log_root=folder / "logs",
        durability=durability,
    )
    port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    drain = float(sys.argv[4]) if len(sys.argv) > 4 else 0.5
    serve(app, port=port, drain_seconds=drain, finish_seconds=2, on_ready=lambda url: print(url, flush=True))
    print("stopped", flush=True)
