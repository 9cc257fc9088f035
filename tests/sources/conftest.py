"""Makes the pictures and sounds of `tests/media` known here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))  # for made_media
