"""The open data of a consultation: what is in them, under which licence, and the file as it lies ready."""

from __future__ import annotations

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from consult.i18n import N_
from consult.outcomes.models import OpenData
from consult.outcomes.open_data import LICENCES
from consult.outcomes.open_data_files import MOST_MEGABYTES
from consult.outcomes.open_data_ready import file_of, is_given_away, package_of
from consult.outcomes.open_data_tables import TABLES
from consult.web.documents import size_in_words
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.visitor import consultation

#: What the tables of the package hold, in words for everybody.
TABLE_WORDS = {
    "submissions": N_("Submissions that were accepted, in their present revision"),
    "passages": N_("Their numbered passages"),
    "translations": N_("Their translations: official ones, and those by machine"),
    "questions": N_("What the organisers asked in their forms"),
    "topics": N_("Topics"),
    "bodies": N_("Bodies that take part under their own name"),
    "sessions": N_("Sessions"),
    "recommendations": N_("Recommendations that were proposed"),
    "clauses": N_("The clauses of every version"),
    "sources": N_("From which passages a recommendation was drafted"),
    "documents": N_("Their documents, as they are given here: those that are their authors’ alone are not among them"),
    "moderation": N_("The public register of moderation"),
    "quotes": N_("Quotes of confidential testimonies, without their words"),
    "quote-sources": N_("From which quotes of confidential testimonies a recommendation was drafted, by number"),
    "answers": N_("What became of each text and passage"),
    "responses": N_("Official responses of bodies"),
    "ballots": N_("Ballots that were counted"),
    "votes": N_("How each member voted in the named ballots"),
}


@blueprint.get("/c/<slug>/open-data/")
@requires("public.read")
def open_data() -> str:
    """Show what the package holds, its licence, day, size and checksum."""
    row = package_of(consultation().id)
    ready = row is not None and _ready(row)
    return render_template(
        "public/open_data.html",
        row=row,
        ready=ready,
        size=size_in_words(row.size) if row else None,
        most=MOST_MEGABYTES,
        licence=LICENCES.get(row.licence) if row else None,
        tables=[(table.name, TABLE_WORDS[table.name], row.rows.get(table.name, 0)) for table in TABLES] if row else [],
    )


@blueprint.get("/c/<slug>/open-data/data.zip")
@requires("public.read")
def open_data_file() -> Response:
    """Give the package as it lies ready; it is never made for whoever asks. Where there is none, its page says so."""
    row = package_of(consultation().id)
    if row is None or not _ready(row):
        return redirect(url_for("public.open_data"), 302)
    if request.if_none_match.contains(row.digest):
        return Response(status=304, headers={"ETag": f'"{row.digest}"'})
    name = f"{consultation().slug}-{row.seq}.zip"
    answer: Response = send_file(
        file_of(row).resolve(), mimetype="application/zip", as_attachment=True, download_name=name, etag=row.digest
    )
    return answer


def _ready(row: OpenData) -> bool:
    return is_given_away(row) and file_of(row).exists()
