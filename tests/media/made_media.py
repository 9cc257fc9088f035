"""Pictures, sounds and films made on the spot: real files, small, the same each time."""

from __future__ import annotations

import io
import struct
import zlib

import av
import numpy as np
from PIL import Image

IMAGES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
SOUNDS = {
    "WAV": ("wav", "pcm_s16le"),
    "FLAC": ("flac", "flac"),
    "MP3": ("mp3", "libmp3lame"),
    "OGG": ("ogg", "libopus"),
}
FILMS = {"MP4": ("mp4", "libx264"), "WEBM": ("webm", "libvpx-vp9"), "MKV": ("matroska", "libx264")}


def scene(size: tuple[int, int] = (64, 48), seed: int = 0) -> Image.Image:
    """Return a picture of blobs: soft, so that a copy in another format or size looks the same."""
    rough = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC)


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48), seed: int = 0) -> bytes:
    return saved(scene(size, seed), form)


def grey(value: int, form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    return saved(Image.new("L", size, value), form)


def tone(
    seconds: float = 1.0, rate: int = 48_000, channels: int = 1, loud: float = 0.5, quiet: float = 0.25
) -> np.ndarray:
    """Return samples (channels, n) of 440 Hz, of which the first share is silence."""
    times = np.arange(int(rate * seconds)) / rate
    wave = loud * np.sin(2 * np.pi * 440 * times)
    wave[: int(len(wave) * quiet)] = 0
    return np.repeat((wave.clip(-1, 1) * 32_767).astype(np.int16)[None], channels, axis=0)


def sound(form: str = "WAV", samples: np.ndarray | None = None, rate: int = 48_000, codec: str = "") -> bytes:
    """Return a sound file of samples (channels, n) of 16 bits."""
    samples = tone(rate=rate) if samples is None else samples
    layout = "mono" if len(samples) == 1 else "stereo"
    body = io.BytesIO()
    with av.open(body, "w", format=SOUNDS[form][0]) as container:
        stream = container.add_stream(codec or SOUNDS[form][1], rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        size = stream.codec_context.frame_size or None
        fitted = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=size)
        for each in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return body.getvalue()


def film(form: str = "MP4", frames: int = 25, rate: int = 25, size: tuple[int, int] = (64, 48)) -> bytes:
    body = io.BytesIO()
    with av.open(body, "w", format=FILMS[form][0]) as container:
        stream = container.add_stream(FILMS[form][1], rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            shade = np.full((size[1], size[0], 3), number * 9 % 255, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(stream.encode(None))
    return body.getvalue()


def bomb(width: int = 20_000, height: int = 20_000) -> bytes:
    """Return a PNG of one colour: some megabytes that would be gigabytes of pixels."""
    row = b"\0" + bytes(width // 8)
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
