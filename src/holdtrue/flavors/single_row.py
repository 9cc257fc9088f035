"""One row through LightGBM at its lowest price.

`Booster.predict` spends 20 of its 22 microseconds parsing parameters and building a predictor for each call.
LightGBM's C interface has a call made for one row at a time (`LGBM_BoosterPredictForMatSingleRowFast`, in its C API
documentation) that does that once: 5 microseconds, the same bits. Python's package does not wrap it.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOAT64 = 1  # C_API_DTYPE_FLOAT64
_NORMAL = 0  # C_API_PREDICT_NORMAL
_ALL_TREES = -1
_CALLS = (
    "LGBM_BoosterPredictForMatSingleRowFastInit",
    "LGBM_BoosterPredictForMatSingleRowFast",
    "LGBM_FastConfigFree",
)


class SingleRow:
    """Predicts one row after the other with one booster, on one thread of the machine; safe to share.

    Args:
        library: LightGBM's loaded C library.
        booster: kept alive as long as this is.
        handle: the booster's C handle.
        width: number of columns.
    """

    def __init__(self, library: Any, booster: Any, handle: Any, width: int) -> None:
        config = ctypes.c_void_p()
        failed = library.LGBM_BoosterPredictForMatSingleRowFastInit(
            handle,
            ctypes.c_int(_NORMAL),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_TREES),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(width),
            ctypes.c_char_p(b"num_threads=1"),
            ctypes.byref(config),
        )
        if failed:
            raise OSError("LightGBM gave no single-row predictor")
        self._booster = booster
        self._config = config
        self._row = np.empty(width, dtype=np.float64)
        self._out = np.empty(1, dtype=np.float64)
        self._length = ctypes.c_int64()
        self._call = library.LGBM_BoosterPredictForMatSingleRowFast
        self._row_at = self._row.ctypes.data_as(ctypes.c_void_p)
        self._out_at = self._out.ctypes.data_as(ctypes.c_void_p)
        self._length_at = ctypes.byref(self._length)
        # One buffer in, one out: the lock costs 0.1 microseconds and makes sharing safe.
        self._lock = threading.Lock()
        weakref.finalize(self, library.LGBM_FastConfigFree, config)

    def predict(self, row: NDArray[np.float64]) -> float:
        """Return the prediction of one row (k,)."""
        with self._lock:
            self._row[:] = row
            if self._call(self._config, self._row_at, self._length_at, self._out_at):
                raise OSError("LightGBM could not predict this row")
            return float(self._out[0])


def single_row(library: Any, booster: Any, width: int) -> SingleRow | None:
    """Return the fast way for this booster, or None where this LightGBM does not offer it or answers otherwise."""
    handle = getattr(booster, "_handle", None)
    if library is None or handle is None or not all(hasattr(library, name) for name in _CALLS):
        return None
    try:
        fast = SingleRow(library, booster, handle, width)
        # A C interface has no types to check: it is believed once it gives the bits that Booster.predict gives.
        probes = np.stack([np.zeros(width), np.full(width, np.nan), np.arange(width) - width / 2.0])
        same = np.array_equal(booster.predict(probes, num_threads=1), [fast.predict(row) for row in probes])
    except OSError:
        return None
    return fast if same else None
