"""What comes in and goes out of the sample: a file of texts that were typed from paper, one of bodies, the licence of the open data."""

from __future__ import annotations

from pathlib import Path

from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.outcomes.open_data_ready import choose_licence
from consult.submissions.exchange.importing import BroughtFile, bring_file

PAPER = Path(__file__).parent / "sample" / "paper.csv"
OFFICES = Path(__file__).parent / "sample" / "offices.csv"
#: The day on which the organisers chose the licence.
LICENSED = "2026-11-22T11:00"


def add_licence(cast: Cast, timeline: Timeline) -> None:
    """Put on the timeline that the public part is given away."""
    timeline.at(
        cast.sample.moment(LICENSED),
        lambda: choose_licence("CC-BY-4.0", consultation=cast.consultation, actor=cast.actor("organiser")),
    )


def add_inflow(cast: Cast) -> None:
    """Hand over files that wait for somebody to say what their columns are."""
    for path, name, here in ((PAPER, "ghat-2026.csv", cast.consultation), (OFFICES, "offices.csv", None)):
        with path.open("rb") as content:
            bring_file(BroughtFile(name, content), consultation=here, actor=cast.actor("organiser"))
