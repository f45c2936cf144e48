"""What a long day at the coding desk is like: texts coded by keyboard alone, in one tab of Chromium, on a real server.

    python -m tools.bench.coding [--engine sqlite] [--texts 300]

An instance of its own holds the sample with its codebook and so many more texts, handed out to one coder. Passage after
passage gets a code, a stance, or a sentence of its own; every tenth code is found by its name. Each text is saved with Enter
and finished with Enter. Times run from the key to the painted page, as seen from outside the browser. It ends with 1 when
an answer was lost or differs from what was typed, when the tab has grown from the fiftieth text to the last, or when half of
the answers take longer than work flows with.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from time import perf_counter

import sqlalchemy as sa
from playwright.sync_api import CDPSession, Page, Request, expect, sync_playwright

from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.app import create_app
from consult.coding.models import Code, Coder, Coding, CodingTask
from consult.coding.queries import codebook, coder_of
from consult.coding.services import TextChoice, assign_texts
from consult.consultations.queries import consultation_by_slug
from consult.db import session
from consult.demo.load import DEMO_PEOPLE, SLUG
from consult.settings import Settings
from consult.submissions.models import Passage, Submission
from consult.testing.databases import ENGINES, postgresql_server
from consult.testing.sample import LoadedSample, disposed, loaded_sample
from consult.testing.server import free_port, running_server
from tests.browser.conftest import CHROMIUM, chromium
from tools.bench.fill import fill
from tools.bench.servers import Server

#: Milliseconds from which on an answer breaks the flow of work (W. J. Doherty, A. J. Thadani, "The Economic Value of Rapid
#: Response Time", IBM, 1982): at most half of all answers may take longer.
NOTICED = 400
#: At most so many times the memory and the nodes of the fiftieth text.
GROWTH = 1.1
#: From here on the tab is measured; at either end the middle of so many texts.
SETTLED, AROUND = 50, 5
#: Of the texts that are added so many are accepted and can be coded; the sample itself hands out some.
SHARE = 0.85
STANCES = ("", "", "+", "-", "?", ":1")


@dataclass(slots=True)
class Day:
    """What was typed and seen: keys, the code of each passage, milliseconds of each answer, memory and nodes of the tab after each text."""

    keys: int = 0
    typed: dict[tuple[str, int], int] = field(default_factory=dict)
    saved: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    heap: list[float] = field(default_factory=list)
    nodes: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def main(words: Sequence[str] | None = None) -> int:
    """Make the place, code the texts, print the figures."""
    asked = argparse.ArgumentParser(description="Code texts by keyboard in one tab of Chromium.")
    asked.add_argument("--engine", choices=ENGINES, default="sqlite")
    asked.add_argument("--texts", type=int, default=300)
    given = asked.parse_args(words)
    with _place(given.engine, given.texts) as (settings, token, numbers, names):
        port = int(settings.base_url.rpartition(":")[2])
        with running_server(settings, port) as process, sync_playwright() as playwright:
            server = Server(port, process)
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM)
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": "consult-session", "value": token, "url": settings.base_url}])
            day = _work(context.new_page(), settings.base_url, given.texts, numbers, names, server)
            browser.close()
        kept = _kept()
    return _say(day, given.texts, kept)


@contextmanager
def _place(engine: str, texts: int) -> Iterator[tuple[Settings, str, Sequence[int], Sequence[str]]]:
    """Yield an instance whose moderator has so many texts to code, their token, and numbers and names of the codes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keeper = stack.enter_context(postgresql_server()) if engine == "postgresql" else None
        loaded, place = loaded_sample(folder / "loaded"), folder / "place"
        place.mkdir()
        settings = LoadedSample(loaded, keeper).copy(place, engine)
        settings = replace(settings, base_url=f"http://127.0.0.1:{free_port()}")
        with create_app(settings).app_context(), disposed():
            consultation = consultation_by_slug(SLUG)
            assert consultation is not None
            fill(consultation, round(texts / SHARE) + 100)
            person = session.scalars(sa.select(Person.id).where(Person.email_key == DEMO_PEOPLE["moderator"])).one()
            coder = coder_of(consultation.id, person)
            assert coder is not None
            assign_texts(TextChoice((coder.id,), twice=0), consultation=consultation, actor=OPERATOR)
            codes = [line for line in codebook(consultation.id) if line.in_use]
            token = start_sign_in(person, method="link", factor="app")
            yield settings, token, [line.number for line in codes], [line.names["en"] for line in codes]


