"""What one request may have decoded, and how many pixels are in memory at once."""

from __future__ import annotations

import io
import multiprocessing
import struct
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from made_media import IMAGES, SOUNDS, film, picture, saved, scene, sound, tone
from PIL import Image

from holdtrue.media import Allowance, MediaUnreadable, TooMuchMedia, images, read_figures, room, video
from holdtrue.media.allowance import FRAME, LEAST, SAMPLE
from holdtrue.media.scans import MOST_SCANS


def work(kind: str, data: bytes) -> int:
    asked: list[int] = []
    read_figures(kind, io.BytesIO(data), spend=asked.append)  # type: ignore[arg-type]
    return sum(asked)


def test_each_file_counts_something_and_a_large_picture_its_pixels() -> None:
    assert work("image", picture()) == LEAST
    for form in IMAGES:
        assert work("image", saved(Image.new("L", (800, 500)), form)) == 400_000 * (3 if form == "WEBP" else 1)


def test_sounds_count_their_samples_and_their_frames() -> None:
    assert work("audio", sound("WAV", tone(1.0, channels=2))) >= LEAST + SAMPLE * 96_000
    tiny = sound("FLAC", np.zeros((1, 1_600), dtype=np.int16))
    assert work("audio", tiny) == LEAST + max(SAMPLE * 1_600, FRAME)
    for form in SOUNDS:
        data = sound(form, tone(2.0))
        with pytest.raises(TooMuchMedia, match="too much decoding"):
            read_figures("audio", io.BytesIO(data), spend=Allowance(LEAST + 100_000).spend)


def test_a_request_is_stopped_before_what_would_be_too_much_is_decoded() -> None:
    allowance = Allowance(1_000_000)
    large = bytearray(saved(Image.new("L", (1_000, 800)), "PNG"))
    read_figures("image", io.BytesIO(bytes(large)), spend=allowance.spend)
    large[45:] = bytes(len(large) - 45)  # decoded, it would be found broken
    with pytest.raises(TooMuchMedia, match="more than 1 million pixels") as stopped:
        read_figures("image", io.BytesIO(bytes(large)), spend=allowance.spend)
    assert stopped.value.hint == "send them in several requests"


def test_a_frame_that_is_too_large_is_not_decoded_to_see_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_PIXELS", 1_000)
    with pytest.raises(MediaUnreadable, match="states no frame size, or more than 1,000 pixels"):
        read_figures("video", io.BytesIO(film("WEBM")))
    monkeypatch.setattr(video, "MOST_PIXELS", 3_072)
    assert read_figures("video", io.BytesIO(film("WEBM"))).bytes > 0


def progressive(more: int) -> bytes:
    """Return a picture whose last scan is there so many times more."""
    data = saved(scene(), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * more + data[-2:]


def test_a_jpeg_of_a_thousand_scans_is_refused_and_one_of_many_counts_each() -> None:
    plain = read_figures("image", io.BytesIO(progressive(0)))
    with pytest.raises(MediaUnreadable, match="goes over its pixels more than 100 times"):
        read_figures("image", io.BytesIO(progressive(1_000)))
    many = read_figures("image", io.BytesIO(progressive(MOST_SCANS - 20)))
    assert many.brightness == pytest.approx(plain.brightness, abs=0.01)  # the last bits are set anew each time
    large = saved(Image.new("L", (1_000, 1_000)), "JPEG", progressive=True)
    scan = large[large.rindex(b"\xff\xda") : -2]
    assert work("image", large) == 1_000_000
    assert work("image", large[:-2] + scan * 40 + large[-2:]) in (5_000_000, 6_000_000)


def test_what_stands_before_or_behind_a_picture_is_no_scan_of_it() -> None:
    """Phones put a preview before a photo and a film behind it."""
    data = saved(scene(), "JPEG")
    preview = b"\xff\xe2" + struct.pack(">H", 2 + 4_000) + b"\xff\xda" * 2_000
    behind = data + b"\xff\xda\0\x02" * 5_000
    before = data[:2] + preview + data[2:]
    for each in (behind, before):
        assert read_figures("image", io.BytesIO(each)).brightness == read_figures("image", io.BytesIO(data)).brightness


@pytest.mark.parametrize("block", [7, 100, 3_000])
@pytest.mark.parametrize("size", [(64, 48), (1, 700), (700, 1), (130, 9)])
def test_pictures_of_wide_numbers_are_the_same_block_by_block(
    block: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(0)
    shape = size[::-1]
    floats = draw.normal(0.5, 1, shape).astype(np.float32)
    floats.flat[:2] = (np.nan, np.inf)
    pictures = [
        saved(Image.fromarray(draw.integers(0, 65_536, shape).astype(np.uint16)), "PNG"),
        saved(Image.fromarray(draw.integers(-(2**31), 2**31, shape).astype(np.int32)), "TIFF"),
        saved(Image.fromarray(floats), "TIFF"),
        saved(Image.fromarray(draw.integers(0, 256, (*shape, 4)).astype(np.uint8), "CMYK"), "TIFF"),
    ]
    whole = [read_figures("image", io.BytesIO(data)) for data in pictures]
    monkeypatch.setattr(images, "_BLOCK", block)
    assert [read_figures("image", io.BytesIO(data)) for data in pictures] == whole


def test_never_more_pixels_at_once_than_there_is_room_for() -> None:
    place = room.Room(100)
    most, lock = [0], threading.Lock()

    def decode(pixels: int) -> None:
        for _ in range(50):
            with place.taken_by(pixels):
                with lock:
                    most[0] = max(most[0], place.taken)
                assert pixels <= 100 or place.taken == pixels  # what is larger than the room is alone in it

    threads = [threading.Thread(target=decode, args=(pixels,)) for pixels in (1, 30, 60, 100, 250, 40, 70)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert place.taken == 0
    assert most[0] == 250


def test_a_large_picture_is_not_passed_by_small_ones_for_ever() -> None:
    place = room.Room(100)
    order: list[str] = []

    def enter(name: str, pixels: int) -> threading.Thread:
        def decode() -> None:
            with place.taken_by(pixels):
                order.append(name)

        thread = threading.Thread(target=decode)
        thread.start()
        return thread

    with place.taken_by(60):
        large = enter("large", 90)
        while not place._line.locked():
            pass
        small = enter("small", 10)  # there would be room for it
        small.join(0.05)
        assert order == []
    large.join(60)
    small.join(60)
    assert order == ["large", "small"]


def _reads(data: bytes) -> None:
    read_figures("image", io.BytesIO(data))


def test_a_process_forked_while_there_is_no_room_has_room_of_its_own() -> None:
    with room.room_for(100_000_000):
        child = multiprocessing.get_context("fork").Process(target=_reads, args=(picture(),))
        child.start()
        child.join(60)
    assert child.exitcode == 0


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _decode_in_many_threads(data: bytes) -> None:
    before = _resident()
    threads = [threading.Thread(target=_reads, args=(data,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if _resident() - before > 300 << 20:
        sys.exit(1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_large_pictures_leave_no_memory_with_the_threads_that_decoded_them() -> None:
    data = saved(Image.new("I", (5_000, 5_000)), "TIFF", compression="tiff_deflate")
    child = multiprocessing.get_context("spawn").Process(target=_decode_in_many_threads, args=(data,))
    child.start()
    child.join(120)
    assert child.exitcode == 0
