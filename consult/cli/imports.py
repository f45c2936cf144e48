"""`consult import` and `consult export`: tables in, tables out. Progress and messages go to stderr."""

from __future__ import annotations

import csv
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import click
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import Actor, Role
from consult.accounts.bodies.imports import BODY_COLUMNS, Reader, codes_in, export_bodies, reader_for
from consult.accounts.bodies.imports import import_bodies as enter_bodies
from consult.accounts.bodies.maps import BodyMap
from consult.accounts.models import Person, RoleGrant
from consult.accounts.queries import person_by_email
from consult.accounts.signing_in.sign_in import load_actor
from consult.cli.places import TARGET, demand_place
from consult.consultations.models import Consultation
from consult.consultations.queries import consultation_by_slug
from consult.db import session, snapshot
from consult.i18n import N_, Message
from consult.outcomes.open_data import LICENCES, write_open_data
from consult.spreadsheets import WRITERS, Table, TableError, open_table, quoted, write_table
from consult.submissions.exchange.exports import count_left_out, export_submissions
from consult.submissions.exchange.imports import import_submissions as take_submissions
from consult.submissions.exchange.mapping import InvalidMap, SubmissionMap, map_of, read_map
from consult.submissions.exchange.presets import VOTES, Preset, given_for, prepared, preset_for
from consult.submissions.exchange.queries import saved_map, saved_maps
from consult.submissions.exchange.statement_votes import import_votes as take_votes
from consult.submissions.states import SubmissionState

MakeApp = Callable[..., Flask]
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(sorted(WRITERS)),
    default=None,
    help="The format; by the file's ending if left out.",
)


