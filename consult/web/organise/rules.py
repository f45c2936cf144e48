"""Decision rules: those that can be used, in words, with their source; and adding one, explained while it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from consult.ballots.custom_rules import add_rule, rules_for
from consult.ballots.rules import DecisionRule, parse_rule
from consult.ballots.rules.explain import explanation
from consult.ballots.rules.model import Base, Kind, Operator
from consult.ballots.rules.words import kind_label, reading_label
from consult.errors import Problem, Rejected
from consult.i18n import LANGUAGES, N_, Message, translate
from consult.runtime import runtime
from consult.web.forms import (
    L_,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    clean_line,
    latin_digits,
    say,
    whole_numbers,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

BASES: Mapping[Base, Message] = {
    Base.CAST: N_("the votes cast, for and against; abstentions are left out"),
    Base.CAST_WITH_ABSTENTIONS: N_("the votes cast and the abstentions"),
    Base.PRESENT: N_("the members present"),
    Base.MEMBERS: N_("all members, present or not"),
}
OPERATORS: Mapping[Operator, Message] = {
    Operator.AT_LEAST: N_("at least this share"),
    Operator.MORE_THAN: N_("more than this share"),
    Operator.PLUS_ONE: N_("this share plus one vote"),
}
PARTS: Mapping[str, Message] = {
    "": N_("No: all votes are counted together"),
    "constituencies": N_("Yes, in every constituency (region)"),
    "tracks": N_("Yes, in every track"),
}
#: place in a rule's mapping -> field of the form
PLACES: Mapping[str, str] = {
    "stages": "share",
    "quorum": "quorum",
    "per_constituency": "part_share",
    "name": "name_ar",
    "advance": "advance",
}
#: The same for the parts of a place that have a field of their own.
PARTS_OF_PLACES: Mapping[tuple[str, str], str] = {
    ("stages", "operator"): "operator",
    ("stages", "base"): "base",
    ("stages", "minimum"): "number",
    ("stages", "at_most"): "number",
    ("per_constituency", "operator"): "part_operator",
    ("per_constituency", "base"): "part_base",
}


@blueprint.get("/c/<slug>/organise/rules/")
@requires("ballot.prepare")
def rules() -> str:
    """List the decision rules of the consultation in words, with where they come from and how far that was read."""
    known, names = rules_for(consultation().id), _names()
    return render_template(
        "organise/rules.html",
        rules=[
            (rule, kind_label(rule.kind), explanation(rule, names), reading_label(rule.status))
            for rule in known.values()
        ],
        used=consultation().rules,
    )


def _names() -> dict[str, object]:
    """Return what tracks and constituencies are called."""
    tracks = runtime().hooks.tracks.values()
    parts: dict[str, object] = {part.key: part.label for track in tracks for part in track.constituencies()}
    return {**parts, **{track.key: track.label for track in tracks}}


class RuleForm(Form):
    """A decision rule, question by question; what a kind of rule does not need stays empty."""

    id = StringField(L_("Short name"), description=L_("Letters and digits, such as TRIPOLI-14."), filters=[clean_line])
    name_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    name_en = StringField(L_("Name in English"), filters=[clean_line])
    name_fr = StringField(L_("Name in French"), filters=[clean_line])
    source = StringField(
        L_("Where it comes from"),
        description=L_("For instance an article of your rules of procedure."),
        filters=[clean_line],
    )
    kind = RadioField(L_("What is put to the voters"))
    share = StringField(
        L_("Share needed"),
        description=L_("A fraction, such as 2/3."),
        filters=[latin_digits],
        render_kw={"inputmode": "numeric"},
    )
    operator = SelectField(L_("How the share is meant"))
    base = SelectField(L_("Of what"))
    number = IntegerField(
        L_("A fixed number"),
        description=L_("For endorsements: at least so many. For consensus: at most so many objections."),
        validators=[Optional(), whole_numbers(0, 100_000)],
    )
    quorum = StringField(
        L_("Quorum"),
        description=L_("A fraction of all seats that must be present, such as 1/2. Leave it empty for none."),
        filters=[latin_digits],
    )
    parts = RadioField(L_("Is something also needed in parts of the plenary?"))
    part_share = StringField(
        L_("Share needed in each part"), description=L_("A fraction, such as 1/2."), filters=[latin_digits]
    )
    part_operator = SelectField(L_("How the share in each part is meant"))
    part_base = SelectField(L_("Of what, in each part"))
    next = SelectField(L_("If it falls short, the decision goes on under"))
    advance = IntegerField(L_("How many of the best options go on"), validators=[Optional(), whole_numbers(1, 20)])

    def offer(self, known: Mapping[str, DecisionRule]) -> None:
        """Offer the words of the rules engine, and the rules that may follow."""
        self.kind.choices = [(kind.value, say(kind_label(kind))) for kind in Kind]
        for field in (self.operator, self.part_operator):
            field.choices = [(operator.value, say(label)) for operator, label in OPERATORS.items()]
        for field in (self.base, self.part_base):
            field.choices = [(base.value, say(label)) for base, label in BASES.items()]
        self.parts.choices = [(key, say(label)) for key, label in PARTS.items()]
        self.next.choices = [
            ("", say(N_("nothing: it is rejected"))),
            *((key, say(rule.name)) for key, rule in known.items()),
        ]

    def add(self, problem: Problem) -> None:
        """Put a problem of the rule's mapping at the question it belongs to."""
        place, _, part = problem.field.partition(".")
        place = place.partition("[")[0]
        field = PARTS_OF_PLACES.get((place, part)) or PLACES.get(place, place)
        message = problem.message
        if "place" in message.params and field in self:
            message = replace(message, params={**message.params, "place": self[field].label.text.message})
        super().add(Problem(field, message))

    def mapping(self) -> dict[str, Any]:
        """Return the rule as the rules engine reads it."""
        return {
            "id": (self.id.data or "").upper(),
            "kind": self.kind.data,
            "name": {code: self[f"name_{code}"].data for code in LANGUAGES if self[f"name_{code}"].data},
            "source": self.source.data or "",
            "quorum": {"threshold": self.quorum.data, "base": "members"} if self.quorum.data else None,
            "stages": self._stages(),
            "per_constituency": self._parts(),
            "next": self.next.data or None,
            "advance": self.advance.data,
        }

    def _stages(self) -> list[dict[str, Any]]:
        match self.kind.data:
            case Kind.RULING:
                return []
            case Kind.CONSENSUS:
                return [{"count": "objections", "at_most": self.number.data or 0}]
            case Kind.ENDORSEMENT:
                return [{"count": "endorsements", "minimum": self.number.data or 1, "base": "members"}]
            case _:
                return [_share("favour", self.share.data, self.operator.data, self.base.data)]

    def _parts(self) -> list[dict[str, Any]]:
        if not self.parts.data:
            return []
        part = _share("favour", self.part_share.data, self.part_operator.data, self.part_base.data)
        if self.parts.data == "tracks":
            part["names"] = consultation().enabled_tracks()
        return [part]


