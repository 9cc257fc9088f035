"""LightGBM's text format, looked through before LightGBM reads it: it trusts every number in it.

A text whose tree sizes are wrong ends the process; a split on a feature or a branch to a node that is not there reads
other memory, and a branch to a node before its own never ends. Neither is an error that Python could catch.
"""

from __future__ import annotations

from collections.abc import Sequence

from holdtrue.foundation import StoreDamaged

_END = b"end of trees"


def require_sound(body: bytes, name: str) -> str:
    """Return the text, once every tree in it is known to be one.

    Raises:
        StoreDamaged: it is cut off, or a tree's nodes, leaves or features do not add up.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise StoreDamaged(f"{name} is no LightGBM model: byte {error.start} is no text") from error
    try:
        _look_through(body)
    except (KeyError, ValueError, IndexError) as error:
        raise StoreDamaged(f"{name} is no LightGBM model: {error}") from error
    return text


def _look_through(body: bytes) -> None:
    head, first, _ = body.partition(b"\nTree=0\n")
    fields = _fields(head)
    if not fields or not head.startswith(b"tree\n"):
        raise ValueError("it does not begin with the word tree")
    features = int(fields["max_feature_idx"]) + 1
    if features < 1:
        raise ValueError("it has no features")
    sizes = _whole(fields.get("tree_sizes", ""))
    if not first:
        if sizes or _END not in body:
            raise ValueError("its trees are missing")
        return
    begin = len(head) + 1
    for number, size in enumerate(sizes):
        tree = body[begin : begin + size]
        if size <= 0 or not tree.startswith(b"Tree=%d\n" % number):
            raise ValueError(f"tree {number} is not where its size says")
        _require_tree(_fields(tree), features, number)
        begin += size
    if not body[begin:].lstrip(b"\n").startswith(_END):
        raise ValueError("it is cut off, or has more trees than it says")


def _fields(block: bytes) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.decode().splitlines())
    return {key: value for key, sign, value in pairs if sign}


def _require_tree(fields: dict[str, str], features: int, number: int) -> None:
    leaves = int(fields["num_leaves"])
    if leaves < 1:
        raise ValueError(f"tree {number} has no leaves")
    if len(fields["leaf_value"].split()) != leaves:
        raise ValueError(f"tree {number} has other than {leaves} leaf values")
    if fields.get("is_linear", "0").strip() != "0":
        _require_linear(fields, leaves, features, number)
    if leaves == 1:
        return
    nodes = leaves - 1
    split, left, right = (_whole(fields[key]) for key in ("split_feature", "left_child", "right_child"))
    kinds = _whole(fields["decision_type"])
    thresholds = fields["threshold"].split()
    if not len(split) == len(left) == len(right) == len(kinds) == len(thresholds) == nodes:
        raise ValueError(f"tree {number} has other than {nodes} splits")
    if not all(0 <= feature < features for feature in split):
        raise ValueError(f"tree {number} splits on a feature beyond the {features} there are")
    met: set[int] = set()
    for node, children in enumerate(zip(left, right, strict=True)):
        for child in children:
            # A node is made after the one that leads to it, so a number that is not greater leads back.
            if child in met or not (node < child < nodes or -leaves <= child < 0):
                raise ValueError(f"tree {number} branches to {child} from node {node}")
            met.add(child)
    _require_categories(fields, kinds, thresholds, number)


def _require_categories(fields: dict[str, str], kinds: Sequence[int], thresholds: Sequence[str], number: int) -> None:
    """Check the sets of categories: a categorical split's threshold is the number of its set."""
    sets = int(fields.get("num_cat", "0"))
    chosen = [float(threshold) for kind, threshold in zip(kinds, thresholds, strict=True) if kind & 1]
    if not all(each == int(each) and 0 <= each < sets for each in chosen):
        raise ValueError(f"tree {number} splits on a set of categories that is not there")
    if sets:
        bounds, words = _whole(fields["cat_boundaries"]), fields["cat_threshold"].split()
        if len(bounds) != sets + 1 or bounds[0] != 0 or bounds[-1] != len(words) or sorted(bounds) != bounds:
            raise ValueError(f"tree {number} has sets of categories that do not add up")


def _require_linear(fields: dict[str, str], leaves: int, features: int, number: int) -> None:
    counts = _whole(fields["num_features"])
    used = _whole(fields.get("leaf_features", ""))
    slopes = fields.get("leaf_coeff", "").split()
    sound = len(counts) == leaves and min(counts) >= 0 and sum(counts) == len(used) == len(slopes)
    if not sound or not all(0 <= feature < features for feature in used):
        raise ValueError(f"tree {number} has linear leaves that do not add up")


def _whole(text: str) -> list[int]:
    return [int(word) for word in text.split()]
