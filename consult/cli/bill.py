"""`consult bill-of-materials`: every library that this installation runs, as CycloneDX 1.6 (JSON), on any machine.

Made from what is installed and not from what was asked for, so it is true of this machine: versions, licences, and who needs whom.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, entry_points
from typing import Any

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "consult"


@click.command("bill-of-materials")
def bill_of_materials() -> None:
    """Print every library that this installation runs, with version and licence (CycloneDX, JSON)."""
    click.echo(json.dumps(bill(), indent=1))


def bill() -> Mapping[str, Any]:
    """Return the bill: consult, its installed plugins, and whatever they need; the same installation gives the same bill."""
    found = dict(sorted(_closure().items()))
    parts = [_component(name, one) for name, one in found.items() if name != ROOT]
    needs = [{"ref": _purl(name, one), "dependsOn": _needed(one, found)} for name, one in found.items()]
    content = json.dumps([parts, needs], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": {**_component(ROOT, found[ROOT]), "type": "application"}},
        "components": parts,
        "dependencies": needs,
    }


def _closure() -> Mapping[str, Distribution]:
    """Return consult, its plugins and all that they need, by the name under which each is known."""
    found: dict[str, Distribution] = {}
    waiting = [ROOT, *(point.dist.name for point in entry_points(group="consult.plugins") if point.dist)]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # needed on another system only, or by an extra that nobody installed
            continue
        waiting.extend(_requirements(found[name]))
    return found


def _requirements(one: Distribution) -> Iterator[str]:
    """Yield the names of what a distribution needs on this machine, without extras."""
    for line in one.requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield canonicalize_name(needed.name)


def _needed(one: Distribution, found: Mapping[str, Distribution]) -> list[str]:
    return sorted({_purl(name, found[name]) for name in _requirements(one) if name in found})


def _component(name: str, one: Distribution) -> Mapping[str, Any]:
    stands = [field for field in ("License-Expression", "License") if field in one.metadata]
    licence = one.metadata[stands[0]] if stands else ""
    stated = licence.strip().partition("\n")[0][:100]
    licences = {"licenses": [{"license": {"name": stated}}]} if stated else {}
    purl = _purl(name, one)
    return {"type": "library", "bom-ref": purl, "name": name, "version": one.version, "purl": purl, **licences}


def _purl(name: str, one: Distribution) -> str:
    return f"pkg:pypi/{name}@{one.version}"
