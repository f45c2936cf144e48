"""Numbers of people in danger: shown only where nobody can be told by them. Pure, without the database."""

from __future__ import annotations

from collections.abc import Mapping

#: A number under this is not shown: few enough that somebody could be told by it.
SMALLEST_SHOWN = 3


def shown_counts(counts: Mapping[str, int]) -> Mapping[str, int | None] | None:
    """Return counts with the small ones hidden (None); None instead of all where no other can be shown.

    The total is known to everybody, so a hidden number could be reckoned from the shown ones, or from knowing that it is
    small. The smallest shown ones are therefore hidden too, equal ones together, until the hidden ones share more than
    small ones can (secondary suppression, as in the Handbook on Statistical Disclosure Control, ESSnet 2010). A zero
    points at nobody and is shown.
    """
    counted = {key: count for key, count in counts.items() if count}
    hidden = {key for key, count in counted.items() if count < SMALLEST_SHOWN}
    if not hidden:
        return dict(counts)
    for size in sorted({count for key, count in counted.items() if key not in hidden}):
        if sum(counted[key] for key in hidden) > (SMALLEST_SHOWN - 1) * len(hidden):
            break
        hidden |= {key for key, count in counted.items() if count == size}
    if len(hidden) == len(counted):
        return None
    return {key: None if key in hidden else count for key, count in counts.items()}
