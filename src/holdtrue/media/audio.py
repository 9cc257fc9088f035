"""Sounds, by PyAV: decoded as a stream, so that memory does not grow with their length."""

from __future__ import annotations

import math
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from holdtrue.media.allowance import FRAME, SAMPLE, Spend, unlimited
from holdtrue.media.containers import opened, require_whole
from holdtrue.media.figures import AudioFigures, MediaUnreadable

LONGEST = 3_600
"""Seconds of sound that are decoded; a longer one is refused: a small file may hold hours."""

MOST_SAMPLES = 400_000_000
"""Samples of all channels that are decoded: an hour of stereo at 48 kHz has 346 million."""

ROW_SAMPLES = 30_000_000
"""As many are decoded for one live row: ten minutes of one channel at 48 kHz, which take 0.4 seconds or more."""

HIGHEST_RATE = 1_536_000
"""Samples a second that a file may state: as many as any device records."""

QUIET = 0.001
"""Root mean square, of full scale 1, below which 20 ms are silence: -60 dB."""

_FORMATS = {"WAV": "wav", "FLAC": "flac", "MP3": "mp3", "OGG": "ogg"}
_CODECS = (
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,"
    "pcm_alaw,pcm_mulaw,flac,mp3,mp3float,vorbis,libvorbis,opus,libopus"
)
# By the decoded samples' type: what full scale is, what silence is, and how near to full scale a sample is clipped: as
# near as the highest of 16 bits, for sounds of 16 bits are often kept in more.
_SCALES = {"u1": (2.0**7, 128.0, 2.0**-7), "i2": (2.0**15, 0.0, 2.0**-15), "i4": (2.0**31, 0.0, 2.0**-15)}
_FLOATS = (1.0, 0.0, 2.0**-15)
_STRETCHES = 50  # in a second
# Some write numbers of 32 bits as they are into files of floats; what is louder still is no sound.
_LOUDEST = 2.0**32


def read_audio(
    stream: BinaryIO,
    form: str,
    size: int,
    content: str,
    *,
    most_samples: int = MOST_SAMPLES,
    spend: Spend = unlimited,
) -> AudioFigures:
    """Return the figures of a sound whose format is known.

    Args:
        most_samples: so many are decoded, of all channels together; a sound with more is refused.
        spend: hears of the samples, those of a frame once it is decoded.

    Raises:
        MediaUnreadable: it is broken, not whole (an MP3 or OGG may be cut unseen), lasts longer than `LONGEST`, has
            more than `most_samples`, or samples that are no numbers.
    """
    require_whole(stream, form, size)
    with opened(stream, _FORMATS[form], _CODECS) as container:
        if not container.streams.audio:
            raise MediaUnreadable("no sound in it")
        track = container.streams.audio[0]
        rate, channels = int(track.rate or 0), int(track.channels or 0)
        if rate <= 0 or channels <= 0:
            raise MediaUnreadable("states no sample rate")
        if rate > HIGHEST_RATE:
            raise MediaUnreadable(f"states {rate:,} samples a second, more than {HIGHEST_RATE:,}")
        heard = _Heard(rate, channels, most_samples)
        told = _told_samples(stream, form)
        heard.require_short(told)
        for frame in container.decode(track):
            spend(max(SAMPLE * frame.samples * len(frame.layout.channels), FRAME))
            heard.add(frame.to_ndarray(), packed=not frame.format.is_planar, channels=len(frame.layout.channels))
    if not heard.samples:
        raise MediaUnreadable("no sound in it")
    if told > heard.samples:
        raise MediaUnreadable(f"truncated after {size:,} bytes")
    return AudioFigures(
        bytes=size,
        content=content,
        format=form,
        sample_rate=rate,
        channels=channels,
        duration=heard.samples / rate,
        loudness=round(math.sqrt(heard.power / heard.samples), 9),
        silence=heard.silence(),
        clipping=heard.clipped / (heard.samples * channels),
    )


class _Heard:
    """What has been heard so far: `samples` of each channel, their `power` summed, and how many were clipped."""

    def __init__(self, rate: int, channels: int, most_samples: int) -> None:
        self.samples = self.clipped = 0
        self.power = 0.0
        self._rate, self._channels, self._most = rate, channels, most_samples
        self._stretch = max(1, rate // _STRETCHES)
        self._rest: NDArray[np.float64] = np.empty(0)
        self._quiet = self._stretches = 0

    def add(self, values: NDArray[Any], *, packed: bool, channels: int) -> None:
        """Take in a frame: (1, samples x channels) where packed, else (channels, samples)."""
        if channels != self._channels:
            raise MediaUnreadable("the number of channels changes")
        scale, middle, near = _SCALES.get(values.dtype.str[1:], _FLOATS)
        level = (values.astype(np.float64) - middle) / scale
        level = level.reshape(-1, channels).T if packed else level
        sizes = np.abs(level)
        if values.dtype.kind == "f" and not (sizes <= _LOUDEST).all():
            raise MediaUnreadable("samples that are no finite numbers, or far beyond full scale")
        self.clipped += int((sizes >= 1.0 - near).sum())
        self.samples += level.shape[1]
        self.require_short(self.samples)
        power = np.square(level).mean(axis=0)
        self.power += float(power.sum())
        self._rest = np.concatenate([self._rest, power])
        if self._rest.size >= self._stretch:
            self._judge(self._rest.size // self._stretch * self._stretch)

    def require_short(self, samples: int) -> None:
        """Stop at more samples of each channel than are decoded."""
        if samples > LONGEST * self._rate:
            raise MediaUnreadable(f"lasts longer than {LONGEST:,} seconds")
        if samples * self._channels > self._most:
            raise MediaUnreadable(f"more than {self._most:,} samples, the most that are decoded here")

    def silence(self) -> float:
        """Return the share of stretches that are silent; one cut short by the end counts as one."""
        self._judge(self._rest.size // self._stretch * self._stretch)
        if self._rest.size:
            self._stretches += 1
            self._quiet += int(self._rest.mean() < QUIET * QUIET)
        return self._quiet / self._stretches

    def _judge(self, samples: int) -> None:
        stretches = self._rest[:samples].reshape(-1, self._stretch).mean(axis=1)
        self._stretches += stretches.size
        self._quiet += int((stretches < QUIET * QUIET).sum())
        self._rest = self._rest[samples:]


def _told_samples(stream: BinaryIO, form: str) -> int:
    """Return how many samples of each channel the header says there are; 0 where it does not say."""
    if form != "FLAC":
        return 0
    place = stream.tell()
    stream.seek(0)
    head = stream.read(26)
    stream.seek(place)
    return int.from_bytes(head[21:26], "big") & (2**36 - 1) if len(head) == 26 and head[4] & 0x7F == 0 else 0
