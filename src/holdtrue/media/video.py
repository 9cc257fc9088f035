"""Films, by PyAV: what the header says. Frames are not decoded, but for the few that some headers need to be read."""

from __future__ import annotations

from typing import BinaryIO

from holdtrue.media.allowance import BYTE, Spend, unlimited
from holdtrue.media.containers import opened, require_whole
from holdtrue.media.figures import MOST_PIXELS, MediaUnreadable, VideoFigures

_FORMATS = {"MP4": "mov,mp4,m4a,3gp,3g2,mj2", "WEBM": "matroska,webm", "MKV": "matroska,webm"}
_CODECS = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,mpeg2video,mjpeg,"
    "aac,ac3,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,pcm_s16le,pcm_s16be,mov_text,subrip,ass,webvtt"
)


def read_video(stream: BinaryIO, form: str, size: int, content: str, spend: Spend = unlimited) -> VideoFigures:
    """Return the figures of a film whose format is known.

    Args:
        spend: hears of the bytes looked through, and of a frame's pixels: for some headers one is decoded.

    Raises:
        MediaUnreadable: it is broken, not whole, or its frames are larger than `MOST_PIXELS`.
    """
    require_whole(stream, form, size)
    spend(BYTE * size)
    # FFmpeg would else decode a frame of any size to see what it is.
    with opened(stream, _FORMATS[form].split(",")[0], _CODECS, max_pixels=str(MOST_PIXELS)) as container:
        if not container.streams.video:
            raise MediaUnreadable("no film in it")
        track = container.streams.video[0]
        width, height = int(track.width or 0), int(track.height or 0)
        if width * height == 0:
            raise MediaUnreadable(f"states no frame size, or more than {MOST_PIXELS:,} pixels")
        if width * height > MOST_PIXELS:
            raise MediaUnreadable(f"{width:,} x {height:,} pixels, more than {MOST_PIXELS:,}")
        spend(width * height)
        rate = float(track.average_rate) if track.average_rate else None
        duration = float(track.duration * track.time_base) if track.duration and track.time_base else None
        if duration is None and container.duration:
            duration = container.duration / 1_000_000
        frames = int(track.frames) or (round(duration * rate) if duration and rate else None)
        codec = str(track.codec_context.name)
    return VideoFigures(
        bytes=size,
        content=content,
        format=form,
        width=width,
        height=height,
        frame_rate=rate,
        duration=duration,
        frames=frames,
        codec=codec,
    )
