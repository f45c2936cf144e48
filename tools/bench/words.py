"""Texts for a full database: plausible sentences on migration governance, made from phrases in three languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Phrases:
    """What sentences of a language are put together from: who, does what, for whom, and when or on what condition."""

    subjects: Sequence[str]
    verbs: Sequence[str]
    objects: Sequence[str]
    ends: Sequence[str]
    matters: Sequence[str]
    title: str


PHRASES: Mapping[str, Phrases] = {
    "ar": Phrases(
        (
            "المجلس البلدي",
            "مكتب الصحة",
            "مراقبة التعليم",
            "جهاز خفر السواحل",
            "مركز الإيواء",
            "مصلحة الجوازات",
            "فرع الهلال الأحمر",
            "لجنة المصالحة",
            "وزارة العمل",
            "مكتب الإحصاء",
            "الجامعة",
            "رابطة المغتربين",
        ),
        (
            "يطلب",
            "يقترح",
            "يحتاج إلى",
            "يدعم",
            "يوصي بتوفير",
            "ينقصه",
            "يتعهد بمتابعة",
            "يرفض تأجيل",
            "يراجع كل شهر",
            "يعدّ مع شركائه",
            "يموّل من ميزانيته",
            "ينشر علنًا",
        ),
        (
            "سجلًا بلديًا موحدًا للمقيمين الأجانب",
            "تصاريح عمل قصيرة الأجل في الزراعة",
            "مترجمين في العيادات والمدارس",
            "بيانات محدثة عن الهجرة الداخلية",
            "بدائل عن الاحتجاز للأسر والقاصرين",
            "ممرات آمنة للعودة الطوعية",
            "فصولًا دراسية إضافية لأبناء العائدين",
            "تدريبًا لعناصر الإنقاذ البحري",
            "مياهًا صالحة للشرب في نقاط العبور",
            "عيادة متنقلة على الطريق الصحراوي",
            "خطًا هاتفيًا مجانيًا للشكاوى",
            "اعترافًا بشهادات الكفاءات الليبية في الخارج",
        ),
        (
            "قبل نهاية السنة المالية",
            "بالتنسيق مع البلديات المجاورة",
            "على أن تُنشر النتائج كل ثلاثة أشهر",
            "ما دامت الموارد لا تكفي السكان",
            "وفق القانون وبإشراف القضاء",
            "كي لا يبقى أحد بلا وثائق",
            "مع حماية البيانات الشخصية",
            "بعد زيارة ميدانية للجنوب",
            "من دون تحميل البلدية كلفته وحدها",
            "كما اتُّفق عليه في الجلسة السابقة",
        ),
        (
            "إدارة البيانات",
            "الاستقبال والإيواء",
            "العودة الطوعية",
            "سوق العمل",
            "الخدمات الصحية",
            "التعليم",
            "الإنقاذ في البحر",
            "الليبيون في الخارج",
        ),
        "{matter} في {place}: ما نراه وما نقترحه",
    ),
    "en": Phrases(
        (
            "The municipal council",
            "The health office",
            "The education authority",
            "The coast guard",
            "The reception centre",
            "The passport office",
            "The Red Crescent branch",
            "The reconciliation committee",
            "The Ministry of Labour",
            "The statistics office",
            "The university",
            "The diaspora association",
        ),
        (
            "asks for",
            "proposes",
            "needs",
            "supports",
            "recommends providing",
            "lacks",
            "undertakes to follow up",
            "refuses to postpone",
            "reviews every month",
            "prepares with its partners",
            "pays from its own budget for",
            "publishes openly",
        ),
        (
            "a shared municipal register of foreign residents",
            "short-term work permits in agriculture",
            "interpreters in clinics and schools",
            "current figures on internal migration",
            "alternatives to detention for families and minors",
            "safe ways of voluntary return",
            "additional classes for children of returnees",
            "training for rescue crews at sea",
            "drinking water at the crossing points",
            "a mobile clinic on the desert road",
            "a free telephone line for complaints",
            "recognition of diplomas earned abroad",
        ),
        (
            "before the end of the financial year",
            "together with the neighbouring municipalities",
            "provided that results are published every quarter",
            "as long as resources fall short of the population",
            "under the law and with judicial oversight",
            "so that nobody is left without papers",
            "while personal data are protected",
            "after a field visit to the south",
            "without leaving the cost to the municipality alone",
            "as was agreed at the previous session",
        ),
        (
            "Data",
            "Reception",
            "Voluntary return",
            "The labour market",
            "Health services",
            "Schooling",
            "Rescue at sea",
            "Libyans abroad",
        ),
        "{matter} in {place}: what we see and what we propose",
    ),
    "fr": Phrases(
        (
            "Le conseil municipal",
            "Le bureau de la santé",
            "L’autorité scolaire",
            "La garde côtière",
            "Le centre d’accueil",
            "Le service des passeports",
            "La section du Croissant-Rouge",
            "Le comité de réconciliation",
            "Le ministère du Travail",
            "Le bureau des statistiques",
            "L’université",
            "L’association de la diaspora",
        ),
        (
            "demande",
            "propose",
            "a besoin de préparer",
            "soutient",
            "recommande de fournir",
            "manque encore à garantir",
            "s’engage à suivre",
            "refuse de reporter",
            "réexamine chaque mois",
            "prépare avec ses partenaires",
            "finance sur son budget",
            "publie ouvertement",
        ),
        (
            "un registre municipal commun des résidents étrangers",
            "des permis de travail de courte durée dans l’agriculture",
            "des interprètes dans les cliniques et les écoles",
            "des chiffres à jour sur les migrations internes",
            "des solutions autres que la détention pour les familles et les mineurs",
            "des voies sûres de retour volontaire",
            "des classes supplémentaires pour les enfants de retour",
            "une formation des équipes de sauvetage en mer",
            "de l’eau potable aux points de passage",
            "une clinique mobile sur la route du désert",
            "une ligne téléphonique gratuite pour les plaintes",
            "la reconnaissance des diplômes obtenus à l’étranger",
        ),
        (
            "avant la fin de l’exercice",
            "avec les municipalités voisines",
            "à condition que les résultats soient publiés chaque trimestre",
            "tant que les moyens restent inférieurs aux besoins",
            "selon la loi et sous le contrôle du juge",
            "afin que personne ne reste sans papiers",
            "en protégeant les données personnelles",
            "après une visite de terrain dans le sud",
            "sans en laisser la charge à la seule municipalité",
            "comme convenu à la séance précédente",
        ),
        (
            "Les données",
            "L’accueil",
            "Le retour volontaire",
            "Le marché du travail",
            "Les services de santé",
            "L’école",
            "Le sauvetage en mer",
            "Les Libyens à l’étranger",
        ),
        "{matter} à {place} : ce que nous voyons et ce que nous proposons",
    ),
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language; the same `Random` gives the same texts."""

    language: str
    random: Random

    def title(self, place: str) -> str:
        """Return the title of a submission about a place."""
        phrases = PHRASES[self.language]
        return phrases.title.format(matter=self.random.choice(phrases.matters), place=place)

    def sentence(self) -> str:
        """Return one sentence."""
        phrases, choice = PHRASES[self.language], self.random.choice
        return f"{choice(phrases.subjects)} {choice(phrases.verbs)} {choice(phrases.objects)} {choice(phrases.ends)}."

    def passages(self) -> list[tuple[str, str]]:
        """Return two to four paragraphs of two to four sentences and one proposal, each with its kind."""
        texts = [self._paragraph() for _ in range(self.random.randint(2, 4))]
        return [*(("text", text) for text in texts), ("proposal", self.sentence())]

    def _paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.random.randint(2, 4)))
