"""A message of the organisers in the sample: to the members of the municipal track."""

from __future__ import annotations

from consult.db import new_id
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.i18n import Localized
from consult.notifications.groups import Group, reached
from consult.notifications.messages import MessageDraft
from consult.notifications.services import send_message

SUBJECTS = Localized(
    ar="نصوص الجلسة المقبلة منشورة",
    en="The texts for the next session are published",
    fr="Les textes de la prochaine séance sont publiés",
)
TEXTS = Localized(
    ar="تجدون التوصيات ومصادرها في صفحات التشاور. اقرؤوها مع مجلسكم قبل الجلسة.\n\nمن أراد المساعدة فليتصل بالأمانة.",
    en="You find the recommendations and their sources on the pages of the consultation. Read them with your council before the session.\n\nThe secretariat helps whoever asks.",
    fr="Vous trouvez les recommandations et leurs sources sur les pages de la consultation. Lisez-les avec votre conseil avant la séance.\n\nLe secrétariat aide qui le demande.",
)


def add_message(cast: Cast, timeline: Timeline) -> None:
    """Put the message on the timeline, on the day the letters of answer are sent."""

    def send() -> None:
        group = Group(track="municipal")
        here = cast.consultation
        draft = MessageDraft(new_id(), SUBJECTS, TEXTS, group, people=len(reached(here.id, group)))
        send_message(draft, consultation=here, actor=cast.actor("organiser"))

    timeline.at(cast.sample.moment(cast.sample.read("answers")["letters"]), send)
