"""Play the sample through the services, moment by moment, so that its event log is true."""

from __future__ import annotations

from consult import clock
from consult.consultations.queries import consultation_by_slug
from consult.db import transaction
from consult.demo.accreditation import add_applications
from consult.demo.answers import add_answers
from consult.demo.coding import add_coding
from consult.demo.decisions import add_ballots, add_recommendations
from consult.demo.evaluation import add_evaluation
from consult.demo.forms import add_forms
from consult.demo.inout import add_inflow, add_licence
from consult.demo.messages import add_message
from consult.demo.office import add_office
from consult.demo.outcome import add_edition
from consult.demo.paper import add_paper
from consult.demo.peer_review import add_peer_review
from consult.demo.people import Cast, set_up
from consult.demo.purposes import add_purposes
from consult.demo.receiving import add_receiving
from consult.demo.responses import add_responses
from consult.demo.sample_files import Sample, Timeline
from consult.demo.searches import add_searches
from consult.demo.sittings import add_sessions
from consult.demo.standing import add_standing
from consult.demo.testimonies import add_testimonies
from consult.demo.texts import add_submissions
from consult.demo.tongues import add_translations
from consult.jobs.worker import work_once
from consult.runtime import runtime

SLUG = "tripoli"
#: For whom `consult demo` prints a link: a name for the role, and the address of a person of the sample.
DEMO_PEOPLE = {
    "municipal": "khadija.ettassili@example.org",
    "academic": "widad.elhasibati@example.org",
    "cso": "omar.elbalhawi@example.org",
    "withheld": "reader23@example.org",
    "moderator": "huda.elfanusi@example.org",
    "accreditor": "mounir.elkikli@example.org",
    "translator": "ikram.elwahishi@example.org",
    "clerk": "rabia.ettaghi@example.org",
    "evaluator": "amna.elbarasi@example.org",
    "organiser": "najla.essanabli@example.org",
    "administrator": "tareq.eljadwali@example.org",
}


def is_loaded() -> bool:
    """Tell whether this instance has the sample."""
    return consultation_by_slug(SLUG) is not None


def load_sample() -> None:
    """Load the sample, all of it or nothing, then let plugins and notifications read what happened.

    Raises RuntimeError if a ballot does not end as its file expects.
    """
    sample = Sample.for_today()
    timeline = Timeline(min(sample.now, clock.now()))
    with transaction():
        cast = Cast(sample)
        set_up(cast)
        add_applications(cast, timeline)
        add_forms(cast, timeline)
        add_submissions(cast, timeline)
        add_receiving(cast, timeline)
        add_recommendations(cast, timeline)
        add_sessions(cast, timeline)
        add_ballots(cast, timeline)
        add_answers(cast, timeline)
        add_message(cast, timeline)
        add_purposes(cast, timeline)
        add_testimonies(cast, timeline)
        add_coding(cast, timeline)
        add_edition(cast, timeline)
        add_licence(cast, timeline)
        add_standing(cast, timeline)
        add_office(cast, timeline)
        add_translations(cast, timeline)
        add_responses(cast, timeline)
        add_paper(cast, timeline)
        add_peer_review(cast, timeline)
        add_evaluation(cast, timeline)
        timeline.play()
        with clock.at(timeline.until):
            add_searches(cast)
            runtime().hooks.demo(cast.consultation)
    add_inflow(cast)
    while work_once():
        pass
