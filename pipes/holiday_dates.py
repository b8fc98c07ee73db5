"""Public holidays as dates, resolved once: when a definition is published, or when it is checked.

They are kept with the version, so that a later release of the library changes no deadline.
"""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

import holidays

from pipes.definition import HolidayRegion


class UnknownRegion(ValueError):
    """No holidays are known for the region; the message says which are near."""


def resolve_holidays(region: HolidayRegion, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a region in these years.

    Raises:
        UnknownRegion: The country or its subdivision is not known.
    """
    known = holidays.list_supported_countries(include_aliases=True)
    if region.country not in known:
        close = get_close_matches(region.country.upper(), known, n=1)
        hint = f" Did you mean {close[0]}?" if close else " Write an ISO 3166 code such as BR."
        raise UnknownRegion(f"No holidays are known for “{region.country}”.{hint}")
    subdivisions = known[region.country]
    if region.subdivision is not None and region.subdivision not in subdivisions:
        close = get_close_matches(region.subdivision, subdivisions, n=3)
        near = close or list(subdivisions)[:12]
        raise UnknownRegion(
            f"{region.country} has no subdivision “{region.subdivision}”; near are"
            f" {', '.join(near) or 'none'}."
        )
    return frozenset(
        holidays.country_holidays(region.country, subdiv=region.subdivision, years=list(years))
    )
