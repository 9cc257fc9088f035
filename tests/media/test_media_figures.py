"""What is read of pictures, sounds and films is what they were made of; what is broken says how."""

from __future__ import annotations

import io
import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_media import FILMS, IMAGES, SOUNDS, bomb, film, grey, picture, saved, scene, sound, tone
from PIL import Image, ImageFilter

from holdtrue.contracts.expressions import MEASURES
from holdtrue.media import (
    FIGURES,
    IDENTITIES,
    AudioFigures,
    ImageFigures,
    MediaUnreadable,
    VideoFigures,
    audio,
    kind_of_bytes,
    read_figures,
)


def image_of(data: bytes) -> ImageFigures:
    found = read_figures("image", io.BytesIO(data))
    assert isinstance(found, ImageFigures)
    return found


def audio_of(data: bytes) -> AudioFigures:
    found = read_figures("audio", io.BytesIO(data))
    assert isinstance(found, AudioFigures)
    return found


def video_of(data: bytes) -> VideoFigures:
    found = read_figures("video", io.BytesIO(data))
    assert isinstance(found, VideoFigures)
    return found


def apart(a: ImageFigures, b: ImageFigures) -> int:
    return (int(a.fingerprint, 16) ^ int(b.fingerprint, 16)).bit_count()


@pytest.mark.parametrize("form", IMAGES)
def test_a_picture_is_read_in_every_format(form: str) -> None:
    data = picture(form)
    found = image_of(data)
    grey_of_it = np.asarray(scene().convert("L"), dtype=float) / 255
    assert (found.format, found.width, found.height, found.bytes) == (form, 64, 48, len(data))
    assert found.brightness == pytest.approx(grey_of_it.mean(), abs=0.01)
    assert found.contrast == pytest.approx(grey_of_it.std(), abs=0.01)
    assert apart(found, image_of(picture("PNG"))) <= 4
    assert kind_of_bytes(data) == "image"


@pytest.mark.parametrize(("value", "brightness"), [(0, 0.0), (51, 0.2), (255, 1.0)])
def test_brightness_of_one_colour_is_its_own(value: int, brightness: float) -> None:
    found = image_of(grey(value))
    assert (found.brightness, found.contrast, found.sharpness, found.mode) == (brightness, 0.0, 0.0, "L")


def test_sharpness_is_the_variance_of_the_laplacian_and_falls_with_blur() -> None:
    values = np.random.default_rng(1).integers(0, 256, (40, 50)).astype(np.uint8)
    v = values.astype(float)
    laplacian = v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:] - 4 * v[1:-1, 1:-1]
    sharp = Image.fromarray(values)
    assert image_of(saved(sharp)).sharpness == pytest.approx(laplacian.var(), rel=1e-12)
    assert image_of(saved(sharp.filter(ImageFilter.GaussianBlur(2)))).sharpness < laplacian.var() / 100


def test_sixteen_bits_are_as_bright_as_eight() -> None:
    wide = Image.fromarray(np.asarray(scene().convert("L")).astype(np.uint16) * 257)
    found = image_of(saved(wide, "PNG"))
    assert found.mode == "I;16"
    assert found.brightness == pytest.approx(image_of(saved(scene().convert("L"))).brightness, abs=0.001)


def test_a_large_picture_is_measured_small_and_keeps_its_size() -> None:
    for form in ("JPEG", "PNG"):
        found = image_of(picture(form, (4_000, 3_000)))
        assert (found.width, found.height) == (4_000, 3_000)
        assert found.brightness == pytest.approx(image_of(picture()).brightness, abs=0.01)


def test_copies_look_alike_and_other_pictures_do_not() -> None:
    first = image_of(picture(seed=1))
    copies = [picture("JPEG", seed=1), picture("WEBP", (100, 75), seed=1)]
    others = [picture(seed=seed) for seed in range(2, 30)]
    assert [apart(first, image_of(copy)) <= 4 for copy in copies] == [True, True]
    assert min(apart(first, image_of(other)) for other in others) > 10


