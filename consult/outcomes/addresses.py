"""Addresses of what a document cites, as paths of this site; the document names the site once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one consultation in one language."""

    slug: str
    language: str

    @property
    def home(self) -> str:
        """The consultation itself."""
        return f"/{self.language}/c/{self.slug}/"

    def submission(self, number: str, passage: int = 0) -> str:
        """A submission, or one passage of it."""
        return f"{self.home}submissions/{number}/" + (f"#p{passage}" if passage else "")

    def quote(self, number: int) -> str:
        """A quote of a confidential testimony, on the page of quotes that begins with it."""
        return f"{self.home}quotes/?after={number - 1}#quote-{number}"

    def recommendation(self, number: int) -> str:
        """A recommendation."""
        return f"{self.home}recommendations/{number}/"

    def ballot(self, number: int) -> str:
        """A ballot."""
        return f"{self.home}ballots/{number}/"

    def session(self, number: int) -> str:
        """A session."""
        return f"{self.home}sessions/{number}/"

    def part(self, number: int, slug: str) -> str:
        """A page of an edition: its first one with "", or a chapter."""
        return f"{self.home}outcome/{number}/" + (f"{slug}/" if slug else "")

    def paragraph(self, edition: int, paragraph: int) -> str:
        """Where a paragraph of an edition comes from."""
        return f"{self.home}outcome/{edition}/paragraphs/{paragraph}/"

    def verification(self, edition: int) -> str:
        """Where the seal of an edition is checked; `{seal}` is for the renderer to fill."""
        return f"{self.home}outcome/{edition}/verify/?seal={{seal}}"
