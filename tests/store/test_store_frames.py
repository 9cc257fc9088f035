"""Frames, indexes and packs as written are read back, in any mixture."""

from pathlib import Path

from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.store.frames import compress, expand
from holdtrue.store.index import index_from_bytes, index_to_bytes, scan
from holdtrue.store.pack import PackReader, PackWriter, hash_pack

CONTENTS = st.one_of(st.binary(max_size=300), st.builds(lambda b, n: b * n, st.binary(max_size=9), st.integers(0, 999)))
KINDS = st.from_regex(r"([a-z][a-z0-9_-]{0,39})?", fullmatch=True)


@given(CONTENTS)
def test_what_is_compressed_expands_to_itself(content: bytes) -> None:
    codec, stored = compress(content)
    assert expand(codec, bytes(stored), len(content)) == content
    assert len(stored) <= len(content)


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 300))
def test_any_bytes_expand_to_something_or_nothing_and_never_fail(stored: bytes, codec: int, size: int) -> None:
    content = expand(codec, stored, size)
    assert content is None or isinstance(content, bytes)


@settings(max_examples=60, deadline=None)
@given(entries=st.lists(st.tuples(KINDS, CONTENTS), max_size=8), flushes=st.sets(st.integers(0, 7)))
def test_a_pack_scanned_gives_the_index_it_was_written_with(
    tmp_path_factory: object, entries: list[tuple[str, bytes]], flushes: set[int]
) -> None:
    path = Path(tmp_path_factory.mktemp("pack")) / "x.pack"  # type: ignore[attr-defined]
    writer = PackWriter(path)
    for number, (kind, content) in enumerate(entries):
        entry = writer.append(blake3(content).digest(), kind, content)
        if number in flushes:
            writer.flush()
        assert expand(entry.codec, writer.read(entry), entry.size) == content
    name, index = writer.seal()
    writer.close()
    assert scan(path) == (index, "")
    assert index_from_bytes(index_to_bytes(index)) == index
    assert hash_pack(path) == name
    reader = PackReader(path)
    for entry, (kind, content) in zip(index.entries(), entries, strict=True):
        assert (entry.kind, entry.size) == (kind, len(content))
        assert expand(entry.codec, reader.read(entry), entry.size) == content


@given(st.binary(max_size=400))
def test_any_bytes_are_an_index_or_none(content: bytes) -> None:
    assert index_from_bytes(content) is None
