"""The civil-society track."""