def _work(tab: Page, address: str, texts: int, numbers: Sequence[int], names: Sequence[str], server: Server) -> Day:
    day, random, cdp = Day(), Random(1), tab.context.new_cdp_session(tab)
    cdp.send("Performance.enable")
    tab.on("requestfailed", lambda request: None if _is_read_later(request) else day.lost.append(request.url))
    tab.on(
        "response", lambda answer: day.lost.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    tab.goto(f"{address}/en/c/{SLUG}/coding/next/")
    before = server.cpu_ms()
    for _ in range(texts):
        lines = tab.locator("[data-step]")
        expect(lines.first).to_be_focused()
        for at in range(lines.count()):
            place = (tab.url.rstrip("/").rpartition("/")[2], int(str(lines.nth(at).get_attribute("name"))[6:]))
            day.typed[place] = _code(tab, day, random, numbers, names)
            if at + 1 < lines.count():
                _press(tab, day, "ArrowDown")
        day.saved.append(_answered(tab, day))
        expect(tab.locator("#done")).to_be_focused()
        day.finished.append(_answered(tab, day))
        _look(cdp, day)
    print(f"CPU of the server for each text: {(server.cpu_ms() - before) / texts:.1f} ms")
    return day


def _is_read_later(request: Request) -> bool:
    """Tell whether this is where an answer to the page's script leads, which goes there by itself, as a page."""
    return request.resource_type == "fetch" and request.redirected_from is not None


def _code(tab: Page, day: Day, random: Random, numbers: Sequence[int], names: Sequence[str]) -> int:
    """Write a code into the line that has the focus, by number or found by its name, and return its number."""
    at = random.randrange(len(numbers))
    if random.random() < 0.1:
        _press(tab, day, "/")
        _type(tab, day, names[at])
        _press(tab, day, "Enter")
    else:
        _type(tab, day, f"{numbers[at]}{random.choice(STANCES)}")
    return numbers[at]


def _press(tab: Page, day: Day, key: str) -> None:
    tab.keyboard.press(key)
    day.keys += 1


def _type(tab: Page, day: Day, words: str) -> None:
    tab.keyboard.type(words)
    day.keys += len(words)


def _answered(tab: Page, day: Day) -> float:
    """Press Enter and return the milliseconds until the next page is painted."""
    begun = perf_counter()
    with tab.expect_event("domcontentloaded"):
        _press(tab, day, "Enter")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return (perf_counter() - begun) * 1000


def _look(cdp: CDPSession, day: Day) -> None:
    """Note what the tab holds once everything that nobody needs is thrown away."""
    cdp.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    day.heap.append(found["JSHeapUsedSize"] / 1e6)
    day.nodes.append(found["Nodes"])


def _kept() -> Mapping[tuple[str, int], int]:
    """Return the code that each passage of a finished text has in the database, by receipt number and its own."""
    session.rollback()
    rows = session.execute(
        sa.select(Submission.number, Passage.number, Code.number)
        .select_from(Coding)
        .join(CodingTask, CodingTask.id == Coding.task_id)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .join(Person, Person.id == Coder.person_id)
        .join(Passage, Passage.id == Coding.passage_id)
        .join(Submission, Submission.id == Passage.submission_id)
        .join(Code, Code.id == Coding.code_id)
        .where(Person.email_key == DEMO_PEOPLE["moderator"], CodingTask.done_at.is_not(None))
    )
    return {(text, passage): code for text, passage, code in rows}


def _say(day: Day, texts: int, kept: Mapping[tuple[str, int], int]) -> int:
    """Print the figures and return 1 where they miss what the head of this file asks for."""
    missed = []
    for what, times in (("saved", day.saved), ("finished, next text", day.finished)):
        half, most = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{what}: {half:.0f} ms, 95 of 100 within {most:.0f} ms")
        missed += [what] * (half > NOTICED)
    print(f"{texts} texts, {len(day.typed)} passages, {day.keys / len(day.typed):.1f} keys a passage")
    for what, values, unit in (("JS heap", day.heap, "MB"), ("DOM nodes", day.nodes, "")):
        settled = min(SETTLED, len(values) // 2)
        first, last = statistics.median(values[settled : settled + AROUND]), statistics.median(values[-AROUND:])
        print(f"{what}: {first:.1f} {unit} at text {settled}, {last:.1f} {unit} at the last".replace("  ", " "))
        missed += [what] * (last > GROWTH * first)
    print(f"requests lost: {len(day.lost)}", *day.lost[:5])
    other = [place for place, code in day.typed.items() if kept.get(place) != code]
    print(f"passages whose code in the database is not the one that was typed: {len(other)}", *other[:5])
    missed += ["requests"] * bool(day.lost or other)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
