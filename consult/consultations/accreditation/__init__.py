"""Applications of bodies to take part: steps, documents, terms, withdrawal, appeal."""
