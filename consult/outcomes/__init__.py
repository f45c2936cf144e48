"""Outcome documents: the tree, its frozen form, and the renderers that turn one edition into files."""
