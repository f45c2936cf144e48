"""Tools of those who work on consult."""
