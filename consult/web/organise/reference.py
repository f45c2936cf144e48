"""Reference figures: recorded by organisers in a table, pasted or from a file, and set against what was heard."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from flask import flash, redirect, render_template, url_for
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import Field, ValidationError

from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.submissions.figures.missing import Reachable, TrackShare, reachable_silent
from consult.submissions.figures.models import ReferenceFigures
from consult.submissions.figures.pasted import lines_of_file, lines_of_text, read_numbers, whole_number
from consult.submissions.figures.reference import (
    LANGUAGE,
    REGION,
    Comparison,
    FiguresDraft,
    Grouping,
    GroupShare,
    compare,
    figures_of,
    groupings,
    record_figures,
    remove_figures,
)
from consult.submissions.tracks import track_label
from consult.web.forms import (
    L_,
    DayField,
    Form,
    LazyLabel,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    latin_digits,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.public.statistics import counted_statistics
from consult.web.visitor import actor, consultation

WRITE, INVITE = N_("Write to them"), N_("Invite somebody")


@dataclass(frozen=True, slots=True)
class Way:
    """What to do about a group from which too little came: where, and what it is called."""

    href: str
    act: Message


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with the way to each group that was heard less than expected."""

    comparison: Comparison
    rows: Sequence[tuple[GroupShare, Way | None]]

    @property
    def most(self) -> float:
        """Return the largest share, which a bar of full length stands for."""
        return max(max(one.expected_share, one.heard_share or 0.0) for one, _ in self.rows) or 1.0

    @property
    def hides(self) -> bool:
        """Tell whether a count is hidden."""
        return any(one.heard is None for one, _ in self.rows)


def comparisons(tracks: Sequence[TrackShare]) -> tuple[Sequence[Compared], Sequence[Grouping]]:
    """Return what is set against figures, and by what groups are made that none are recorded of."""
    here = consultation()
    offered, known = groupings(here.id), figures_of(here.id)
    if not known:
        return (), offered
    reach, counted = reachable_silent(here.id), counted_statistics().value
    found = [compare(one, known[one.about], counted) for one in offered if one.about in known]
    made = [Compared(one, [(share, _way(one, share, reach, tracks)) for share in one.shares]) for one in found]
    return made, [one for one in offered if one.about not in known]


def _way(one: Comparison, share: GroupShare, reach: Reachable, tracks: Sequence[TrackShare]) -> Way | None:
    """Return how to hear more of a group; None where as much came as was to be expected."""
    if not tracks or (share.apart is not None and share.apart >= 0):
        return None
    track = one.grouping.track
    write: dict[str, Any] = {"handed_in": "no", **({"track": track} if track else {})}
    invite: dict[str, Any] = {"track": track or tracks[0].track}
    if one.grouping.about == LANGUAGE:
        write["language"] = share.key
        invite |= {"language": share.key} if share.key in LANGUAGES else {}
        reached = share.key in reach.languages
    elif one.grouping.by_region:
        write["region"] = share.key
        reached = reach.in_region(share.key, track)
    else:
        reached = any(part.silent for part in tracks if part.track == track)
    if reached:
        return Way(url_for("organise.new_message", **write), WRITE)
    return Way(url_for("organise.invite", **invite), INVITE)


