"""The sessions, recommendations and votes of the sample: times follow one another, and every vote adds up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise

from .sample_files import (
    BALLOTS,
    FRAME,
    INSTITUTIONS,
    LANGUAGES,
    NOW,
    OUTCOME,
    PEOPLE,
    RECOMMENDATIONS,
    RULES,
    SEATED,
    SESSIONS,
    SUBMISSIONS,
    Table,
    attendance,
    moment,
    paragraphs,
    region,
    revisions,
)


def test_sessions() -> None:
    assert [(s["kind"], s["quorum"]) for s in SESSIONS.values()] == [
        ("plenary", "2/3"),
        ("hearing", "2/3"),
        ("workshop", ""),
    ]
    assert [moment(s["starts"]).date().isoformat() for s in SESSIONS.values()] == [
        "2026-11-02",
        "2026-11-24",
        "2026-12-01",
    ]
    assert [("opened" in s, "closed" in s, "approved" in s) for s in SESSIONS.values()] == [
        (True, True, True),
        (True, False, False),
        (False, False, False),
    ]
    for session in SESSIONS.values():
        assert [item["position"] for item in session["item"]] == list(range(1, len(session["item"]) + 1))
        assert {i["recommendation"] for i in session["item"] if "recommendation" in i} <= set(RECOMMENDATIONS)
        assert PEOPLE[session["moderator"]]["role"] == "moderator"
    assert set(SESSIONS[3]["registered"]) <= set(PEOPLE)


def test_items_follow_one_another() -> None:
    past, sitting = SESSIONS[1], SESSIONS[2]
    assert all("finished" in item and item["summary"] for item in past["item"])
    assert [i["position"] for i in sitting["item"] if "finished" in i] == [1, 2]
    assert [i["position"] for i in sitting["item"] if "started" in i and "finished" not in i] == [3]
    for session in (past, sitting):
        times = [session["opened"]]
        times += [i[key] for i in session["item"] for key in ("started", "finished") if key in i]
        times += [session["closed"], session["approved"]] if "closed" in session else [FRAME["now"]]
        assert times == sorted(times)


def test_quorum_is_met() -> None:
    assert len(attendance(SESSIONS[1], moment("2026-11-02T10:12"))) == 67
    assert len(attendance(SESSIONS[1], moment("2026-11-02T11:30"))) == 68
    assert len(attendance(SESSIONS[2], moment("2026-11-24T09:42"))) == 56
    assert len(attendance(SESSIONS[2], NOW)) == 57


def test_speakers_are_in_the_room_and_one_at_a_time() -> None:
    for session in (SESSIONS[1], SESSIONS[2]):
        free = moment(session["opened"])
        for speech in session["speech"]:
            assert speech["person"] in attendance(session, moment(speech["asked"]))
            if "given" not in speech:
                continue
            item = session["item"][speech["item"] - 1]
            assert moment(item["started"]) <= moment(speech["asked"]) <= moment(speech["given"])
            assert free <= moment(speech["given"])
            free = moment(speech.get("ended", FRAME["now"]))
            assert free <= moment(item.get("finished", FRAME["now"]))
    given = [s["person"] for s in SESSIONS[2]["speech"] if "given" in s and "ended" not in s]
    assert given == ["m-murzuq"]
    assert sum("given" not in s for s in SESSIONS[2]["speech"]) == 5


def test_recommendations_stand_in_different_states() -> None:
    assert [r["state"] for r in RECOMMENDATIONS.values()] == [
        "adopted", "adopted", "adopted", "rejected", "next_round", "voting", "proposed", "proposed", "draft",
    ]  # fmt: skip
    for recommendation in RECOMMENDATIONS.values():
        assert recommendation["topic"] in FRAME["topics"]
        assert set(recommendation["responsible"]) <= INSTITUTIONS
        assert date.fromisoformat(recommendation["due"]) > NOW.date()
        assert ("discussion" in recommendation) == (recommendation["state"] != "draft")


def test_clauses_keep_their_keys_and_change_with_a_reason() -> None:
    for number, recommendation in RECOMMENDATIONS.items():
        versions = recommendation["version"]
        assert [v["number"] for v in versions] == list(range(1, len(versions) + 1))
        assert [v["day"] for v in versions] == sorted(v["day"] for v in versions)
        for version in versions:
            assert version["reason"].strip()
            assert [c["key"] for c in version["clause"]] == [f"{number}.{n + 1}" for n in range(len(version["clause"]))]
        for before, after in pairwise(versions):
            assert len(before["clause"]) <= len(after["clause"])
            assert before["clause"] != after["clause"]


def test_translations_of_clauses() -> None:
    missing = [
        (number, clause["key"])
        for number, r in RECOMMENDATIONS.items()
        for version in r["version"]
        for clause in version["clause"]
        if set(LANGUAGES) - set(clause)
    ]
    assert missing == [(9, "9.1"), (9, "9.2"), (9, "9.3")]
    stale = [
        (after["key"], code)
        for r in RECOMMENDATIONS.values()
        for old, new in pairwise(r["version"])
        for before, after in zip(old["clause"], new["clause"], strict=False)
        for code in LANGUAGES
        if before["ar"] != after["ar"] and before[code] == after[code]
    ]
    assert stale == [("7.2", "fr")]


def test_sources_were_accepted_before_the_first_version() -> None:
    cited = 0
    for recommendation in RECOMMENDATIONS.values():
        pairs = [(s["submission"], s["passage"]) for s in recommendation["sources"]]
        assert len(pairs) == len(set(pairs))
        cited += len(pairs)
        for key, passage in pairs:
            revision, review = revisions(SUBMISSIONS[key])[-1]
            assert review["decision"] == "accepted"
            assert moment(review["day"]) < moment(recommendation["version"][0]["day"])
            assert 1 <= passage <= len(paragraphs(revision["text"]))
    assert cited == 35


def test_reservations_are_those_of_members() -> None:
    found = [x for r in RECOMMENDATIONS.values() for x in r.get("reservation", [])]
    assert [x["person"] for x in found] == [
        "m-ashshwayrif", "c-wages", "m-tarhuna", "m-sirt", "c-mizan", "a-zawiya", "a-academy", "m-benghazi", "m-misrata",
    ]  # fmt: skip
    assert all(x["language"] == PEOPLE[x["person"]]["language"] for x in found)


def test_ballots_name_what_they_decide() -> None:
    found = [
        (b["number"], b["recommendation"], b["version"], b["rule"], b["kind"], b["session"], b["expected"])
        for b in BALLOTS.values()
    ]
    assert found == [
        (1, 1, 2, "GA-2/3", "recommendation", 1, "adopted"),
        (2, 2, 2, "CONS", "recommendation", 1, "adopted"),
        (3, 3, 2, "LPDF-63", "recommendation", 1, "adopted"),
        (4, 4, 1, "LPDF-DBL66", "recommendation", 1, "rejected"),
        (5, 5, 1, "LPDF-R1", "choice", 1, "next_round"),
        (6, 5, 1, "LPDF-R2", "choice", 2, "prepared"),
        (7, 6, 2, "GA-2/3", "recommendation", 2, "open"),
    ]
    assert {b["rule"] for b in BALLOTS.values()} <= RULES
    for ballot in BALLOTS.values():
        item: Table = SESSIONS[ballot["session"]]["item"][ballot["item"] - 1]
        assert item["recommendation"] == ballot["recommendation"]
        version: Table = RECOMMENDATIONS[ballot["recommendation"]]["version"][ballot["version"] - 1]
        if "opened" in ballot:
            assert moment(version["day"]) < moment(ballot["opened"])
            assert moment(item["started"]) < moment(ballot["opened"])
            assert moment(ballot.get("closed") or FRAME["now"]) <= moment(item.get("finished") or FRAME["now"])


def tally(number: int, of: str = "") -> dict[str, int]:
    counts = {v["choice"]: sum(of in ("", region(k)) for k in v["voters"]) for v in BALLOTS[number].get("votes", [])}
    return {choice: count for choice, count in counts.items() if count}


def test_votes_are_cast_once_by_members_who_are_present() -> None:
    for ballot in BALLOTS.values():
        voters = [k for v in ballot.get("votes", []) for k in v["voters"]]
        assert len(voters) == len(set(voters))
        if voters:
            assert set(voters) <= attendance(SESSIONS[ballot["session"]], moment(ballot["opened"]))
    demo = {k for k, p in PEOPLE.items() if p.get("demo")}
    assert demo.isdisjoint(k for v in BALLOTS[7]["votes"] for k in v["voters"])
    assert {k for k in demo if k in SEATED} <= attendance(SESSIONS[2], NOW)


def test_votes_give_the_results() -> None:
    assert tally(1) == {"for": 49, "against": 14, "abstain": 5}
    assert 3 * 49 >= 2 * (49 + 14)
    assert tally(2) == {"for": 61, "abstain": 7}
    assert tally(3) == {"for": 42, "against": 23, "abstain": 3}
    assert 100 * 42 >= 63 * (42 + 23)
    assert 3 * 42 < 2 * (42 + 23)
    assert tally(5) == {"tripoli": 24, "sebha": 22, "benghazi": 13, "misrata": 7, "abstain": 2}
    assert 10 * 24 < 6 * (24 + 22 + 13 + 7)
    assert tally(6) == {}
    assert tally(7) == {"for": 24, "against": 3, "abstain": 2}


def test_the_double_majority_fails_in_one_region() -> None:
    assert tally(4) == {"for": 52, "against": 13, "abstain": 3}
    assert 3 * 52 >= 2 * 75
    assert tally(4, "west") == {"for": 30, "against": 3, "abstain": 1}
    assert tally(4, "east") == {"for": 10, "against": 9, "abstain": 2}
    assert tally(4, "south") == {"for": 12, "against": 1}
    met = {"west": 30 >= 37 // 2 + 1, "east": 10 >= 23 // 2 + 1, "south": 12 >= 15 // 2 + 1}
    assert met == {"west": True, "east": False, "south": True}


def test_options_of_choices() -> None:
    assert [option["key"] for option in BALLOTS[5]["options"]] == ["tripoli", "sebha", "benghazi", "misrata"]
    assert [option["key"] for option in BALLOTS[6]["options"]] == ["tripoli", "sebha"]
    assert (BALLOTS[6]["previous"], BALLOTS[6]["round"]) == (5, 2)


def test_the_interim_edition() -> None:
    day = moment(OUTCOME["day"])
    assert moment(SESSIONS[1]["approved"]) < day < moment(SESSIONS[2]["starts"])
    assert OUTCOME["recommendations"] == [1, 2, 3, 4, 5]
    assert [(r["key"], r["language"]) for r in OUTCOME["region"]] == [
        ("recommendation:1/discussion", "ar"),
        ("recommendation:1/discussion", "en"),
        ("recommendation:1/discussion", "fr"),
    ]
    assert all("{{ballot:1}}" in r["text"] for r in OUTCOME["region"])
    received = [PEOPLE[s["author"]]["track"] for s in SUBMISSIONS.values() if moment(s["day"]) < day]
    assert Counter(received) == {"municipal": 20, "academic": 14, "cso": 16}
    for language in LANGUAGES:
        assert {"50", "20", "14", "16", "75", "45", "37", "23", "15"} <= set(
            re.findall(r"\d+", OUTCOME["method"][language])
        )