class Rejected(Protocol):
    """A row that was not taken."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def reason(self) -> Message: ...


@click.group("import")
def import_group() -> None:
    """Bring in submissions or bodies from CSV, XLSX, ODS or JSON."""


@click.group("export")
def export_group() -> None:
    """Write submissions or bodies as CSV, XLSX, ODS or JSON that can be imported again, or all that is public as open data."""


@import_group.command("submissions")
@click.argument("file", type=FILE)
@click.option("--consultation", "slug", required=True, help="The consultation's part of the address.")
@click.option("--map", "map_file", type=FILE, help="Which column is what (TOML); not needed for files that are known.")
@click.option("--saved", default="", help="The name of a map that was saved on the page of imports.")
@click.option("--language", default="", help="Language of the texts, where a known file does not say it.")
@click.option("--track", default="", help="Key of the track, where a known file does not say it.")
@click.option("--conversation", default="", help="A name for a Polis conversation, to tell several apart.")
@click.option("--as-decided", is_flag=True, help="Accept what was accepted where it comes from; else all of it waits.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--rejects", type=TARGET, help="Where rejected rows are listed.")
@click.option("--actor", "address", default="", help="E-mail address of whose act it is; the first administrator's.")
@click.pass_obj
def import_submissions(
    make_app: MakeApp,
    file: Path,
    slug: str,
    map_file: Path | None,
    saved: str,
    language: str,
    track: str,
    conversation: str,
    as_decided: bool,
    dry_run: bool,
    rejects: Path | None,
    address: str,
) -> None:
    """Import every row of FILE as a submission: imported, unchanged, or rejected with row, column and reason.

    Our own exports, proposals of Decidim and statements of Polis (comments.csv) are known by their columns.
    """
    rejects = _rejects(rejects, file)
    with make_app().app_context(), _told():
        actor, consultation = replace(acting(address), operator=as_decided), _consultation(slug)
        mapping = read_map(map_file) if map_file else map_of(_saved(consultation.id, saved)) if saved else None
        with _table(file, mapping) as table, _progress(file, mapping) as advance:
            if mapping is None:
                preset = _preset(table)
                mapping = map_of(given_for(preset, table.columns, language, track))
                table = prepared(table, preset, conversation)
            outcome = take_submissions(
                table.rows,
                mapping.bound(table.columns),
                consultation=consultation,
                actor=actor,
                dry_run=dry_run,
                progress=advance,
            )
        _finish(outcome.imported, outcome.unchanged, outcome.rejected, outcome.rejections, rejects)


@import_group.command("votes")
@click.argument("file", type=FILE)
@click.option("--consultation", "slug", required=True, help="The consultation's part of the address.")
@click.option("--conversation", default="", help="The name its statements were brought in under.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--rejects", type=TARGET, help="Where rejected rows are listed.")
@click.option("--actor", "address", default="", help="E-mail address of whose act it is; the first administrator's.")
@click.pass_obj
def import_votes(
    make_app: MakeApp, file: Path, slug: str, conversation: str, dry_run: bool, rejects: Path | None, address: str
) -> None:
    """Take the latest vote of each participant on each statement from FILE (votes.csv of a Polis conversation)."""
    rejects = _rejects(rejects, file)
    with make_app().app_context(), _told():
        actor, consultation = acting(address), _consultation(slug)
        with _table(file, None) as table:
            known = preset_for(table.columns)
            if known is None or known.name != VOTES:
                raise click.ClickException(
                    f"this is no file of votes of a Polis conversation; its columns: {', '.join(table.columns)}"
                )
            outcome = take_votes(
                table.rows, consultation=consultation, actor=actor, conversation=conversation, dry_run=dry_run
            )
        click.echo(f"replaced by a later vote: {outcome.replaced}")
        _finish(outcome.imported, outcome.unchanged, outcome.rejected, outcome.rejections, rejects)


@import_group.command("bodies")
@click.argument("file", type=FILE)
@click.option(
    "--saved", default="", help="The name of a map that was saved beside the register; not needed for known files."
)
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--rejects", type=TARGET, help="Where rejected rows are listed.")
@click.option("--actor", "address", default="", help="E-mail address of whose act it is; the first administrator's.")
@click.pass_obj
def import_bodies(make_app: MakeApp, file: Path, saved: str, dry_run: bool, rejects: Path | None, address: str) -> None:
    """Enter every row of FILE (a reference file, our own export, or one with a saved map) in the register of bodies."""
    rejects = _rejects(rejects, file)
    with make_app().app_context(), _told():
        actor = acting(address)
        with _table(file, None) as table, _progress(file, None) as advance:
            reader, how = _body_reader(table, saved)
            outcome = enter_bodies(
                table.rows,
                reader,
                actor=actor,
                dry_run=dry_run,
                progress=advance,
                coming=cache(lambda: _codes(file, reader)),
                **how,
            )
        _finish(outcome.imported, outcome.unchanged, outcome.rejected, outcome.rejections, rejects)


def _codes(file: Path, reader: Reader) -> Mapping[str, str]:
    with _table(file, None) as table:
        return codes_in(table.rows, reader)


def _body_reader(table: Table, saved: str) -> tuple[Reader, dict[str, Any]]:
    """Return how the rows of a file of bodies are read, and how columns are named in what is refused."""
    if saved:
        mapping = BodyMap(_saved(None, saved))
        if missing := mapping.missing(table.columns):
            raise InvalidMap(N_("there is no column “%(name)s”", name=missing[0]))
        return mapping.read, {"column_of": mapping.column_of}
    reader = reader_for(table.columns)
    if reader is None:
        raise click.ClickException(
            "the file is none of the known files of bodies: give --saved; its columns: " + ", ".join(table.columns)
        )
    return reader, {}


@export_group.command("submissions")
@click.argument("file", type=TARGET)
@click.option("--consultation", "slug", required=True)
@click.option(
    "--all", "everything", is_flag=True, help="Also those under review, returned and hidden that the actor may read."
)
@FORMAT
@click.option("--actor", "address", default="")
@click.pass_obj
def export_submissions_command(
    make_app: MakeApp, file: Path, slug: str, everything: bool, form: str | None, address: str
) -> None:
    """Write the accepted submissions to FILE (.csv, .xlsx, .ods or .json): no private answer, no withheld name.

    What the actor may not read is left out; how many that are is told on stderr.
    """
    with make_app().app_context(), _told():
        states = (
            [s for s in SubmissionState if s is not SubmissionState.WITHDRAWN]
            if everything
            else [SubmissionState.ACCEPTED]
        )
        with snapshot():  # what is decided while it is written is in all of the file or in none
            consultation, actor = _consultation(slug), acting(address)
            form = _form(file, form)
            columns, rows = export_submissions(consultation, states, actor=actor, form=form)
            click.echo(f"exported {write_table(columns, rows, file, form)}")
            unread = count_left_out(consultation.id, states, actor)
        if unread:
            click.echo(
                f"left out {unread} that {actor.name} may not read: name with --actor somebody who may, such as an organiser of the consultation",
                err=True,
            )


@export_group.command("bodies")
@click.argument("file", type=TARGET)
@FORMAT
@click.option("--actor", "address", default="")
@click.pass_obj
def export_bodies_command(make_app: MakeApp, file: Path, form: str | None, address: str) -> None:
    """Write the register of bodies to FILE (.csv, .xlsx, .ods or .json), those that have ended too.

    The table has what each body is today and how it ended. Former names, mandates, capacities and contacts are not in it: they
    stand on the page of each body, and `consult backup` takes all of them.
    """
    with make_app().app_context(), _told():
        click.echo(
            f"exported {write_table(BODY_COLUMNS, export_bodies(actor=acting(address)), file, _form(file, form))}"
        )


@export_group.command("open-data")
@click.argument("file", type=TARGET)
@click.option("--consultation", "slug", required=True)
@click.option("--licence", required=True, type=click.Choice(sorted(LICENCES)), help="Under what others may use it.")
@click.option("--actor", "address", default="")
@click.pass_obj
def export_open_data_command(make_app: MakeApp, file: Path, slug: str, licence: str, address: str) -> None:
    """Write all that is public of a consultation to FILE (.zip): a Data Package with tables, their schema and licence."""
    with make_app().app_context(), _told():
        counts = write_open_data(file, consultation=_consultation(slug), licence=licence, actor=acting(address))
        click.echo("exported " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def acting(address: str) -> Actor:
    """Return whose act it is: the person with this address, by default the first administrator."""
    if address:
        person = person_by_email(address)
        if person is None:
            raise click.ClickException(f"nobody has the address {address}")
        return load_actor(person.id, name=person.name, language=person.language)
    first = session.scalars(
        sa.select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.granted_at)
        .limit(1)
    ).first()
    if first is None:
        raise click.ClickException("there is no administrator yet: run `consult init`, or name somebody with --actor")
    return load_actor(first.id, name=first.name, language=first.language)


def _consultation(slug: str) -> Consultation:
    found = consultation_by_slug(slug)
    if found is None:
        raise click.ClickException(f"there is no consultation {slug!r}")
    return found


def _preset(table: Table) -> Preset:
    found = preset_for(table.columns)
    if found is None:
        raise click.ClickException("the file is not one that is known by its columns: give a --map, or --saved")
    if found.name == VOTES:
        raise click.ClickException("the file holds votes: use `consult import votes`")
    return found


def _saved(here: uuid.UUID | None, name: str) -> Mapping[str, Any]:
    found = saved_map(here, name)
    if found is None:
        names = ", ".join(saved_maps(here)) or "none"
        raise click.ClickException(f"there is no saved map {name!r}; there are: {names}")
    return found


@contextmanager
def _table(file: Path, mapping: SubmissionMap | None) -> Iterator[Table]:
    with open_table(file, **(dict(mapping.source) if mapping else {})) as table:
        yield table


@contextmanager
def _progress(file: Path, mapping: SubmissionMap | None) -> Iterator[Callable[[int], object]]:
    """Show a bar on stderr; the file is read once before to know how many rows there are."""
    with _table(file, mapping) as table:
        rows = sum(1 for _ in table.rows)
    with click.progressbar(length=rows, label=file.name, file=sys.stderr) as bar:
        yield bar.update


@contextmanager
def _told() -> Iterator[None]:
    """Tell what is wrong with a file or a map in one line."""
    try:
        yield
    except (TableError, InvalidMap) as error:
        raise click.ClickException(str(error)) from error


def _rejects(target: Path | None, file: Path) -> Path:
    """Return where rejected rows will be listed; raises UsageError before a row is read where nothing can be written there."""
    return target or demand_place(Path(f"{file.stem}-rejects.csv"))


def _finish(imported: int, unchanged: int, rejected: int, rejections: Sequence[Rejected], target: Path) -> None:
    if rejections:
        with target.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["row", "column", "reason"])
            writer.writerows([r.row, quoted(r.column), quoted(str(r.reason))] for r in rejections)
        click.echo(f"rejected rows are listed in {target}", err=True)
    click.echo(f"imported {imported}, unchanged {unchanged}, rejected {rejected}")


def _form(file: Path, form: str | None) -> str:
    found = form or file.suffix.lower().lstrip(".")
    if found not in WRITERS:
        raise click.ClickException("the name of the file must end in .csv, .xlsx, .ods or .json")
    return found


__all__ = ["export_group", "import_group"]
