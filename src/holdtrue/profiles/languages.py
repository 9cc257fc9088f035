"""Which language a text is in, told by a small model that is on this machine (`pip install 'holdtrue[language]'`)."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from functools import cache

import polars as pl

from holdtrue.foundation import optional

# Languages that many people write. Told apart from these alone, short texts are more often put where they belong than
# among all that the model knows: of English messages of 20 to 39 letters 97 % instead of 92 %.
LANGUAGES = (
    *("af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es"),
    *("et", "eu", "fa", "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is"),
    *("it", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr"),
    *("ms", "mt", "my", "ne", "nl", "no", "pa", "pl", "pt", "ro", "ru", "si", "sk", "sl", "sq"),
    *("sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh"),
)
"""Two-letter codes (ISO 639-1) of the languages that can be told."""

FEWEST_LETTERS = 20
"""Texts of fewer letters say too little."""

SAMPLED = 2_000
"""Different texts of a column that are looked at, at most."""


def language_of(text: str) -> str:
    """Return the code of the language that a text is in.

    Raises:
        MissingExtra: the library is not installed.

    Example:
        >>> language_of("The house has a large kitchen and a garden."), language_of("Das Haus hat eine große Küche.")
        ('en', 'de')
    """
    upper = sum(letter.isupper() for letter in text)
    # What is written in capitals is read as it would be in small letters: the model knows few of the former.
    return _identifier()(text.lower() if 2 * upper > len(text) else text)


def languages_like(code: object) -> str:
    """Say what to write for a code that is none."""
    close = difflib.get_close_matches(str(code).lower(), LANGUAGES, 1, 0.4)
    return f'write "{close[0]}"' if close else f"there are {', '.join(LANGUAGES)}"


_SCHEMA = {"text": pl.String(), "hash": pl.UInt64()}
_AT_ONCE = 5_000


class TextSample:
    """Different texts of a column that comes in parts: all of them, or the 2,000 whose hashes are smallest.

    Whatever the parts, the sample is the same: which texts are in it depends on nothing but the texts.
    """

    def __init__(self) -> None:
        self._kept = pl.DataFrame(schema=_SCHEMA)  # one more than the sample, to know that there are more

    def add(self, column: pl.Series) -> None:
        """Take in the next part of the column."""
        texts = pl.DataFrame({"text": column.cast(pl.String).drop_nulls().unique()})
        hashed = texts.with_columns(hash=pl.col("text").hash(seed=0)).sort("hash", "text")
        if not self.complete:
            hashed = hashed.filter(pl.col("hash") <= self._kept["hash"][-1])
        # Those with the smallest hashes first, and no more than are needed: counting letters takes time.
        found = [self._kept]
        for part in hashed.iter_slices(_AT_ONCE):
            found.append(part.filter(pl.col("text").str.count_matches(r"\p{L}") >= FEWEST_LETTERS))
            if sum(each.height for each in found[1:]) > SAMPLED:
                break
        self._kept = pl.concat(found).unique("text").sort("hash", "text").head(SAMPLED + 1)

    @property
    def complete(self) -> bool:
        """Whether the sample is of all texts."""
        return self._kept.height <= SAMPLED

    @property
    def texts(self) -> list[str]:
        """The texts of the sample, in an order of their own."""
        return self._kept["text"].head(SAMPLED).to_list()

    def share(self, code: str) -> tuple[float, float] | None:
        """Return the share of texts in a language and its standard error (0 of all texts); None where there is none."""
        texts = self.texts
        if not texts:
            return None
        share = sum(language_of(text) == code for text in texts) / len(texts)
        return share, 0.0 if self.complete else math.sqrt(share * (1 - share) / len(texts))


@cache
def _identifier() -> Callable[[str], str]:
    library = optional("py3langid.langid", extra="language", purpose="telling the language of a text")
    identifier = library.LanguageIdentifier.from_model_file(library.MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))

    def told(text: str) -> str:
        return str(identifier.classify(text)[0])

    return told
