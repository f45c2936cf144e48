"""Files that belong to a text: attached, taken off, uploaded in pieces."""
