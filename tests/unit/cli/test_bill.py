"""The bill of materials: complete, closed, and the same twice."""

from __future__ import annotations

import json
import re
from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import Run


def test_every_library_is_on_the_bill_with_its_version_and_who_needs_it(run: Run) -> None:
    printed = run("bill-of-materials")
    assert printed.exit_code == 0
    bill = json.loads(printed.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    asked = [Requirement(one) for one in requires("consult") or ()]
    here = {canonicalize_name(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert here <= parts.keys()
    assert {"consult-municipal", "consult-academic", "consult-cso", "werkzeug", "jinja2"} <= parts.keys()
    assert "pytest" not in parts
    assert all(part["version"] == version(name) for name, part in parts.items())
    known = {part["bom-ref"] for part in parts.values()} | {bill["metadata"]["component"]["bom-ref"]}
    assert {row["ref"] for row in bill["dependencies"]} == known
    assert {one for row in bill["dependencies"] for one in row["dependsOn"]} <= known
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    assert run("bill-of-materials").stdout == printed.stdout
