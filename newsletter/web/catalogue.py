"""The languages that our pages speak, by their primary subtag (BCP 47)."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.web.english import ENGLISH
from newsletter.web.french import FRENCH
from newsletter.web.words import Words

CATALOGUE: Mapping[str, Words] = {"en": ENGLISH, "fr": FRENCH}
