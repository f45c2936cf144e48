"""The specimen in each language and format, rendered once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from consult.outcomes.renderers import render
from consult.testing.specimen import specimen

Rendered = Callable[[str, str], bytes]


@pytest.fixture(scope="session")
def rendered() -> Rendered:
    """Return the specimen as a file: `rendered("ar", "pdf")`."""

    @cache
    def make(language: str, form: str) -> bytes:
        return render(specimen(language), form)

    return make