@pytest.mark.parametrize("form", SOUNDS)
def test_a_sound_is_read_in_every_format(form: str) -> None:
    data = sound(form, tone(2.0, channels=2))
    found = audio_of(data)
    assert (found.format, found.sample_rate, found.channels, found.bytes) == (form, 48_000, 2, len(data))
    assert found.duration == pytest.approx(2.0, abs=0.06)
    assert found.loudness == pytest.approx(0.5 * np.sqrt(0.5 * 0.75), rel=0.06)
    assert found.silence == pytest.approx(0.25, abs=0.03)
    assert found.clipping == 0.0
    assert kind_of_bytes(data) == "audio"


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
def test_clipping_and_silence_do_not_depend_on_the_width_of_samples(codec: str) -> None:
    samples = tone(1.0, rate=8_000, loud=3.0, quiet=0.5)
    full = np.abs(samples) == 32_767
    found = audio_of(sound("WAV", samples, 8_000, codec))
    assert found.clipping == pytest.approx(full.mean(), abs=0.01)
    assert found.silence == pytest.approx(0.5, abs=0.02)
    assert found.sample_rate == 8_000


@pytest.mark.parametrize("form", FILMS)
def test_a_film_is_read_by_its_header(form: str) -> None:
    data = film(form, frames=50)
    found = video_of(data)
    assert (found.format, found.width, found.height, found.bytes) == (form, 64, 48, len(data))
    assert (found.frame_rate, found.frames) == (25.0, 50)
    assert found.duration == pytest.approx(2.0, abs=0.05)
    assert found.codec == {"WEBM": "vp9"}.get(form, "h264")
    assert kind_of_bytes(data) == "video"


def test_rules_can_ask_for_every_figure_but_those_that_only_tell_files_apart() -> None:
    for kind, figures in FIGURES.items():
        asked = {name for name, (kinds, _) in MEASURES.items() if kind in kinds}
        assert asked == set(figures.__struct_fields__) - set(IDENTITIES)


@pytest.mark.parametrize("form", [form for form in (*IMAGES, *SOUNDS, *FILMS) if form not in ("MP3", "OGG")])
def test_half_a_file_is_not_read(form: str) -> None:
    made = {**dict.fromkeys(IMAGES, picture), **dict.fromkeys(SOUNDS, sound), **dict.fromkeys(FILMS, film)}
    data = made[form](form)
    kind = kind_of_bytes(data)
    assert kind is not None
    for cut in (len(data) // 4, len(data) // 2, len(data) * 3 // 4):
        with pytest.raises(MediaUnreadable, match=r"truncated after [\d,]+ bytes|broken"):
            read_figures(kind, io.BytesIO(data[:cut]))


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("image", b"", "empty"),
        ("image", b"<html>", "not JPEG, PNG, WEBP, GIF, BMP or TIFF"),
        ("image", sound(), "WAV, not JPEG, PNG, WEBP, GIF, BMP or TIFF"),
        ("audio", picture("JPEG"), "JPEG, not WAV, FLAC, MP3 or OGG"),
        ("video", picture("GIF"), "GIF, not MP4, WEBM or MKV"),
        ("image", picture("JPEG")[:300], "truncated after 300 bytes"),
        ("audio", sound()[:60], "truncated after 60 bytes"),
        ("image", bomb(), "20,000 x 20,000 pixels, more than 100,000,000"),
        ("image", b"II*\0" + bytes(60), "broken"),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, data: bytes, reason: str) -> None:
    with pytest.raises(MediaUnreadable) as found:
        read_figures(kind, io.BytesIO(data))  # type: ignore[arg-type]
    assert found.value.message.startswith(reason)


def test_a_bomb_is_refused_in_little_memory() -> None:
    code = (
        "import io, resource, sys\n"
        "from holdtrue.media import read_figures, MediaUnreadable\n"
        "data = sys.stdin.buffer.read()\n"
        "from PIL import PngImagePlugin\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_figures('image', io.BytesIO(data))\n"
        "except MediaUnreadable: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    data = bomb(40_000, 40_000)
    ran = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert int(ran.stdout) < 64 << 10, "kilobytes more than before, of a picture of 1.6 GB"


def test_a_sound_that_lasts_too_long_is_refused_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "LONGEST", 60)
    # Digital silence: FLAC needs a few bytes a second for it.
    data = sound("FLAC", np.zeros((1, 70 * 8_000), dtype=np.int16), 8_000)
    assert len(data) < 1 << 16
    with pytest.raises(MediaUnreadable, match="lasts longer than 60 seconds"):
        audio_of(data)


