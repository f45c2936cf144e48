"""`consult campaigns`: near-duplicate letters in a file, on any machine, without an instance."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from consult.cli.places import TARGET
from consult.submissions.campaigns.likeness import Campaign, find_campaigns
from consult.submissions.campaigns.likeness.lines import Identifier, LetterFile, as_mapping

#: Steps of a bar.
_STEPS = 1000


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", required=True, metavar="OUT", type=TARGET,
    help="JSON file for the groups and flips.",
)  # fmt: skip
def campaigns(file: Path, output: Path) -> None:
    """Find letters that were sent many times in nearly the same words.

    FILE has a JSON object a line: id, lang, text. OUT gets {"groups": {id: group}, "flips": [[id, id], ...]}: texts of one
    letter have one number, single texts none; a flip is a group's representative and a text that demands the opposite.
    """
    texts, found = _search(file)
    try:
        output.write_text(json.dumps(as_mapping(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (OSError, UnicodeEncodeError) as error:
        raise click.UsageError(f"{output} cannot be written: {getattr(error, 'strerror', None) or error}.") from error
    grouped, opposite = sum(len(c.members) for c in found), sum(len(c.opposed) for c in found)
    click.echo(f"texts {texts}, groups {len(found)}, grouped {grouped}, opposite {opposite}")


def _search(file: Path) -> tuple[int, list[Campaign[Identifier]]]:
    """Return the number of texts and the campaigns among them, with a bar on stderr for reading and one for comparing."""
    size = file.stat().st_size
    with ExitStack() as open_bars:
        bars: dict[str, Any] = {}

        def move(label: str, length: int, done: int, least: int = 1) -> None:
            if label not in bars:
                open_bars.close()
                bar = click.progressbar(length=length, label=label, file=sys.stderr, update_min_steps=least)
                bars[label] = open_bars.enter_context(bar)
            bars[label].update(done)

        def advance(share: float) -> None:
            done = bars["Comparing"].pos if "Comparing" in bars else 0
            move("Comparing", _STEPS, int(share * _STEPS) - done)

        with LetterFile(file, lambda read: move("Reading", size, read, max(1, size // _STEPS))) as source:
            found = find_campaigns(source.letters(), advance, again=source.again)
            return source.read, found
