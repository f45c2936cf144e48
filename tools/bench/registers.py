"""How long lists of people and of bodies take, with few and with many: CPU milliseconds of whole pages.

    python -m tools.bench.registers [--engine sqlite] [--people 1000 100000] [--bodies 100 10000] [--times 40]

An instance of its own is made in a temporary folder. The pages are asked for as a browser does, by an organiser and an
administrator who are signed in; CPU time is that of this process and of the one in which PostgreSQL works for it. It ends with
1 when the median of a page is above the bar of organisers' lists with the most rows, or more than twice what it is with the
fewest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import Body, Person
from consult.app import create_app
from consult.consultations.models import Member, Numbering
from consult.db import database, new_id, session, transaction
from consult.i18n import LANGUAGES, Localized
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.testing.databases import ENGINES, postgresql_server
from consult.testing.sample import disposed
from consult.testing.web import Browser
from consult.testing.world import World, make_world
from tools.bench.pages import GROWTH, LIST_CPU
from tools.bench.searching import cpu_clock

GIVEN = ("سالم", "مريم", "يوسف", "هدى", "خديجة", "عيسى", "نجلاء", "فرج")
FAMILY = ("الورفلي", "التاجوري", "الزنتاني", "القماطي", "المنفي", "الشريف")
TOWNS = ("سبها", "مصراتة", "طبرق", "غدامس", "الكفرة", "نالوت")
REGIONS = ("west", "east", "south")
PEOPLE, BODIES, PUBLIC = "/ar/c/test/organise/people/", "/ar/administer/bodies/", "/c/test/bodies/"
#: Name of the measure -> who asks, and the address; {name} is drawn anew each time.
PAGES: Mapping[str, tuple[str, str]] = {
    "people": ("organiser", PEOPLE),
    "people of a track": ("organiser", PEOPLE + "?track=cso"),
    "people, further on": ("organiser", PEOPLE + "?after={half}"),
    "people by name": ("organiser", PEOPLE + "?q={family}"),
    "people by a name nobody has": ("organiser", PEOPLE + "?q=يوشع"),
    "bodies": ("administrator", BODIES),
    "bodies of a region": ("administrator", BODIES + "?region=south&kind=municipality"),
    "bodies by name": ("administrator", BODIES + "?q={town}"),
    "bodies by a name none has": ("administrator", BODIES + "?q=يوشع"),
    **{f"bodies that take part, {code}": ("organiser", f"/{code}{PUBLIC}?region=west") for code in LANGUAGES},
}
BATCH = 5_000


def fill(world: World, people: int, bodies: int) -> None:
    """Add bodies and members until there are so many; each hundredth takes part for no body, in the track `cso`."""
    random, now = Random(3), clock.now()
    made = [_body(number, random) for number in range(bodies)]
    _write(Body, made)
    persons, members = [], []
    for number in range(len(world.members) + 1, people + 1):
        alone = number % 100 == 0
        person = new_id()
        name = f"{random.choice(GIVEN)} {random.choice(FAMILY)}"
        address = f"p{number}@example.org"
        persons.append({"id": person, "name": name, "email": address, "email_key": address, "created_at": now})
        members.append(
            {
                "id": new_id(),
                "consultation_id": world.consultation_id,
                "person_id": person,
                "track": "cso" if alone else "municipal",
                "body_id": None if alone else random.choice(made)["id"],
                "number": number,
                "invited_at": now,
            }
        )
    _write(Person, persons)
    _write(Member, members)
    with transaction():
        of = (Numbering.consultation_id == world.consultation_id, Numbering.kind == "member")
        session.execute(sa.update(Numbering).where(*of).values(last=people))
        session.execute(sa.text("ANALYZE"))


def _body(number: int, random: Random) -> dict[str, Any]:
    names = Localized(ar=f"بلدية {random.choice(TOWNS)} {number}", en=f"Town {number}", fr=f"Commune {number}")
    return {
        "id": new_id(),
        "key": f"bench-{number}",
        "kind": "municipality",
        "names": names,
        "region": random.choice(REGIONS),
        "valid_from": clock.now(),
    }


def _write(model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        with transaction():
            session.execute(sa.insert(model), batch)


def measured(app: Flask, world: World, people: int, times: int) -> Iterator[tuple[str, list[float]]]:
    """Yield each page with the CPU milliseconds of so many visits, after a few that are not counted."""
    random = Random(5)
    for name, (who, path) in PAGES.items():
        browser = world.sign_in(app.test_client(), who)
        found = []
        for turn in range(times + 3):
            address = path.format(half=people // 2, family=random.choice(FAMILY), town=random.choice(TOWNS))
            clock_of: Callable[[], float] = cpu_clock()
            session.rollback()
            begun = clock_of()
            page = browser.get(address)
            spent = (clock_of() - begun) * 1000
            if page.status_code != 200:
                raise LookupError(f"{address}: {page.status_code}")
            if turn >= 3:
                found.append(spent)
        yield name, sorted(found)


def run(engine: str, people: int, bodies: int, times: int, url: str) -> Mapping[str, float]:
    """Measure one instance, print its lines, and return the median of each page."""
    halves = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            instance_path=Path(folder), database_url=url, insecure_http=True, second_factor_for_roles=False
        )
        app = create_app(settings)
        app.testing, app.test_client_class = True, Browser
        with app.app_context(), disposed():
            upgrade(database.engine, load_hooks())
            world = make_world()
            fill(world, people, bodies)
            for name, found in measured(app, world, people, times):
                halves[name] = statistics.median(found)
                p95 = found[int(len(found) * 0.95)]
                print(
                    f"| {name:28} | {engine:10} | {people:>9,} | {bodies:>7,} | {halves[name]:7.1f} | {p95:7.1f} |",
                    flush=True,
                )
    return halves


def main() -> int:
    """Measure, print and compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="sqlite", choices=ENGINES)
    parser.add_argument("--people", nargs=2, type=int, default=[1_000, 100_000])
    parser.add_argument("--bodies", nargs=2, type=int, default=[100, 10_000])
    parser.add_argument("--times", type=int, default=40)
    chosen, found = parser.parse_args(), []
    print("| page                         | database   |    people |  bodies | half ms |  p95 ms |")
    print("|------------------------------|------------|----------:|--------:|--------:|--------:|")
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server()) if chosen.engine == "postgresql" else None
        for people, bodies in zip(chosen.people, chosen.bodies, strict=True):
            url = ""
            if server is not None:
                server.run(f"CREATE DATABASE registers_{people}")
                url = server.url(f"registers_{people}")
            found.append(run(chosen.engine, people, bodies, chosen.times, url))
    fewest, most = found
    missed = [name for name, half in most.items() if half > LIST_CPU or half > GROWTH * fewest[name]]
    print("bars missed: " + ", ".join(missed) if missed else "bars met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
