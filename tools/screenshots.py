"""Write build/screenshots: every page of the sample at 360 and 1280 px, in Arabic and English."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from consult.testing.sample import LoadedSample, loaded_sample
from tests.browser.conftest import CHROMIUM, Site, chromium, sample_site, visitor
from tests.browser.pages import MORE, PAGES

TARGET = Path(__file__).parent.parent / "build" / "screenshots"


def main() -> int:
    """Load the sample, serve it, photograph it."""
    wanted = set(sys.argv[1:])
    shutil.rmtree(TARGET, ignore_errors=True)
    with _site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM)
        for page in (*PAGES, *MORE):
            if wanted and page.name not in wanted:
                continue
            for language in ("ar", "en"):
                for width in (360, 1280):
                    context = visitor(browser, site, page.role, width=width)
                    tab = context.new_page()
                    tab.goto(site.url(language, page))
                    file = TARGET / f"{page.name}-{language}-{width}.png"
                    file.parent.mkdir(parents=True, exist_ok=True)
                    tab.screenshot(path=file, full_page=True)
                    context.close()
            print(page.name)
        browser.close()
    return 0


@contextmanager
def _site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        loaded, served = Path(folder, "sample"), Path(folder, "site")
        served.mkdir()
        with sample_site(LoadedSample(loaded_sample(loaded)), served) as site:
            yield site


if __name__ == "__main__":
    sys.exit(main())
