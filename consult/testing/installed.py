"""A plugin for processes of their own: a distribution in a folder, found where PYTHONPATH names it."""

from __future__ import annotations

import os
from pathlib import Path


def install_plugin(folder: Path, name: str, source: str) -> dict[str, str]:
    """Write a plugin of one module as an installed distribution; return an environment in which consult finds it."""
    module = f"{name}_plugin"
    distribution = folder / f"{module}-1.0.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
    (distribution / "entry_points.txt").write_text(f"[consult.plugins]\n{name} = {module}\n")
    (folder / f"{module}.py").write_text(source)
    return os.environ | {"PYTHONPATH": str(folder)}
