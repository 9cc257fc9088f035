"""Pictures, sounds and films in figures: bytes in, a few numbers out, with bounded memory; no pixel is kept."""

from holdtrue.media.allowance import Allowance, Spend, TooMuchMedia, unlimited
from holdtrue.media.audio import MOST_SAMPLES, ROW_SAMPLES
from holdtrue.media.figures import (
    FIGURES,
    IDENTITIES,
    LIBRARIES,
    MEDIA,
    AudioFigures,
    Figures,
    ImageFigures,
    MediaKind,
    MediaUnreadable,
    VideoFigures,
)
from holdtrue.media.likeness import LIKE_BITS, count_alike
from holdtrue.media.reading import ENDINGS, HEAD, kind_of_bytes, kind_of_name, read_figures, require_library

__all__ = [
    "ENDINGS",
    "FIGURES",
    "HEAD",
    "IDENTITIES",
    "LIBRARIES",
    "LIKE_BITS",
    "MEDIA",
    "MOST_SAMPLES",
    "ROW_SAMPLES",
    "Allowance",
    "AudioFigures",
    "Figures",
    "ImageFigures",
    "MediaKind",
    "MediaUnreadable",
    "Spend",
    "TooMuchMedia",
    "VideoFigures",
    "count_alike",
    "kind_of_bytes",
    "kind_of_name",
    "read_figures",
    "require_library",
    "unlimited",
]