class FiguresForm(Form):
    """Numbers of groups, typed or brought in, their source and its day; the fields of the groups are added for each form."""

    pasted = TextAreaField(L_("Paste from a table"), filters=[clean_text])
    file = FileField(L_("Bring in a file"))
    source = StringField(L_("Where the numbers come from"), filters=[clean_line])
    as_of = DayField(L_("Of which day"))

    @classmethod
    def of(cls, grouping: Grouping) -> type[FiguresForm]:
        """Return the form with a field for each group."""
        names = {
            f"n-{key}": StringField(
                label if isinstance(label, str) else LazyLabel(label),
                [_whole_number_of(label)],
                filters=[latin_digits],
                render_kw={"type": "number"},
            )
            for key, label in grouping.groups.items()
        }
        return cast("type[FiguresForm]", type("GroupsForm", (cls,), names))

    def at(self, field: str) -> str:
        """Put a problem of all numbers at the first of them, or at the first that cannot be read."""
        if field != "numbers":
            return field
        numbers = [one for one in self if one.name.startswith("n-")]
        return str(next((one for one in numbers if one.errors), numbers[0]).name)

    def draft(self, grouping: Grouping) -> FiguresDraft:
        """Return what was typed and brought in; what is brought in counts. Raises Rejected for a table that cannot be read."""
        read = {key: whole_number(self[f"n-{key}"].data or "") for key in grouping.groups}
        typed = {key: number for key, number in read.items() if isinstance(number, int)}
        return FiguresDraft({**typed, **self._brought(grouping)}, self.source.data or "", self.as_of.day)

    def _brought(self, grouping: Grouping) -> Mapping[str, int]:
        file = self.file.data
        if isinstance(file, FileStorage) and file.filename:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "table"
                file.save(path)
                return read_numbers(lines_of_file(path), grouping.groups, "file")
        if self.pasted.data:
            return read_numbers(lines_of_text(self.pasted.data), grouping.groups, "pasted")
        return {}


def _whole_number_of(group: Message | Localized | str) -> Callable[[Form, Field], None]:
    """Return a validator: a whole number, or nothing."""

    def check(_form: Form, field: Field) -> None:
        number = whole_number(field.data or "")
        if field.data and not isinstance(number, int):
            told = N_("%(group)s: write a whole number, or leave it empty.", group=group)
            raise ValidationError(say(N_("%(group)s: %(wrong)s", group=group, wrong=number) if number else told))

    return check


@blueprint.route("/c/<slug>/organise/missing/figures/<about>/", methods=["GET", "POST"])
@requires("figures.record")
def reference(about: str) -> str | Response | tuple[str, int]:
    """Record how many each group has, by a source outside."""
    here = consultation()
    grouping, row = _grouping(here.id, about), figures_of(here.id).get(about)
    form = FiguresForm.of(grouping)()
    if not form.is_submitted():
        return _page(grouping, _filled(form, grouping, row), row)
    try:
        with form.whole():
            record_figures(form.draft(grouping), grouping, consultation=here, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(grouping, form, row), 422
    flash(say(N_("The figures are recorded.")), "ok")
    return redirect(url_for("organise.missing", _anchor="reference"), 303)


@blueprint.post("/c/<slug>/organise/missing/figures/<about>/remove")
@requires("figures.record")
def drop_reference(about: str) -> Response:
    """Take the figures of a grouping away, of a question that is asked no more too."""
    remove_figures(about, consultation=consultation(), actor=actor())
    flash(say(N_("The figures are removed.")), "ok")
    return redirect(url_for("organise.missing", _anchor="reference"), 303)


def _grouping(consultation: uuid.UUID, about: str) -> Grouping:
    found = next((one for one in groupings(consultation) if one.about == about), None)
    if found is None:
        raise NotFound
    return found


def _filled(form: FiguresForm, grouping: Grouping, row: ReferenceFigures | None) -> FiguresForm:
    if row is not None:
        for key in grouping.groups:
            form[f"n-{key}"].data = str(row.numbers.get(key, ""))
        form.source.data, form.as_of.data = row.source, row.as_of.isoformat()
    return form


def _page(grouping: Grouping, form: FiguresForm, row: ReferenceFigures | None) -> str:
    numbers: Iterator[Any] = (form[f"n-{key}"] for key in grouping.groups)
    return render_template(
        "organise/reference.html",
        grouping=grouping,
        form=form,
        numbers=list(numbers),
        row=row,
        bodies=grouping.about == REGION,
        of_track=track_label(grouping.track) if grouping.track else None,
    )
