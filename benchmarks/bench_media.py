"""Photos that a table names, read and judged; one live row with a photo; both beside Pillow and NumPy by hand.

By hand is what a notebook does: open, decode, turn grey, mean, standard deviation, variance of the Laplacian, in a pool
of as many threads. It gives no hash, no fingerprint and no reason for a file that cannot be read.
"""

from __future__ import annotations

import io
import os
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from measuring import Result, print_machine, print_results, seconds
from PIL import Image

import holdtrue as ht
from holdtrue.contracts import BatchChecker, RowChecker
from holdtrue.sources import read_media

PHOTOS = 400
SIZE = (640, 480)


class Photo(ht.Contract):
    """A photo of some size that is neither dark nor blurred."""

    photo: ht.Image

    @ht.rule
    def fit_to_be_seen(row: Any) -> Any:  # noqa: N805
        return (row.photo.brightness() > 0.05) & (row.photo.sharpness() > 1)


def photo(seed: int) -> bytes:
    """Return a JPEG of soft blobs with noise, about 50 KB."""
    draw = np.random.default_rng(seed)
    rough = Image.fromarray(draw.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    noisy = np.asarray(rough) + draw.normal(0, 6, (SIZE[1], SIZE[0], 3))
    body = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(body, "JPEG", quality=85)
    return body.getvalue()


def by_hand(data: bytes) -> tuple[int, int, float, float, float]:
    """Return width, height, brightness, contrast and sharpness."""
    with Image.open(io.BytesIO(data)) as image:
        grey = np.asarray(image.convert("L"), dtype=np.float64)
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return grey.shape[1], grey.shape[0], float(grey.mean() / 255), float(grey.std() / 255), float(laplacian.var())


def main() -> None:
    """Measure and print."""
    print_machine("Pillow", "numpy", "polars")
    checker, row_checker = BatchChecker(Photo.spec), RowChecker(Photo.spec)
    one = photo(0)
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{number}.jpg" for number in range(PHOTOS)]
        for number, name in enumerate(names):
            (Path(folder) / name).write_bytes(photo(number))
        table = pl.DataFrame({"photo": names})

        def judged() -> None:
            frame = read_media(Photo.spec, table, [(Path(folder), PHOTOS)])
            assert not checker.check(frame).refused.any()

        def hand() -> None:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(lambda name: by_hand((Path(folder) / name).read_bytes()), names))

        results = [
            Result("holdtrue, read and judged", seconds(judged, repeats=3) / PHOTOS),
            Result("Pillow and NumPy by hand", seconds(hand, repeats=3) / PHOTOS),
        ]
    title = f"photos of 640 x 480, {os.cpu_count()} threads, each"
    print_results(title, results, peer="Pillow and NumPy by hand", unit="ms")
    body = msgspec.json.encode({"photo": b64encode(one).decode()})
    live = [
        Result("holdtrue, JSON to verdict", seconds(lambda: row_checker.check_json(body), calls=50)),
        Result("Pillow and NumPy by hand, from the bytes", seconds(lambda: by_hand(one), calls=50)),
    ]
    print_results("one live photo", live, peer="Pillow and NumPy by hand, from the bytes", unit="ms")


if __name__ == "__main__":
    main()
