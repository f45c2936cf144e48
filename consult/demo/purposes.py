"""What people of the sample were asked to agree to, in versions, and what they answered."""

from __future__ import annotations

from consult.accounts.signing_in.sign_in import load_actor
from consult.consent.services import PurposeDraft, answer_purpose, publish_purpose
from consult.consent.uses import USES, Use
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.i18n import Localized

CLEARER = Localized(
    ar="قلنا بوضوح إن العنوان يُحفظ لهذا الغرض وحده.",
    en="We say more plainly that the address is kept for this alone.",
    fr="Nous disons plus clairement que l’adresse n’est conservée que pour cela.",
)


def add_purposes(cast: Cast, timeline: Timeline) -> None:
    """Put on the timeline, on the day the letters of answer are sent, that people are asked, and that most of them answer."""

    def ask() -> None:
        for use in (Use.CONTACT, Use.RESEARCH):
            publish_purpose(_draft(use), consultation=cast.consultation, actor=cast.actor("organiser"))
        for number, key in enumerate(sorted(cast.members)):
            who = load_actor(cast.people[key])
            if number % 4:
                answer_purpose(Use.CONTACT, 1, number % 3 > 0, consultation=cast.consultation, actor=who)
            if number % 6:
                answer_purpose(Use.RESEARCH, 1, True, consultation=cast.consultation, actor=who)
        worded = PurposeDraft(Use.CONTACT, USES[Use.CONTACT].title, USES[Use.CONTACT].text, CLEARER, False, 1)
        publish_purpose(worded, consultation=cast.consultation, actor=cast.actor("organiser"))

    timeline.at(cast.sample.moment(cast.sample.read("answers")["letters"]), ask)


def _draft(use: Use) -> PurposeDraft:
    return PurposeDraft(use, USES[use].title, USES[use].text)
