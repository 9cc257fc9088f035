"""The figures of a picture, sound or film in a rule: `row.photo.width()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdtrue.contracts.symbols import Symbol


class MediaMethods:
    """What a `Symbol` that stands for media can be asked; `holdtrue.media.figures` says what each figure is."""

    __slots__ = ()

    def _call(self, function: str) -> Symbol:
        raise NotImplementedError

    def bytes(self) -> Symbol:
        """How many bytes it has."""
        return self._call("bytes")

    def format(self) -> Symbol:
        """The file's format, such as "JPEG", "WAV" or "MP4"."""
        return self._call("format")

    def width(self) -> Symbol:
        """Pixels from left to right, of an image or video."""
        return self._call("width")

    def height(self) -> Symbol:
        """Pixels from top to bottom, of an image or video."""
        return self._call("height")

    def mode(self) -> Symbol:
        """What a pixel of an image holds, such as "RGB" or "L" (grey)."""
        return self._call("mode")

    def brightness(self) -> Symbol:
        """Mean luminance of an image, 0 (black) to 1."""
        return self._call("brightness")

    def contrast(self) -> Symbol:
        """Standard deviation of an image's luminance, 0 to 0.5."""
        return self._call("contrast")

    def sharpness(self) -> Symbol:
        """Variance of the Laplacian of an image's luminance: low where it is blurred."""
        return self._call("sharpness")

    def sample_rate(self) -> Symbol:
        """Samples of a sound in a second."""
        return self._call("sample_rate")

    def channels(self) -> Symbol:
        """Channels of a sound: 1 is mono, 2 stereo."""
        return self._call("channels")

    def duration(self) -> Symbol:
        """Seconds, of audio or video; null where a video's header does not say."""
        return self._call("duration")

    def loudness(self) -> Symbol:
        """Root mean square of a sound's samples, full scale being 1."""
        return self._call("loudness")

    def silence(self) -> Symbol:
        """Share of the stretches of 20 ms that are below -60 dB, 0 to 1."""
        return self._call("silence")

    def clipping(self) -> Symbol:
        """Share of a sound's samples at full scale, 0 to 1."""
        return self._call("clipping")

    def frame_rate(self) -> Symbol:
        """Frames of a video in a second; null where its header does not say."""
        return self._call("frame_rate")

    def frames(self) -> Symbol:
        """Frames of a video; null where its header does not say."""
        return self._call("frames")

    def codec(self) -> Symbol:
        """How a video's frames are compressed, such as "h264"."""
        return self._call("codec")
