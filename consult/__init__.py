"""consult: the platform on which a country holds a national consultation."""

__version__ = "0.1.0"
