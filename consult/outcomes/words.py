"""The document's own furniture in three languages, put into every document so that a renderer needs no catalogue.

A document is frozen for good; so are the words it was published with, whatever the interface says later.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from consult.outcomes.tree import Bar, Part, PartKind

_EN = {
    "contents": "Contents",
    "page": "Page {page} of {pages}",
    "draft": "Draft, without a seal",
    "sources": "Sources:",
    "separator": ", ",
    "colon": ": ",
    "verify": "Check this document",
    "verify_text": "The code leads to the page where this seal is checked. The same address is printed here:",
    "seal": "Seal",
    "seal_text": "SHA-256 of the content of this edition. If one letter of it changes, so does the seal.",
    "checkpoint": "Checkpoint of the public log",
    "checkpoint_text": "The signed state of the log when this edition was published; the last line is the public half of the key that signed it.",
    "digests": "Published with this document",
    "digest_name": "What",
    "digest_value": "SHA-256",
    "qr": "QR code of the address where this document is checked",
    "skip": "Skip to the text",
    "table": "The same as a table",
    "for": "In favour",
    "against": "Against",
    "abstain": "Abstained",
    "spoilt": "Spoilt",
    "not_cast": "Not cast",
    "objections": "Objections",
    "needed": "needed {count}",
    "bar": "{parts}, of {base}; needed: {needed}",
    "bar_without_threshold": "{parts}, of {base}",
    "conditions": "The rule, condition by condition",
    "condition": "Condition",
    "count": "Count",
    "base": "Base",
    "threshold": "Needed",
    "met_question": "Met?",
    "met": "Met",
    "not_met": "Not met",
    "rule": "The rule",
    "adopted": "Adopted",
    "rejected": "Rejected",
    "next_round": "Goes to the next round",
    "no_quorum": "No quorum",
    "no_decision": "No decision",
    "contested": "Contested",
    "passage": "From a submission",
    "reservation": "Reservation",
    "dissent": "Dissenting opinion",
}

_AR = {
    "contents": "المحتويات",
    "page": "الصفحة {page} من {pages}",
    "draft": "مسودة بلا ختم",
    "sources": "المصادر:",
    "separator": "، ",
    "colon": ": ",
    "verify": "تحقّق من هذه الوثيقة",
    "verify_text": "يفتح الرمز الصفحة التي يُتحقَّق فيها من هذا الختم، وعنوانها هو:",
    "seal": "الختم",
    "seal_text": "بصمة محتوى هذه الطبعة وفق خوارزمية SHA-256؛ فإذا تغيّر منه حرف واحد تغيّر الختم.",
    "checkpoint": "نقطة التحقق في السجل العام",
    "checkpoint_text": "حالة السجل الموقّعة عند نشر هذه الطبعة؛ والسطر الأخير هو الشطر العلني للمفتاح الذي وُقّعت به.",
    "digests": "ما نُشر مع هذه الوثيقة",
    "digest_name": "البيان",
    "digest_value": "بصمة SHA-256",
    "qr": "رمز استجابة سريعة لعنوان التحقق من هذه الوثيقة",
    "skip": "انتقل إلى النص",
    "table": "الأرقام نفسها في جدول",
    "for": "موافق",
    "against": "غير موافق",
    "abstain": "ممتنع",
    "spoilt": "أوراق باطلة",
    "not_cast": "لم يُدلَ بها",
    "objections": "اعتراضات",
    "needed": "المطلوب {count}",
    "bar": "{parts}، من أصل {base}؛ المطلوب: {needed}",
    "bar_without_threshold": "{parts}، من أصل {base}",
    "conditions": "شروط القاعدة، واحدًا واحدًا",
    "condition": "الشرط",
    "count": "العدد",
    "base": "الأساس",
    "threshold": "المطلوب",
    "met_question": "تحقق؟",
    "met": "تحقق",
    "not_met": "لم يتحقق",
    "rule": "القاعدة",
    "adopted": "اعتُمدت",
    "rejected": "رُفضت",
    "next_round": "تنتقل إلى الجولة التالية",
    "no_quorum": "لم يكتمل النصاب",
    "no_decision": "لا قرار",
    "contested": "متنازع عليها",
    "passage": "من مساهمة",
    "reservation": "تحفظ",
    "dissent": "رأي مخالف",
}

_FR = {
    "contents": "Table des matières",
    "page": "Page {page} sur {pages}",
    "draft": "Projet, sans sceau",
    "sources": "Sources\u00a0:",
    "separator": ", ",
    "colon": "\u00a0: ",
    "verify": "Vérifier ce document",
    "verify_text": "Le code mène à la page où ce sceau se vérifie. En voici l’adresse\u00a0:",
    "seal": "Sceau",
    "seal_text": "Empreinte SHA-256 du contenu de cette édition. Qu’une seule lettre change, et le sceau change.",
    "checkpoint": "Point de contrôle du journal public",
    "checkpoint_text": "L’état signé du journal au moment de la publication de cette édition ; la dernière ligne est la moitié publique de la clé qui l’a signé.",
    "digests": "Publié avec ce document",
    "digest_name": "Objet",
    "digest_value": "SHA-256",
    "qr": "Code QR de l’adresse où ce document se vérifie",
    "skip": "Aller au texte",
    "table": "Les mêmes chiffres en tableau",
    "for": "Pour",
    "against": "Contre",
    "abstain": "Abstentions",
    "spoilt": "Bulletins nuls",
    "not_cast": "Non exprimés",
    "objections": "Objections",
    "needed": "requis\u00a0: {count}",
    "bar": "{parts}, sur {base}\u00a0; requis\u00a0: {needed}",
    "bar_without_threshold": "{parts}, sur {base}",
    "conditions": "La règle, condition par condition",
    "condition": "Condition",
    "count": "Nombre",
    "base": "Base",
    "threshold": "Requis",
    "met_question": "Remplie\u00a0?",
    "met": "Remplie",
    "not_met": "Non remplie",
    "rule": "La règle",
    "adopted": "Adoptée",
    "rejected": "Rejetée",
    "next_round": "Renvoyée au tour suivant",
    "no_quorum": "Quorum non atteint",
    "no_decision": "Pas de décision",
    "contested": "Contestée",
    "passage": "Extrait d’une contribution",
    "reservation": "Réserve",
    "dissent": "Opinion dissidente",
}

_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {code: MappingProxyType(words) for code, words in (("ar", _AR), ("en", _EN), ("fr", _FR))}
)


def document_words(language: str) -> Mapping[str, str]:
    """Return the furniture of a document in "ar", "en" or "fr"; another language is a KeyError."""
    return _WORDS[language]


def vote_part(words: Mapping[str, str], key: str, count: int) -> Part:
    """Return a part of a result bar with its usual word: for, against, abstain, spoilt, not_cast, objections."""
    kinds = {"for": PartKind.FOR, "against": PartKind.AGAINST, "objections": PartKind.AGAINST}
    return Part(kinds.get(key, PartKind.REST), words[key], count)


def vote_bar(words: Mapping[str, str], base: int, parts: tuple[Part, ...], needed: int | None = None) -> Bar:
    """Return the bar of a result with its description in words, as a screen reader says it."""
    said = words["separator"].join(f"{part.label}{words['colon']}{part.count}" for part in parts)
    pattern = words["bar_without_threshold"] if needed is None else words["bar"]
    return Bar(base, parts, pattern.format(parts=said, base=base, needed=needed), needed)
