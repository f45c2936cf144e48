"""Best match first: which step of the ranking a text stands on, for whatever is asked.

How much a word is of a text has three levels: the title has it; it is there *often*; it is there. The index holds each word
once more, with a mark, for each level that it reaches. What is found stands in steps by the lowest and the highest level that
the words of the question reach in it, best first, and on each step the newest first. So each step is a question to the index
like any other, all that is found is ranked, and both databases rank alike. How rare a word is does not count: every new text
would turn the order of the others round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from consult.search.question import MARKS, Field, Question

#: Often is so many times at least, and once in so many words of a longer text.
TIMES, IN_WORDS = 3, 100
#: What stands before a word in the index that reaches a level: it is there, often, in the title.
LEVELS = ("", "\u203b", MARKS[Field.TITLE])
#: The lowest and the highest level that the words of a question reach.
Step = tuple[int, int]
#: Best first.
STEPS: Sequence[Step] = ((2, 2), (1, 2), (1, 1), (0, 2), (0, 1), (0, 0))


def often(title: Collection[str], words: Sequence[str]) -> set[str]:
    """Return the words of a text that reach the second level: those of its title, and those that it has often."""
    least = max(TIMES, -(-len(words) // IN_WORDS))
    return {*title, *(word for word, times in Counter(words).items() if times >= least)}


def ranked(question: Question) -> list[tuple[str, bool]]:
    """Return the words that count in the ranking, each with whether it is the beginning of one."""
    found = [(word, term.open and word == term.words[-1]) for term in question.terms for word in term.words]
    return list(dict.fromkeys(found))


def steps_of(question: Question) -> Sequence[Step]:
    """Return the steps on which a text can stand, best first."""
    alone = len(ranked(question)) == 1
    return [step for step in STEPS if not alone or step[0] == step[1]]


def step_in(folded: str, question: Question) -> Step:
    """Return the step on which a folded text of the index stands."""
    title, words, marked = [], [], (MARKS[Field.TITLE], MARKS[Field.BODY])
    for word in folded.split():
        if word.startswith(marked[0]):
            title.append(word[1:])
        elif word != "|" and not word.startswith(marked[1]):
            words.append(word)
    reached = dict.fromkeys(often(title, words), 1) | dict.fromkeys(title, 2)
    levels = [
        max(
            (level for word, level in reached.items() if word == asked or (begun and word.startswith(asked))), default=0
        )
        for asked, begun in ranked(question)
    ]
    return min(levels), max(levels)
