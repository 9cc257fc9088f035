"""What is known of a picture, a sound or a film: the figures that stand for it in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from holdtrue.foundation import DataUnreadable

MediaKind: TypeAlias = Literal["image", "audio", "video"]
MEDIA: tuple[MediaKind, ...] = ("image", "audio", "video")
MOST_PIXELS = 100_000_000
"""A picture of more is not decoded, nor a film taken: 100 million take up to 400 MB while they are decoded."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, Meta(max_length=40)]


class ImageFigures(Struct, frozen=True, kw_only=True):
    """A picture.

    Attributes:
        bytes: how many it has. content: their BLAKE3 hash.
        format: JPEG, PNG, WEBP, GIF, BMP or TIFF.
        width, height: in pixels, as stored: a camera's note that the picture is to be turned is not followed.
        mode: Pillow's word for what a pixel holds, such as RGB, L (grey), P (palette), RGBA.
        brightness: mean luminance, 0 (black) to 1. contrast: its standard deviation, 0 to 0.5.
        sharpness: variance of the Laplacian of the luminance (0 to 255): low where the picture is blurred. Pech-Pacheco
            et al., "Diatom autofocusing in brightfield microscopy" (2000).
        fingerprint: 64 bits in hexadecimal, of which pictures that look alike share nearly all: whether each of 8 x 8
            places is darker than its right neighbour (the difference hash, dHash).

    Of a picture larger than 640 pixels brightness, contrast and sharpness are those of a copy that is not.
    """

    bytes: Count
    content: Hash
    format: Word
    width: Count
    height: Count
    mode: Word
    brightness: Share
    contrast: Share
    sharpness: Amount
    fingerprint: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]


class AudioFigures(Struct, frozen=True, kw_only=True):
    """A sound.

    Attributes:
        bytes: how many it has. content: their BLAKE3 hash.
        format: WAV, FLAC, MP3 or OGG.
        sample_rate: samples a second. channels: 1 is mono, 2 stereo.
        duration: seconds that were decoded.
        loudness: root mean square of all samples, full scale being 1.
        silence: share of the stretches of 20 ms that are below -60 dB of full scale.
        clipping: share of samples at full scale.
    """

    bytes: Count
    content: Hash
    format: Word
    sample_rate: Count
    channels: Count
    duration: Amount
    loudness: Amount
    silence: Share
    clipping: Share


class VideoFigures(Struct, frozen=True, kw_only=True):
    """A film, by what its header says: no frame of it is kept, and none beyond the first few is decoded.

    Attributes:
        bytes: how many it has. content: their BLAKE3 hash.
        format: MP4, WEBM or MKV.
        width, height: of a frame, in pixels.
        frame_rate: frames a second. duration: seconds. frames: how many; None where the header does not say.
        codec: how frames are compressed, such as h264 or vp9.
    """

    bytes: Count
    content: Hash
    format: Word
    width: Count
    height: Count
    frame_rate: Amount | None
    duration: Amount | None
    frames: Count | None
    codec: Word


Figures: TypeAlias = ImageFigures | AudioFigures | VideoFigures

FIGURES: Mapping[MediaKind, type[ImageFigures] | type[AudioFigures] | type[VideoFigures]] = {
    "image": ImageFigures,
    "audio": AudioFigures,
    "video": VideoFigures,
}
IDENTITIES = ("content", "fingerprint")
"""The figures that tell one from another, and say nothing by their size."""

LIBRARIES: Mapping[MediaKind, str] = {"image": "PIL.Image", "audio": "av", "video": "av"}


class MediaUnreadable(DataUnreadable):
    """Bytes that are no picture, sound or film of the formats known, or are not whole; the message says why."""

    code = "media-unreadable"
