"""Build hook: puts the compiled catalogues of the plugin into its wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Compile every `messages.po` beside itself before the wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel is packed; an editable install compiles at first use instead."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        for source in sorted(root.glob("consult_*/translations/*/LC_MESSAGES/messages.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as text, compiled.open("wb") as binary:
                write_mo(binary, read_po(text, locale=source.parent.parent.name))
            build_data["force_include"][str(compiled)] = str(compiled.relative_to(root))