def _share(count: str, share: str | None, operator: str, base: str) -> dict[str, Any]:
    return {"count": count, "threshold": share or "", "operator": operator, "base": base}


@blueprint.route("/c/<slug>/organise/rules/new/", methods=["GET", "POST"])
@requires("rule.add")
def new_rule() -> str | Response | tuple[str, int]:
    """Make a decision rule; "what does it mean" explains it in the three languages before it is added."""
    form = RuleForm(kind=Kind.QUESTION.value, operator=Operator.AT_LEAST.value, base=Base.CAST.value, parts="")
    form.offer(rules_for(consultation().id))
    if not form.is_submitted():
        return _page(form)
    if not form.validate():
        return _page(form), 422
    try:
        rule = parse_rule(form.mapping())
        if request.form.get("then") == "explain":
            return _page(form, rule)
        add_rule(form.mapping(), consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _page(form), 422
    flash(say(N_("The rule %(rule)s was added.", rule=rule.id)), "ok")
    return redirect(url_for("organise.rules") + f"#{rule.slug}", 303)


def _page(form: RuleForm, rule: DecisionRule | None = None) -> str:
    meanings = [] if rule is None else [(language, _said(rule, language.code)) for language in LANGUAGES.values()]
    return render_template("organise/rule_new.html", form=form, meanings=meanings)


def _said(rule: DecisionRule, code: str) -> list[str]:
    return [translate(message, code) for message in explanation(rule, _names())]
