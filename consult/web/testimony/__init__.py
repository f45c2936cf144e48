"""Confidential testimony: the pages of its authors, without cookie and script, and the desk of its readers."""

from __future__ import annotations

from consult.web.testimony import author, desk, files

__all__ = ["author", "desk", "files"]
