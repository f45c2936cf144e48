"""The decision rules shipped with consult: one file for each, named after its slug."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from consult.ballots.rules.model import DecisionRule, slug_of
from consult.ballots.rules.parse_rule import InvalidRule, parse_rule
from consult.errors import NotFound
from consult.i18n import N_

FILES = Path(__file__).parent / "rules"


class UnknownRule(NotFound):
    """No rule has this id or slug."""


def read_rule(path: Path) -> DecisionRule:
    """Return the rule in a TOML file; raises InvalidRule."""
    try:
        mapping = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidRule(N_("%(file)s is not TOML: %(why)s", file=path.name, why=error)) from error
    return parse_rule(mapping)


@cache
def shipped_rules() -> Mapping[str, DecisionRule]:
    """Return the shipped rules by id, in the order of their ids."""
    rules = sorted(map(read_rule, FILES.glob("*.toml")), key=lambda rule: rule.id)
    return MappingProxyType({rule.id: rule for rule in rules})


def find_rule(identifier: str, rules: Mapping[str, DecisionRule] | None = None) -> DecisionRule:
    """Return the rule with this id or slug, among `rules` by id or the shipped ones; raises UnknownRule."""
    known = shipped_rules() if rules is None else rules
    slug = slug_of(identifier)
    found = known.get(identifier) or next((rule for rule in known.values() if slug and rule.slug == slug), None)
    if found is None:
        raise UnknownRule(N_("There is no decision rule “%(rule)s”.", rule=identifier))
    return found
