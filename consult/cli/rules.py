"""`consult rules`: the decision rules, on any machine, without an instance."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from consult.ballots.rules import command
from consult.ballots.rules.load import find_rule, shipped_rules
from consult.ballots.rules.model import DecisionRule
from consult.ballots.rules.parse_rule import as_mapping
from consult.errors import ConsultError, Rejected
from consult.i18n import LANGUAGES


class Refusal(click.ClickException):
    """What was given cannot be used: one sentence for each thing that is wrong, on stderr, and exit code 2."""

    exit_code = 2

    def __init__(self, error: ConsultError) -> None:
        problems = [str(problem.message) for problem in error.problems] if isinstance(error, Rejected) else [str(error)]
        super().__init__("\n".join(problems))


def _rule(ctx: click.Context, param: click.Parameter, identifier: str) -> DecisionRule:
    """Return the shipped rule with this id (`GA-2/3`) or slug (`ga-2-3`)."""
    try:
        return find_rule(identifier)
    except ConsultError as error:
        raise click.BadParameter(f"{error} See: consult rules list", ctx, param) from error


_language = click.option(
    "--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Language of the words."
)

rules_group = click.Group("rules", help="Decision rules: list them, read them, try them on votes.")


@rules_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print every rule whole, as JSON.")
@_language
def list_rules(as_json: bool, language: str) -> None:
    """List the decision rules shipped with consult."""
    rules = shipped_rules()
    if as_json:
        click.echo(_json([{"slug": rule.slug, **as_mapping(rule)} for rule in rules.values()]))
    else:
        click.echo("\n".join(command.table(rules, language)))


@rules_group.command("show")
@click.argument("rule", metavar="ID", callback=_rule)
@click.option("--json", "as_json", is_flag=True, help="Print the rule as JSON.")
@_language
def show_rule(rule: DecisionRule, as_json: bool, language: str) -> None:
    """Show one rule: in words, with its source and how far that was read."""
    mapping = {"slug": rule.slug, **as_mapping(rule)}
    click.echo(_json(mapping) if as_json else "\n".join(command.description(rule, language)))


@rules_group.command("evaluate")
@click.option("--rule", required=True, callback=_rule, help="Id or slug of the rule.")
@click.option("--input", "source", required=True, metavar="FILE", help="JSON file with the votes; - is standard input.")
def evaluate(rule: DecisionRule, source: str) -> None:
    """Decide on votes under a rule and print the outcome and its conditions as JSON.

    FILE holds the votes: counts (for, against, abstain) or options, and as the rule asks spoilt, abstain, members, present,
    by_constituency, objections, endorsements, components, ruling, dissents.
    """
    try:
        click.echo(_json(command.evaluate(rule, command.read_input(_read(source)))))
    except ConsultError as error:
        raise Refusal(error) from error


def _read(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
