"""Ten planted faults among 20 columns: rows until each is found, and whether it is named rightly.

Not a race against a peer, so `make bench` leaves it out. A real model (LightGBM) is trained, its baseline taken of
2,000 held rows, and streams are watched at one false alarm per 100,000 rows; each stream has one fault.

    python benchmarks/planted_faults.py --seeds 20
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
from faulty_streams import AFTER, FAULTS, House, is_right, stream_of, watch_stream
from measuring import print_machine

SLOW = "slow drift"


def main() -> None:
    """Print a line for each fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="streams of each fault")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--faults", nargs="+", default=[fault.name for fault in FAULTS])
    parser.add_argument("--verbose", action="store_true", help="say what was said where it is not right")
    asked = parser.parse_args()
    print_machine("lightgbm")
    print(f"{asked.seeds} streams each; named at the alarm, and {AFTER} rows later (slow drift: 3,000)")
    head = f"{'fault':<34}{'found':>6}{'rows (median, most)':>22}{'columns':>10}{'cause':>10}"
    print(f"{head}{'sure':>6}{'false before':>14}")
    houses = [House.trained(asked.seed + each) for each in range(min(asked.seeds, 4))]
    for fault in FAULTS:
        if fault.name not in asked.faults:
            continue
        taken, columns, causes, sure, false = [], np.zeros(2, int), np.zeros(2, int), [], 0
        for each in range(asked.seeds):
            seed = asked.seed + 1000 * (1 + each)
            start = int(np.random.default_rng(seed).integers(400, 1500))
            house = houses[each % len(houses)]
            told = watch_stream(
                house, stream_of(house, fault, seed, start), start, 3000 if fault.name == SLOW else AFTER
            )
            false += told.before
            if told.alarm is None or told.at is None or told.later is None:
                continue
            taken.append(told.alarm.at_row - start)
            for place, said in enumerate((told.at, told.later)):
                right = is_right(fault, said)
                columns[place] += right[0]
                causes[place] += all(right)
                if asked.verbose and not all(right):
                    print(
                        "   ",
                        each,
                        ("at", "later")[place],
                        told.alarm.message,
                        "|",
                        *[f"{cause.kind} {cause.columns} {cause.confidence:.2f};" for cause in said.causes[:3]],
                    )
            sure.append(told.later.cause.confidence)
        rows = f"{statistics.median(taken):,.0f}, {max(taken):,}" if taken else "-"
        print(
            f"{fault.name:<34}{len(taken):>6}{rows:>22}{f'{columns[0]}, {columns[1]}':>10}"
            f"{f'{causes[0]}, {causes[1]}':>10}{statistics.mean(sure or [0.0]):>6.2f}{false:>14}",
            flush=True,
        )


if __name__ == "__main__":
    main()
