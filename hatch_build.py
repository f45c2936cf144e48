"""Build hook: compiles the catalogues and puts templates and catalogues inside the wheel.

An editable install leaves both beside the package, where the application finds them and compiles catalogues itself;
a static force-include would leave stale copies behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Compile every `messages.po` and include `templates/` and `locale/` in the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel is packed; `version` is "standard" or "editable"."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        build_data["force_include"][str(root / "templates")] = "consult/templates"
        for source in sorted((root / "locale").glob("*/LC_MESSAGES/messages.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as text, compiled.open("wb") as binary:
                write_mo(binary, read_po(text, locale=source.parent.parent.name))
            build_data["force_include"][str(compiled)] = f"consult/locale/{compiled.relative_to(root / 'locale')}"
