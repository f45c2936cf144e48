"""Campaigns among planted letters: every copy found, nobody else's text, opposite demands flagged."""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Thread

import pytest

from consult.submissions.campaigns.likeness import Campaign, Letter, find_campaigns
from consult.submissions.campaigns.likeness.alignment import Change, Model
from consult.submissions.campaigns.likeness.lexicon import Kind, lexicons
from consult.submissions.campaigns.likeness.lines import LetterFile
from consult.submissions.campaigns.likeness.stance import opposed
from consult.submissions.campaigns.likeness.wording import wording
from consult.testing.letters import LEVELS, Original, Planted, copy, originals, planted


def search(texts: Sequence[Planted]) -> list[Campaign[int]]:
    return find_campaigns(Letter(text.id, text.language, text.text) for text in texts)


@dataclass(frozen=True)
class Searched:
    """A planted corpus and what was found in it."""

    texts: dict[int, Planted]
    campaigns: list[Campaign[int]]

    def names(self, campaign: Campaign[int]) -> set[str]:
        """The letters of which a found campaign has copies; "" for the texts of others."""
        return {self.texts[member].campaign for member in campaign.members}


@pytest.fixture(scope="module")
def searched() -> Searched:
    texts = planted(2026)
    return Searched({text.id: text for text in texts}, search(texts))


def test_every_campaign_is_one_group_without_foreign_texts(searched: Searched) -> None:
    assert sorted(map(sorted, map(searched.names, searched.campaigns))) == sorted([o.name] for o in originals())


def test_copies_are_found_at_every_level(searched: Searched) -> None:
    found = Counter(
        searched.texts[member].level
        for campaign in searched.campaigns
        for member in campaign.members
        if not searched.texts[member].flipped
    )
    assert found == {0: 72, 1: 72, 2: 72, 3: 72}


def test_opposite_demands_are_flagged_and_hardly_any_others(searched: Searched) -> None:
    flagged = Counter(searched.texts[member].flipped for campaign in searched.campaigns for member in campaign.opposed)
    assert flagged == {True: 48, False: 4}  # of 288
    assert not any(searched.texts[campaign.representative].flipped for campaign in searched.campaigns)


def test_the_representative_is_the_letter_as_it_was_written(searched: Searched) -> None:
    assert {searched.texts[campaign.representative].level for campaign in searched.campaigns} == {0}


def test_campaigns_come_in_order_of_their_first_text_and_members_too(searched: Searched) -> None:
    places = {number: place for place, number in enumerate(searched.texts)}
    firsts = [places[campaign.members[0]] for campaign in searched.campaigns]
    assert firsts == sorted(firsts)
    assert all(list(c.members) == sorted(c.members, key=places.__getitem__) for c in searched.campaigns)


def test_the_order_of_texts_changes_neither_groups_nor_flags(searched: Searched) -> None:
    texts = list(searched.texts.values())
    random.Random(1).shuffle(texts)
    again = search(texts)
    assert {(frozenset(c.members), frozenset(c.opposed)) for c in again} == {
        (frozenset(c.members), frozenset(c.opposed)) for c in searched.campaigns
    }


@pytest.mark.parametrize("level", LEVELS)
def test_a_campaign_nobody_sent_as_it_was_written_is_found(level: int) -> None:
    chance = random.Random(level)
    texts = [
        Planted(number * 10 + i, letter.language, copy(letter, level, chance), letter.name)
        for number, letter in enumerate(originals())
        for i in range(10)
    ]
    found = search(texts)
    names = {text.id: text.campaign for text in texts}
    assert all(len({names[member] for member in campaign.members}) == 1 for campaign in found)
    assert sum(len(campaign.members) for campaign in found) == (120, 120, 120, 108)[level]


def test_two_letters_with_a_half_in_common_are_two_campaigns() -> None:
    first, second = originals()[0], originals()[2]
    shared = originals()[3].sentences[:3]
    chance = random.Random(4)
    letters = [Original(o.name, "en", (*shared, *o.sentences[:4]), {}) for o in (first, second)]
    texts = [
        Planted(i * 100 + n, "en", copy(letter, n % 3, chance)) for i, letter in enumerate(letters) for n in range(12)
    ]
    assert [set(c.members) for c in search(texts)] == [set(range(12)), set(range(100, 112))]


def test_many_small_campaigns_in_one_language_are_told_apart() -> None:
    chance = random.Random(8)
    words = sorted({word for o in originals() if o.language == "en" for text in o.sentences for word in text.split()})
    letters = [" ".join(chance.choices(words, k=70)) for _ in range(300)]
    texts = [Letter((number, i), "en", text) for i in range(2) for number, text in enumerate(letters)]
    assert [c.members for c in find_campaigns(texts)] == [((n, 0), (n, 1)) for n in range(300)]


