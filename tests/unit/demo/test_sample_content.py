"""The written content of the sample consultation: every reference exists, nothing is said twice."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from .sample_files import (
    ACADEMIC,
    AUTHORITIES,
    BALLOTS,
    BODIES,
    FRAME,
    KINDS,
    LANGUAGES,
    MUNICIPALITIES,
    NOW,
    OUTCOME,
    PEOPLE,
    RECOMMENDATIONS,
    RULES,
    SAMPLE,
    SEATED,
    SESSIONS,
    SUBMISSIONS,
    TOPICS,
    WRITTEN,
    Table,
    decision,
    moment,
    paragraphs,
    region,
    revisions,
    sentences,
)

SERVICES = {"health", "schools", "water", "housing", "waste", "civil_registry", "labour", "security"}
DISCIPLINES = {
    "law", "economics", "sociology", "political_science", "public_health", "geography", "engineering", "statistics", "other",
}  # fmt: skip
FIELDS = {
    "migrants", "rights", "women", "children", "health", "education", "relief", "return", "media", "development", "other",
}  # fmt: skip
COVERAGE = {"national", "regional", "municipal"}
GROUNDS = {"names_person", "harm", "endorsement", "unclear", "outside_mandate", "repeated"}
ANSWERS = {
    "municipal": {"council_date", "council_decision", "services"},
    "academic": {"discipline", "references", "interests"},
    "cso": {"kind", "fields", "coverage"},
}
FRIDAY, SATURDAY = 4, 5


def test_frame() -> None:
    assert (FRAME["slug"], FRAME["prefix"], FRAME["timezone"]) == ("tripoli", "TC", "Africa/Tripoli")
    assert FRAME["now"] == "2026-11-24T11:30"
    assert len(FRAME["topics"]) == 16
    assert set(FRAME["topics"]) <= TOPICS
    assert FRAME["rules"] == {"recommendation": "GA-2/3", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"}
    assert set(FRAME["rules"].values()) <= RULES
    assert {track["key"]: track["seats"] for track in FRAME["track"]} == {"municipal": 45, "academic": 16, "cso": 14}


def test_phases() -> None:
    assert [(p["key"], p["rights"]) for p in FRAME["phase"]] == [
        ("mandate", []),
        ("seats", ["register"]),
        ("submissions", ["submit", "register", "testify"]),
        ("sessions", ["session", "vote", "outcome"]),
        ("outcome", ["outcome", "names"]),
        ("follow-up", ["follow"]),
    ]
    assert all(moment(p["opens"]) < moment(p["closes"]) for p in FRAME["phase"])
    assert [p["key"] for p in FRAME["phase"] if moment(p["opens"]) <= NOW < moment(p["closes"])] == [
        "submissions",
        "sessions",
    ]


def test_everything_localized_is_complete() -> None:
    localized = [FRAME[key] for key in ("names", "titles", "subtitles", "summaries")]
    localized += [p["names"] for p in FRAME["phase"]] + [b["names"] for b in BODIES.values()]
    localized += [s[key] for s in SESSIONS.values() for key in ("names", "venue")]
    localized += [i["title"] for s in SESSIONS.values() for i in s["item"]]
    localized += [r["titles"] for r in RECOMMENDATIONS.values()] + [b["question"] for b in BALLOTS.values()]
    localized += [OUTCOME[key] for key in ("titles", "foreword", "summary", "method")]
    assert {tuple(sorted(texts)) for texts in localized} == {LANGUAGES}
    assert all(text.strip() for texts in localized for text in texts.values())


def test_people_and_their_bodies() -> None:
    assert len(PEOPLE) == 95
    assert Counter(p.get("role", p.get("track")) for p in PEOPLE.values()) == {
        "administrator": 1, "organiser": 1, "moderator": 3, "rapporteur": 1, "returning_officer": 1, "observer": 1, "accreditor": 1, "translator": 2, "clerk": 3, "evaluator": 1,
        "municipal": 45, "academic": 17, "cso": 18,
    }  # fmt: skip
    known = {"municipal": set(MUNICIPALITIES), "academic": ACADEMIC, "cso": set(BODIES)}
    assert all(p["body"] in known[p["track"]] for p in PEOPLE.values() if "track" in p)
    assert all(p["language"] in LANGUAGES for p in PEOPLE.values())
    for part in ("name", "email"):
        assert len({p[part] for p in PEOPLE.values()}) == 95
    assert all(p["email"].endswith("@example.org") for p in PEOPLE.values())
    assert len({p["body"] for p in PEOPLE.values() if "track" in p}) == 80
    assert {p["track"] for p in PEOPLE.values() if p.get("withheld")} == {"cso"}
    assert sum(p.get("withheld", False) for p in PEOPLE.values()) == 6
    assert {p.get("track", p.get("role")) for p in PEOPLE.values() if p.get("demo")} == {
        "administrator", "organiser", "moderator", "accreditor", "translator", "clerk", "evaluator", "municipal", "academic", "cso",
    }  # fmt: skip


def test_seats_by_track_and_region() -> None:
    assert Counter(PEOPLE[k]["track"] for k in SEATED) == {"municipal": 45, "academic": 16, "cso": 14}
    assert Counter(region(k) for k in SEATED) == {"west": 37, "east": 23, "south": 15}


def test_bodies_use_known_codes() -> None:
    assert len(BODIES) == 18
    for body in BODIES.values():
        assert body["kind"] in KINDS
        assert set(body["fields"]) <= FIELDS
        assert body["coverage"] in COVERAGE
        assert body["registration"] in AUTHORITIES
        assert body["municipality"] in {"", *MUNICIPALITIES}


def test_submissions_are_as_many_as_promised() -> None:
    assert {language: len(found) for language, found in WRITTEN.items()} == {"ar": 36, "en": 14, "fr": 10}
    assert Counter(PEOPLE[s["author"]]["track"] for s in SUBMISSIONS.values()) == {
        "municipal": 25, "academic": 17, "cso": 18,
    }  # fmt: skip
    assert len({s["author"] for s in SUBMISSIONS.values()}) == 60
    assert Counter(s["review"]["decision"] for s in SUBMISSIONS.values()) == {
        "accepted": 50, "returned": 3, "hidden": 2, "": 5,
    }  # fmt: skip
    assert [key for key, s in SUBMISSIONS.items() if "correction" in s] == ["ghat-register", "uob-antenatal"]
    assert Counter(map(decision, SUBMISSIONS.values())) == {"accepted": 52, "returned": 1, "hidden": 2, "": 5}


@pytest.mark.parametrize("one", SUBMISSIONS.values(), ids=SUBMISSIONS)
def test_submission_is_well_formed(one: Table) -> None:
    author = PEOPLE[one["author"]]
    assert set(one["topics"]) <= set(FRAME["topics"])
    assert set(one["answers"]) == ANSWERS[author["track"]]
    for revision, _ in revisions(one):
        assert 0 < len(revision["title"]) <= 120
        assert 2 <= len(paragraphs(revision["text"])) <= 6
        assert 120 <= len(revision["text"].split()) <= 400
        assert 1 <= len(revision["proposals"]) <= 4


@pytest.mark.parametrize("one", SUBMISSIONS.values(), ids=SUBMISSIONS)
def test_submission_and_review_follow_in_time(one: Table) -> None:
    opens = moment(next(p["opens"] for p in FRAME["phase"] if p["key"] == "submissions"))
    moments = [opens]
    for revision, review in revisions(one):
        moments.append(moment(revision["day"]))
        if review["decision"]:
            moments.append(moment(review["day"]))
            assert PEOPLE[review["by"]]["role"] == "moderator"
            assert review["reason"].strip()
            assert (review["decision"] == "accepted") == ("ground" not in review)
            assert review.get("ground", "unclear") in GROUNDS
    assert all(earlier < later for earlier, later in pairwise([*moments, NOW]))
    assert all(at.weekday() not in {FRIDAY, SATURDAY} for at in moments)


def test_answers_use_known_codes() -> None:
    for one in SUBMISSIONS.values():
        answers, person = one["answers"], PEOPLE[one["author"]]
        match person["track"]:
            case "municipal":
                assert set(answers["services"]) <= SERVICES
                assert re.fullmatch(r"\d{1,3}/2026", answers["council_decision"])
                assert date.fromisoformat(answers["council_date"]) < moment(one["day"]).date()
            case "academic":
                assert answers["discipline"] in DISCIPLINES
                assert answers["references"]
            case _:
                assert answers["kind"] == BODIES[person["body"]]["kind"]
                assert set(answers["fields"]) <= set(BODIES[person["body"]]["fields"])
                assert answers["coverage"] == BODIES[person["body"]]["coverage"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_language_they_claim(language: str) -> None:
    usual = {"ar": ("في", "من"), "en": ("the", "of"), "fr": ("de", "les")}[language]
    for one in WRITTEN[language]:
        assert PEOPLE[one["author"]]["language"] == language
        for revision, review in revisions(one):
            text = " ".join([revision["title"], revision["text"], *revision["proposals"], review.get("reason", "")])
            letters = [c for c in text if c.isalpha()]
            arabic = sum("\u0600" <= c <= "\u06ff" for c in letters) / len(letters)
            assert arabic > 0.95 if language == "ar" else arabic < 0.01
            assert all(word in text.lower().split() for word in usual)
            assert "'" not in text


def test_nothing_is_said_twice() -> None:
    said: dict[str, set[str]] = {}
    for key, one in SUBMISSIONS.items():
        for revision, _ in revisions(one):
            for sentence in sentences(revision):
                said.setdefault(sentence, set()).add(key)
    assert [sentence for sentence, keys in said.items() if len(keys) > 1] == []
    reasons = [r["reason"] for s in SUBMISSIONS.values() for _, r in revisions(s) if r["decision"]]
    assert len(reasons) == 57
    assert len(set(reasons)) == 57


def test_withheld_names_stand_nowhere_else() -> None:
    hidden = [p for p in PEOPLE.values() if p.get("withheld")]
    names = {p["name"] for p in hidden} | {name for p in hidden for name in BODIES[p["body"]]["names"].values()}
    files = sorted(p for p in SAMPLE.glob("*.toml") if p.stem not in {"people", "bodies"})
    assert len(files) == 22
    assert [(p.name, n) for p in files for n in names if n in p.read_text(encoding="utf-8")] == []
