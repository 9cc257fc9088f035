"""The limits that all contenders of `bench_table_tests.py` test; imports nothing, so that each can read it."""

LEVELS = {
    "stories": ["one", "one+half", "two", "two+half", "three"],
    "wall": ["wood", "brick", "partbrk", "metlvnyl", "stone"],
    "garage": ["no garage", "attached", "detached", "basement", "carport"],
}
LIMITS = {
    "price": (1.0, 2_000_000.0),
    "yrbuilt": (1700, 2100),
    "area": (100, 20_000),
    "beds": (0, 20),
    "baths": (0, 20),
    "frontage": (0, 10_000),
    "garagesqft": (0, 10_000),
    "lotsize": (1, 10_000_000),
}
SINCE = 1700
RULE = "sold_after_it_was_built"