def wav(samples: np.ndarray, rate: int) -> bytes:
    """Return a WAV file of one channel with any header: what an encoder would not write."""
    wide = samples.dtype.itemsize
    form = 3 if samples.dtype.kind == "f" else 1
    head = struct.pack("<HHIIHH", form, 1, rate, rate * wide & 0xFFFFFFFF, wide, 8 * wide)
    data = b"data" + struct.pack("<I", samples.nbytes) + samples.tobytes()
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
@pytest.mark.parametrize("strange", [math.inf, -math.inf, math.nan, 1e30, 1e300])
def test_samples_that_are_no_numbers_are_refused(dtype: str, strange: float) -> None:
    with np.errstate(over="ignore"):
        samples = np.array([0.1] * 99 + [strange]).astype(dtype)
    with pytest.raises(MediaUnreadable, match="samples that are no finite numbers, or far beyond full scale"):
        audio_of(wav(samples, 8_000))


def test_samples_beyond_full_scale_are_heard_as_they_are() -> None:
    assert audio_of(wav(np.array([2.0] * 100, dtype="<f4"), 8_000)).loudness == 2.0


def test_a_rate_that_no_device_has_is_refused() -> None:
    samples = np.full(4_000, 128, dtype="u1")
    with pytest.raises(MediaUnreadable, match=r"states 2,000,000,000 samples a second, more than 1,536,000"):
        audio_of(wav(samples, 2_000_000_000))
    assert audio_of(wav(samples, 1_536_000)).silence == 1.0


def test_no_more_than_a_stretch_waits_to_be_judged() -> None:
    heard = audio._Heard(48_000, 1, audio.MOST_SAMPLES)
    for _ in range(200):
        heard.add(np.zeros((1, 480), dtype=np.int16), packed=True, channels=1)
        assert heard._rest.size < 960
    assert heard.silence() == 1.0


def test_all_channels_samples_count_towards_the_most_that_are_decoded() -> None:
    for form in SOUNDS:
        data = sound(form, tone(1.0, channels=2))
        with pytest.raises(MediaUnreadable, match="more than 80,000 samples, the most that are decoded here"):
            read_figures("audio", io.BytesIO(data), most_samples=80_000)
        assert read_figures("audio", io.BytesIO(data), most_samples=100_000).channels == 2


def test_a_sound_that_states_too_many_samples_is_not_decoded() -> None:
    data = bytearray(sound("FLAC", tone(1.0, channels=2)))
    data[200:] = bytes(len(data) - 200)  # what would be decoded is broken
    with pytest.raises(MediaUnreadable, match="the most that are decoded here"):
        read_figures("audio", io.BytesIO(bytes(data)), most_samples=80_000)


WHOLE = [picture(form) for form in IMAGES] + [sound(form) for form in SOUNDS] + [film(form) for form in FILMS]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), st.floats(0, 1))
@example(WHOLE[0], [], 1.0)
def test_broken_bytes_are_read_or_refused_and_nothing_else(
    data: bytes, changes: list[tuple[float, int]], length: float
) -> None:
    broken = bytearray(data[: int(len(data) * max(length, 0.01))])
    for place, value in changes:
        broken[int(place**3 * (len(broken) - 1))] = value  # more of them near the beginning
    kind = kind_of_bytes(bytes(broken))
    if kind is None:
        return
    outcomes = []
    for _ in range(2):
        try:
            outcomes.append(repr(read_figures(kind, io.BytesIO(bytes(broken)))))
        except MediaUnreadable as refused:
            outcomes.append(refused.message)
    assert outcomes[0] == outcomes[1]
    assert " at 0x" not in outcomes[0]


def test_reading_from_a_file_is_reading_its_bytes(tmp_path: Path) -> None:
    for data in WHOLE:
        (tmp_path / "it").write_bytes(data)
        kind = kind_of_bytes(data)
        assert kind is not None
        with (tmp_path / "it").open("rb") as file:
            assert read_figures(kind, file) == read_figures(kind, io.BytesIO(data))