def test_a_text_that_says_two_words_without_end_is_compared_in_reasonable_time() -> None:
    endless = "open the road " * 20_000
    assert opposed(wording(endless), [wording(f"{endless} close")], [1], "en") == []


def test_questions_with_a_phrase_in_common_are_no_campaign() -> None:
    words = ["البيتزا", "القهوة", "الخبز", "السمك", "الأرز", "التمر", "العدس", "الحساء", "الكعك", "الجبن"]
    texts = [f"من طرق تحضير {a} مع {b} في البيت" for a in words for b in words if a != b]
    assert find_campaigns(Letter(n, "ar", text) for n, text in enumerate(texts)) == []


@pytest.mark.parametrize(("times", "found"), [(2, 0), (5, 0), (6, 1)])
def test_a_short_sentence_is_a_campaign_when_many_send_it(times: int, found: int) -> None:
    slogan = "Keep the ferry to the small islands running in winter!"
    texts = [slogan.upper() if n % 2 else slogan for n in range(times)]
    assert len(find_campaigns(Letter(n, "en", text) for n, text in enumerate(texts))) == found


def test_one_text_many_times_is_like_itself() -> None:
    text = " ".join(originals()[4].sentences)
    letters = [Letter(n, "fr", text) for n in range(3000)]
    assert find_campaigns(letters) == [Campaign(0, tuple(range(3000)), (), 1.0)]


def test_texts_without_words_and_no_texts_make_no_campaign() -> None:
    assert find_campaigns([]) == []
    assert find_campaigns([Letter(n, "en", text) for n, text in enumerate(["", "  ", "!?", "…", "", "\ud800"])]) == []


