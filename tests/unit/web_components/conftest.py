"""The real templates, rendered by the project's own gallery with the formats of the web."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
Render = Callable[..., str]


@pytest.fixture(scope="session")
def gallery() -> ModuleType:
    """Return tools/gallery.py as a module."""
    spec = importlib.util.spec_from_file_location("consult_gallery", ROOT / "tools" / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def say(gallery: ModuleType) -> Render:
    """Return a function that renders a line of Jinja with the components imported as `ui`, in English unless told."""
    environments = {code: gallery.environment(code) for code in ("ar", "en", "fr")}

    def render(source: str, code: str = "en", **values: Any) -> str:
        template = environments[code].from_string('{% import "components/ui.html" as ui %}' + source)
        return " ".join(template.render(values).split())

    return render


@pytest.fixture(scope="session")
def pages(gallery: ModuleType) -> dict[str, str]:
    """Return every page of the gallery in the three languages, by "name-language"."""
    made = {}
    for code in ("ar", "en", "fr"):
        environment, given = gallery.environment(code), gallery.context(code)
        for name in ("gallery", "console", "hall"):
            made[f"{name}-{code}"] = environment.get_template(f"{name}.html").render(given)
        made[f"error-{code}"] = environment.get_template("errors/error.html").render(
            {
                **given,
                "status": 404,
                "title": given["t"]("Nothing here", "لا شيء هنا"),
                "words": given["t"]("Check it.", "راجعه."),
            }
        )
    return made
