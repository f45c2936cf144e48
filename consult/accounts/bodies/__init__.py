"""The register of bodies: kinds, mandates, what a body was called and part of, when it ended."""
