"""Walk the whole way of a confidential testimony in a real Firefox that is set as Tor Browser is at its level Safest.

    make safest            all three languages, over a line as slow as Tor's; build/safest gets the photographs

It needs Debian's firefox-esr. The Tor network is not used: what it does to a line is done by `line`.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from consult.app import create_app
from consult.db import database, new_id, session
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testimony.content import MessageDraft
from consult.testimony.models import Testimony, TestimonyFile
from consult.testimony.services import answer_testimony, check_quote, propose_quote, publish_quote
from consult.testimony.states import CHECKS, Quoting
from consult.testing.attached_files import picture
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.testimonies import READERS, offered, proved, with_key
from consult.testing.world import World, make_world
from tools.safest.line import Line
from tools.safest.marionette import Window, firefox, running_firefox
from tools.safest.preferences import SAFEST, SIZES

TARGET = Path(__file__).parents[2] / "build" / "safest"
#: A page that says yes where a script runs.
PROBE = "data:text/html,<h1>no</h1><script>document.querySelector('h1').textContent='yes'</script>"
TEXTS = {
    "ar": ("دفعتُ عند البوابة.\nقال الحارس: لن يسأل أحد. انتظرتُ حتى الصباح.", "دفعتُ عند البوابة."),
    "en": ("I paid at the gate.\nThe guard said: nobody will ask. I waited until morning.", "I paid at the gate."),
    "fr": ("J’ai payé à la porte.\nLe garde a dit : personne ne demandera.", "J’ai payé à la porte."),
}
#: What stands on the page of a browser that could not reach one.
BROKEN = "#errorPageContainer, #neterrorTryAgainButton, net-error-card, .error-page"
ANSWER = {"ar": "شكرًا لك. متى كان ذلك؟", "en": "Thank you. When was that?", "fr": "Merci. Quand était-ce ?"}


@dataclass(frozen=True, slots=True)
class Place:
    """A small consultation that takes testimonies, served; `line` is where the browser reaches it, `answered` what has an answer."""

    app: Flask
    world: World
    line: Line
    answered: set[int] = field(default_factory=set)

    def url(self, language: str, path: str) -> str:
        """Return an address, by way of the line."""
        return f"http://127.0.0.1:{self.line.port}/{language}/c/test/testimony/{path}"


@contextmanager
def served(folder: Path) -> Iterator[Place]:
    """Serve an instance in `folder` behind a line until the block ends."""
    port = free_port()
    line = Line(port)
    (folder / "instance").mkdir()
    plain = Settings(
        instance_path=folder / "instance",
        insecure_http=True,
        base_url=f"http://127.0.0.1:{line.port}",
        second_factor_for_roles=False,
    )
    settings = with_key(plain, folder / "elsewhere")
    app = create_app(settings)
    with app.app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
        world = offered(make_world())
        session.remove()
        with running_server(settings, port):
            yield Place(app, world, line)
    line.close()


def walk(window: Window, place: Place, language: str, folder: Path) -> None:
    """Give, add a file over a line that is cut, come back in another window, read, add, agree to a quote."""
    text, quote = TEXTS[language]
    shots = Shots(window, language)
    window.open(place.url(language, ""))
    shots.take("1-promises")
    window.press(f'a[href="/{language}/c/test/testimony/write/"]')
    window.type("[name=text]", text)
    window.choose(f"[name=quoting][value={Quoting.ASK}]")
    shots.take("2-writing")
    window.press("main form button")
    words = window.words_of_all("ol.codename li")
    need(len(words) == 10, "the codename is read off the page")
    shots.take("3-codename")
    for at in range(3):
        asked = re.sub(r"\D", "", window.words(f'label[for="word{at}"]'))
        window.type(f"[name=word{at}]", words[int(asked) - 1])
    window.press("main form button")
    shots.take("4-given")
    photograph = folder / "photograph.jpg"
    photograph.write_bytes(picture(size=(2000, 1500), quality=95))
    send(window, photograph)
    need(len(window.all("#files .title")) == 1, "a photograph is taken")
    cut(window, place, folder, language, words)
    need(window.cookies() == [], "no cookie is kept")

    number = answered(place, language, quote)
    window.new()
    return_(window, place, language, words)
    need(ANSWER[language] in window.words("#thread"), "the answer is read")
    shots.take("5-answer-and-quote")
    window.press('form[action$="/mine/quote/"] button[value=yes]')
    need(len(window.all("p.note.ok")) == 1, "it is agreed to")
    shots.take("6-agreed")
    window.type("[name=text]", quote + " +")
    window.press('form[action$="/mine/add/"] button')
    need(quote + " +" in window.words("#thread"), "something is added")
    need(window.cookies() == [], "no cookie is kept")
    window.open("about:blank")
    published(place, number)


def send(window: Window, file: Path, ends: str = "footer") -> None:
    """Choose a file and press the button beside it."""
    window.type("input[type=file]", str(file))
    window.press("form[enctype] button", ends)


def cut(window: Window, place: Place, folder: Path, language: str, words: Sequence[str]) -> None:
    """Send a file over a line that breaks in the middle: nothing of it is kept, and a second try after coming back works."""
    recording = folder / "second.jpg"
    recording.write_bytes(picture(size=(3000, 2000), quality=97))
    before, cuts, place.line.cut_after = kept(place), place.line.cuts, 20_000
    send(window, recording, BROKEN)
    place.line.cut_after = None
    need(place.line.cuts > cuts and not window.all("#thread"), "a line that is cut leads to the browser's own page")
    need(kept(place) == before, "nothing of a file that was cut is kept")
    return_(window, place, language, words)
    send(window, recording)
    need(len(window.all("#files .title")) == 2, "the second try is taken")


def return_(window: Window, place: Place, language: str, words: Sequence[str]) -> None:
    """Come back with the codename alone."""
    window.open(place.url(language, "return/"))
    window.type("[name=codename]", " ".join(words))
    window.press("main form button")


def kept(place: Place) -> int:
    """Return how many files there are."""
    session.remove()
    with place.app.app_context():
        return session.query(TestimonyFile).count()


def answered(place: Place, language: str, quote: str) -> int:
    """Let the readers answer the testimony that has no answer and propose words of it; return its number."""
    with place.app.app_context():
        here = place.world.consultation
        (number,) = {row.number for row in session.query(Testimony)} - place.answered
        place.answered.add(number)
        first, second = (proved(place.world, who) for who in READERS)
        answer_testimony(
            MessageDraft(ANSWER[language], language), number=number, once=new_id(), consultation=here, actor=first
        )
        proposed = propose_quote(quote, language, number=number, consultation=here, actor=first)
        check_quote(proposed, CHECKS, False, number=number, consultation=here, actor=second)
        session.remove()
    return int(number)


def published(place: Place, number: int) -> None:
    """Publish the words that were agreed to: this fails where they were not."""
    from consult.testimony.models import TestimonyQuote

    with place.app.app_context():
        quote = session.query(TestimonyQuote).filter_by(state="agreed").one()
        publish_quote(
            quote.id, number=number, consultation=place.world.consultation, actor=proved(place.world, READERS[0])
        )
        session.remove()


@dataclass(slots=True)
class Shots:
    """Photographs of a page in every size that the browser has."""

    window: Window
    language: str

    def take(self, name: str) -> None:
        """Photograph this page."""
        for width, height in SIZES:
            self.window.size(width, height)
            time.sleep(0.7)  # the page is drawn anew
            self.window.picture(TARGET / f"{name}-{self.language}-{width}.png")
        self.window.size(*SIZES[0])


def need(found: bool, what: str) -> None:
    """Say that something holds, or stop."""
    if not found:
        raise SystemExit(f"FAILED: {what}")
    print(f"  ok  {what}", flush=True)


def main() -> int:
    """Look whether the browser is as careful as it should be, then walk in each language."""
    if firefox() is None:
        print("This needs Firefox ESR: apt-get install firefox-esr")
        return 1
    languages = sys.argv[1:] or list(TEXTS)
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as place:
        folder = Path(name)
        with running_firefox(folder, SAFEST) as window:
            print(f"Firefox {window.capabilities['browserVersion']}")
            window.open(PROBE)
            need(window.words("h1") == "no", "no script runs")
            ignored = [one for one, value in SAFEST.items() if window.preference(one) != value]
            need(ignored == [], f"every preference is as Tor Browser has it {ignored}")
            for language in languages:
                started, before = time.monotonic(), place.line.requests
                print(language)
                walk(window, place, language, folder)
                print(f"  {place.line.requests - before} requests, {time.monotonic() - started:.0f} s")
        for header, values in sorted(place.line.told.items()):
            print(f"{header}: {dict(values)}")
        need(
            "cookie" not in place.line.told and "referer" not in place.line.told, "neither cookie nor referrer was sent"
        )
        need(place.line.requests > 0, "and the line was used")
    return 0


if __name__ == "__main__":
    sys.exit(main())