def test_progress_ends_at_one() -> None:
    shares: list[float] = []
    find_campaigns([Letter(n, "en", "One sentence " * 30) for n in range(3)], shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


#: A sentence and one that demands the opposite, one change each.
OPPOSITE = {
    "en": [
        ("We want the dam to be built this year.", "We do not want the dam to be built this year."),
        ("Taxes on bread must fall.", "Taxes on bread must rise."),
        ("We call for an end to the curfew.", "We call for an extension of the curfew."),
        ("Please vote yes on the third article.", "Please vote no on the third article."),
        ("The camp must never be closed.", "The camp must be closed."),
        ("The minister must resign.", "The minister must remain in office."),
        ("Lift the ban on night fishing.", "Uphold the ban on night fishing."),
        ("Make the course compulsory.", "Make the course optional."),
        ("We are happy with the plan.", "We are unhappy with the plan."),
        ("Hearings should take place in public.", "Hearings should take place behind closed doors."),
    ],
    "fr": [
        ("Nous voulons ce barrage.", "Nous ne voulons pas de ce barrage."),
        ("Les impôts sur le pain doivent baisser.", "Les impôts sur le pain doivent monter."),
        ("Votez oui au troisième article.", "Votez non au troisième article."),
        ("Le ministre doit partir.", "Le ministre doit rester."),
        ("Cette loi est juste.", "Cette loi est injuste."),
        ("Laissez entrer les camions.", "Ne laissez pas entrer les camions."),
        ("Associez les femmes au conseil.", "Écartez les femmes du conseil."),
        ("Les séances doivent être publiques.", "Les séances doivent se tenir à huis clos."),
    ],
    "ar": [
        ("نريد بناء السد هذا العام.", "لا نريد بناء السد هذا العام."),
        ("يجب خفض الضرائب على الخبز.", "يجب رفع الضرائب على الخبز."),
        ("نحن مع القانون الجديد.", "نحن ضد القانون الجديد."),
        ("على الوزير أن يستقيل.", "على الوزير أن يبقى في منصبه."),
        ("ندعو إلى التعجيل بالانتخابات.", "ندعو إلى تأجيل الانتخابات."),
        ("يجب أن تكون الجلسات علنية.", "يجب أن تكون الجلسات سرية."),
        ("نطالب بإشراك النساء في المجلس.", "نطالب باستبعاد النساء من المجلس."),
        ("وسعوا صلاحيات البلديات.", "قلصوا صلاحيات البلديات."),
    ],
}
#: A sentence and another way to put it, or another matter.
NOT_OPPOSITE = {
    "en": [
        ("We reject the plan.", "We do not accept the plan."),
        ("The road to the port needs lamps.", "The road to the school needs lamps."),
        ("Please build a clinic near us.", "Please set up a clinic close to us."),
    ],
    "fr": [
        ("Nous rejetons le plan.", "Nous n'acceptons pas le plan."),
        ("Réparez le pont.", "Remettez le pont en état."),
    ],
    "ar": [
        ("نرفض الخطة.", "لا نقبل الخطة."),
        ("طريق الميناء يحتاج إلى مصابيح.", "طريق المدرسة يحتاج إلى مصابيح."),
    ],
}
AROUND = {
    "en": "We write on behalf of the residents of the upper valley. {} Thank you for your attention and for our children.",
    "fr": "Nous écrivons au nom des habitants de la haute vallée. {} Merci de l'attention que vous portez à nos enfants.",
    "ar": "نكتب إليكم باسم سكان الوادي الأعلى. {} شكرا لاهتمامكم بهذا الموضوع وبأطفال مدينتنا.",
}


def turned(one: str, other: str, language: str) -> list[int]:
    texts = [wording(AROUND[language].format(sentence)) for sentence in (one, one, other)]
    return opposed(texts[0], texts[1:], [20, 1], language)


@pytest.mark.parametrize(("language", "one", "other"), [(k, *pair) for k, pairs in OPPOSITE.items() for pair in pairs])
def test_one_demand_turned_round_is_seen_both_ways(language: str, one: str, other: str) -> None:
    assert turned(one, other, language) == [1]
    assert turned(other, one, language) == [1]


@pytest.mark.parametrize(
    ("language", "one", "other"), [(k, *pair) for k, pairs in NOT_OPPOSITE.items() for pair in pairs]
)
def test_other_words_for_the_same_demand_are_not_flagged(language: str, one: str, other: str) -> None:
    assert turned(one, other, language) == []
    assert turned(other, one, language) == []


def test_a_language_without_a_lexicon_has_no_flags() -> None:
    assert opposed("wir sind dafur", ["wir sind dagegen"], [1], "de") == []


def test_changes_are_found_whatever_the_order_of_sentences() -> None:
    model = Model(wording("The bridge must be repaired soon. No lorry may cross it before that. We thank you all."))
    words, changes, agreeing = model.changes("we thank you all . a lorry may cross it before that . the bridge must be")
    assert changes == [Change(6, 7, 4, 5, edge=True), Change(4, 6, 15, 15, edge=True)]
    assert (words[4:5], agreeing) == (["a"], 14)


def test_no_word_stands_on_both_sides_of_an_axis() -> None:
    with (files("consult.submissions.campaigns.likeness") / "opposites.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["language"] for row in rows} == {"ar", "en", "fr"} == set(lexicons())
    assert {row["kind"] for row in rows} <= {kind.value for kind in Kind}
    for row in rows:
        one, other = row["one"].split(), row["other"].split()
        assert not set(one) & set(other), row["axis"]
        assert len(set(one)) == len(one), row["axis"]
        assert len(set(other)) == len(other), row["axis"]


def test_texts_are_read_again_for_groups_only_and_found_as_if_they_were_kept() -> None:
    """Memory holds sketches of all and the words of one group at a time."""
    texts = {text.id: text for text in planted(3)}
    letters = [Letter(text.id, text.language, text.text) for text in texts.values()]
    asked: list[int] = []

    def again(ids: Sequence[int]) -> Iterator[str]:
        asked.extend(ids)
        return (texts[one].text for one in ids)

    found = find_campaigns(letters, again=again)
    assert found == find_campaigns(letters)
    assert len(found) == 12
    assert {texts[one].campaign for one in asked} == {one.name for one in originals()}


@pytest.mark.parametrize("first", [b"", b"\xef\xbb\xbf"])
def test_a_file_of_letters_is_read_again_at_its_lines(first: bytes, tmp_path: Path) -> None:
    """Whatever numbers or words are the ids; what comes through a pipe is not read twice."""
    rows = [{"id": one, "text": f"نص {one}"} for one in (1, "one", 2.5, "2.50")]
    file = tmp_path / "letters.jsonl"
    file.write_bytes(first + b"\n\r\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows))
    read: list[int] = []
    with LetterFile(file, read.append) as source:
        assert [letter.id for letter in source.letters()] == [row["id"] for row in rows]
        assert source.again is not None
        assert list(source.again([2.5, 1, "2.50", "one"])) == ["نص 2.5", "نص 1", "نص 2.50", "نص one"]
        assert (source.read, sum(read)) == (4, file.stat().st_size)
    with LetterFile(_pipe(tmp_path, file.read_bytes())) as piped:
        assert piped.again is None
        assert len(list(piped.letters())) == 4


def _pipe(folder: Path, content: bytes) -> Path:
    """Return a pipe through which content comes."""
    path = folder / "pipe"
    os.mkfifo(path)
    Thread(target=path.write_bytes, args=(content,), daemon=True).start()
    return path
