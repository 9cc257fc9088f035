"""Streams that CapyMOA makes, whose change points are known, and its evaluator of alarms.

python capymoa_streams.py make FOLDER        a file NAME.npz each: inputs, target, changes
python capymoa_streams.py evaluate FILE      of a list of {"changes", "alarms", "rows"}: what the evaluator says
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROWS, EVERY, WIDTH = 40_000, 10_000, 2_000
"""Rows of a stream, one change in so many, and the rows a gradual one takes."""
MOST = 2_000
"""Rows after a change in which an alarm is of that change (the evaluator's `max_delay`)."""


def streams() -> dict[str, Any]:
    """Return each stream's concepts, and whether it changes gradually."""
    from capymoa.stream import generator as g

    def led(attributes: int) -> Any:
        return g.LEDGeneratorDrift(number_of_attributes_with_drift=attributes)

    def waves(attributes: int) -> Any:
        return g.WaveformGeneratorDrift(number_of_attributes_with_drift=attributes, noise=True)

    return {
        "random RBF, abrupt": ([g.RandomRBFGenerator(model_random_seed=seed) for seed in (1, 2, 3, 4)], False),
        "random RBF, gradual": ([g.RandomRBFGenerator(model_random_seed=seed) for seed in (5, 6, 7, 8)], True),
        "LED, attributes swapped": ([led(n) for n in (0, 3, 5, 7)], False),
        "waveform, attributes swapped": ([waves(n) for n in (0, 5, 10, 20)], False),
        "SEA, abrupt": ([g.SEA(function=f) for f in (1, 3, 2, 4)], False),
        "SEA, gradual": ([g.SEA(function=f) for f in (1, 3, 2, 4)], True),
        "Agrawal, abrupt": ([g.AgrawalGenerator(classification_function=f) for f in (1, 3, 5, 7)], False),
    }


def make(folder: Path) -> None:
    """Write the streams."""
    from capymoa.stream.drift import AbruptDrift, DriftStream, GradualDrift

    for name, (concepts, gradual) in streams().items():
        parts = [concepts[0]]
        for place, concept in enumerate(concepts[1:], 1):
            at = place * EVERY
            parts += [GradualDrift(position=at + WIDTH // 2, width=WIDTH) if gradual else AbruptDrift(at), concept]
        stream = DriftStream(stream=parts)
        inputs, target = [], []
        for _ in range(ROWS):
            instance = stream.next_instance()
            inputs.append(np.array(instance.x, dtype=float))
            target.append(instance.y_index)
        changes = [[each * EVERY, each * EVERY + (WIDTH if gradual else 0)] for each in range(1, len(concepts))]
        np.savez(folder / f"{name}.npz", inputs=np.array(inputs), target=np.array(target), changes=np.array(changes))
    print(json.dumps({"version": version("capymoa"), "streams": list(streams())}))


def evaluate(file: Path) -> None:
    """Print what the evaluator says of each list of alarms."""
    from capymoa.drift.eval_detector import EvaluateDriftDetector

    told = []
    for each in json.loads(file.read_text()):
        found = EvaluateDriftDetector(max_delay=MOST).calc_performance(
            trues=np.array(each["changes"]), preds=np.array(each["alarms"], dtype=int), tot_n_instances=each["rows"]
        )
        told.append(
            {"found": found.episode_recall, "delay": float(found.mdt), "false": int(found.fp), "missed": int(found.fn)}
        )
    print(json.dumps(told))


def main() -> None:
    """Do what is asked for."""
    what, place = sys.argv[1:]
    {"make": make, "evaluate": evaluate}[what](Path(place))


if __name__ == "__main__":
    main()
