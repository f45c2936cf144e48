"""Time zones and countries that are offered to whoever takes part from abroad, named in the reader's language by Babel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel.dates import get_timezone_location

from consult.folding import fold
from consult.i18n import LANGUAGES

#: One zone for each clock that Libyans abroad live by (IANA names); "" stands for Tripoli's.
ZONES: Sequence[str] = (
    *(
        f"Africa/{city}"
        for city in [
            "Abidjan",
            "Algiers",
            "Cairo",
            "Casablanca",
            "Johannesburg",
            "Khartoum",
            "Lagos",
            "Nairobi",
            "Ndjamena",
        ]
    ),
    *("Africa/Niamey", "Africa/Tripoli", "Africa/Tunis"),
    *(
        f"America/{city}"
        for city in ["Chicago", "Denver", "Halifax", "Los_Angeles", "New_York", "Sao_Paulo", "Toronto", "Vancouver"]
    ),
    *(
        f"Asia/{city}"
        for city in ["Amman", "Baghdad", "Bahrain", "Beirut", "Damascus", "Dubai", "Jakarta", "Karachi", "Kuala_Lumpur"]
    ),
    *(f"Asia/{city}" for city in ["Kuwait", "Muscat", "Qatar", "Riyadh", "Shanghai", "Singapore", "Tokyo"]),
    *("Australia/Perth", "Australia/Sydney", "Pacific/Auckland"),
    *(
        f"Europe/{city}"
        for city in ["Amsterdam", "Athens", "Berlin", "Brussels", "Bucharest", "Dublin", "Helsinki", "Istanbul", "Kyiv"]
    ),
    *(
        f"Europe/{city}"
        for city in ["Lisbon", "London", "Madrid", "Malta", "Moscow", "Oslo", "Paris", "Rome", "Sofia", "Stockholm"]
    ),
    *(f"Europe/{city}" for city in ["Vienna", "Warsaw", "Zurich"]),
)
#: Countries and territories of ISO 3166 as the Unicode CLDR knows them; not its groups and reserved codes.
COUNTRIES: frozenset[str] = frozenset(
    code
    for code in map(str, LANGUAGES["en"].locale.territories)
    if len(code) == 2
    and code.isalpha()
    and code not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA"}
)


@cache
def city(zone: str, code: str) -> str:
    """Return how the city of a time zone is called in a language."""
    return str(get_timezone_location(zone, locale=LANGUAGES[code].locale, return_city=True))


@cache
def zone_choices(code: str) -> Sequence[tuple[str, str]]:
    """Return the time zones with their cities' names, in the order of a language."""
    return sorted(((zone, city(zone, code)) for zone in ZONES), key=lambda choice: fold(choice[1]))


@cache
def country_choices(code: str) -> Sequence[tuple[str, str]]:
    """Return the countries with their names, in the order of a language."""
    names = LANGUAGES[code].locale.territories
    return sorted(((country, names.get(country, country)) for country in COUNTRIES), key=lambda choice: fold(choice[1]))
