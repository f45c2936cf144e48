"""Texts in and out of tables and files: imports, mappings, exports, votes on statements."""
