"""Pages of paper: the clerks' desk, entering and settling, receipts; imported here so that their routes are declared."""

from __future__ import annotations

from consult.web.paper import desk, entering, receipts, settling, sheets

__all__ = ["desk", "entering", "receipts", "settling", "sheets"]
