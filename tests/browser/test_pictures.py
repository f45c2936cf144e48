"""A photo of a sheet over a bad line, in a real Chromium: in pieces, gone on with, and shown on the page of the sheet."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Route, expect

from consult.demo.load import SLUG
from tests.browser.axe import bring_axe, violations
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

PATIENCE = 30_000


def _photo() -> FilePayload:
    """A photo that is too large to go at once."""
    photo = BytesIO()
    Image.frombytes("RGB", (300, 200), random.Random(1).randbytes(180_000)).save(photo, "PNG")
    return {"name": "page.png", "mimeType": "image/png", "buffer": photo.getvalue()}


def test_a_photo_goes_on_after_a_hole_and_a_small_file_beside_it_goes_with_the_form(
    browser: Browser, site: Site
) -> None:
    context = bring_axe(browser.new_context(viewport={"width": 360, "height": 800}))
    context.add_cookies([{"name": "consult-session", "value": site.tokens["clerk"], "url": site.address}])
    tab = context.new_page()
    address = f"{site.address}/en/c/{SLUG}/paper/sheets/1/"
    tab.goto(address)
    there = tab.locator("#pictures form[action$='/remove']").count()
    no_picture: FilePayload = {"name": "x.png", "mimeType": "image/png", "buffer": b"MZ" + bytes(98)}
    tab.set_input_files("input[name=file]", no_picture)
    tab.click("text=Keep it with the sheet")
    expect(tab.locator("#file-error")).to_be_visible(timeout=PATIENCE)
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if broken or route.request.url.endswith("/0"):
            return route.continue_()
        broken.append(route.request.url)
        return route.abort()

    tab.route("**/pieces/*/*", break_once)
    tab.set_input_files("input[name=photo]", _photo())
    tab.click("text=Keep it with the sheet")
    expect(tab.locator("[data-when=waiting]").first).to_be_visible(timeout=PATIENCE)
    assert violations(tab) == []
    tab.evaluate("dispatchEvent(new Event('online'))")
    tab.wait_for_url(address, timeout=PATIENCE)  # its page, not the one that told of the file before
    expect(tab.locator("#pictures form[action$='/remove']")).to_have_count(there + 1, timeout=PATIENCE)
    small = BytesIO()
    Image.new("RGB", (9, 9)).save(small, "PNG")
    tab.set_input_files("input[name=photo]", _photo())
    tab.set_input_files("input[name=file]", {"name": "y.png", "mimeType": "image/png", "buffer": small.getvalue()})
    tab.click("text=Keep it with the sheet")
    expect(tab.locator("#pictures form[action$='/remove']")).to_have_count(there + 3, timeout=PATIENCE)
    assert len(broken) == 1
    context.close()
