"""The style sheet, the script and the icon: small, mirrored by logic, and from nowhere else."""

from __future__ import annotations

import re

import brotli
import pytest

from consult.web.assets import STATIC, assets

SHEET = (STATIC / "consult.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL)


#: The most bytes of each as they travel: compressed with brotli.
MOST_BYTES = {
    "consult.css": 8000,
    "consult.js": 4000,
    "passkey.js": 1500,
    "draft.js": 2800,
    "upload.js": 1600,
    "codes.js": 1300,
    "begin.js": 800,
    "favicon.svg": 400,
}


def test_assets_stay_small() -> None:
    sizes = {name: len(brotli.compress((STATIC / name).read_bytes())) for name in assets()}
    assert sizes.keys() == MOST_BYTES.keys()
    assert [(name, size) for name, size in sizes.items() if size > MOST_BYTES[name]] == []


def test_the_sheet_knows_no_left_and_right() -> None:
    physical = re.findall(
        r"[{;](?:margin|padding|border|inset)-(?:left|right|top|bottom)|[{;](?:left|right|top|bottom|width|height|max-width|min-width|max-height|min-height):"
        r"|text-align:(?:left|right)|float:(?:left|right)",
        RULES,
    )
    assert physical == []


def test_the_sheet_fetches_nothing_and_forces_nothing() -> None:
    assert re.findall(r"url\(|@import|@font-face", RULES) == []
    assert RULES.count("!important") == 2  # quiet chart labels; what print leaves out


def test_every_class_on_a_page_is_in_the_sheet(pages: dict[str, str]) -> None:
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", RULES))
    used = {name for page in pages.values() for value in re.findall(r'class="([^"]*)"', page) for name in value.split()}
    assert used - known == set()


def test_braces_close() -> None:
    assert RULES.count("{") == RULES.count("}")


@pytest.mark.parametrize("name", sorted(name for name in assets() if name.endswith(".js")))
def test_the_script_asks_for_nothing_from_elsewhere(name: str) -> None:
    script = (STATIC / name).read_text(encoding="utf-8")
    assert re.findall(r"https?:|eval\(|innerHTML\s*=[^=]|document\.write", script) == []
