"""Every core table, imported in one place so that metadata is complete for migrations, copies and checks."""

from __future__ import annotations

from consult.accounts import address_models as addresses
from consult.accounts import four_eyes_models as four_eyes
from consult.accounts import models as accounts
from consult.accounts.bodies import models as bodies
from consult.accounts.signing_in import identity_models as identities
from consult.ballots import models as ballots
from consult.coding import models as coding
from consult.consent import models as consent
from consult.consultations import models as consultations
from consult.consultations import registration_models as registration
from consult.consultations import upload_models as uploads
from consult.consultations.accreditation import models as accreditation
from consult.consultations.winding import models as winding
from consult.erasure import models as erasure
from consult.evaluation import models as evaluation
from consult.events import models as events
from consult.notifications import models as notifications
from consult.outcomes import models as outcomes
from consult.paper import models as paper
from consult.peer_review import models as peer_review
from consult.recommendations import models as recommendations
from consult.recommendations import reservation_models as reservations
from consult.recommendations import response_models as responses
from consult.retention import models as retention
from consult.sessions import models as sessions
from consult.submissions import models as submissions
from consult.submissions import saved_models as saved
from consult.submissions.cosigning import models as cosigning
from consult.submissions.documents import models as attachments
from consult.submissions.drafting import begun_models as begun
from consult.submissions.exchange import models as imports
from consult.submissions.figures import models as figures
from consult.submissions.offices import models as office
from consult.submissions.review import blind_models as blind
from consult.submissions.review import desk_models as desks
from consult.submissions.translations import models as translations
from consult.testimony import models as testimony

ALL_MODELS = (
    accreditation,
    winding,
    accounts,
    addresses,
    attachments,
    begun,
    bodies,
    ballots,
    blind,
    coding,
    consent,
    consultations,
    cosigning,
    desks,
    erasure,
    evaluation,
    figures,
    identities,
    events,
    imports,
    four_eyes,
    notifications,
    office,
    outcomes,
    paper,
    peer_review,
    recommendations,
    registration,
    saved,
    reservations,
    responses,
    retention,
    sessions,
    submissions,
    testimony,
    translations,
    uploads,
)
