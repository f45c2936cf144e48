"""The municipal track."""
