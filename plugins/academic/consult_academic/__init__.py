"""The academic track."""
