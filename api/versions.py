"""What a client has read already: marks of versions (`ETag`), asked for to edit and given back to ask for news."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Request

from api.errors import RefusedError

NO_VERSION: Final = "found no If-Match, expected the ETag of what was read, read it and send its ETag along"
NO_MARK: Final = 'found an If-Match that is not one mark such as "4", expected the ETag of what was read, send that'
VERSION: Final = re.compile(r'"(\d{1,15})"', re.ASCII)
MARK: Final = re.compile(r'(?:W/)?("[^"]*")')


def etag(version: int) -> str:
    """Return the mark of a version."""
    return f'"{version}"'


def version_read(
    match: Annotated[
        str | None, Header(alias="If-Match", description="The ETag of what was read: 428 without it, 412 for another.")
    ] = None,
) -> int:
    """Return the version that the client has read.

    Weak marks, lists and `*` name no version that somebody has seen, and so protect no edit: they are refused.

    Raises
    ------
    RefusedError
        428 when the header is missing, 412 when it is no mark that we give.
    """
    if match is None:
        raise RefusedError(428, NO_VERSION)
    found = VERSION.fullmatch(match.strip())
    if found is None:
        raise RefusedError(412, NO_MARK)
    return int(found[1])


def unchanged(request: Request, mark: str) -> bool:
    """Tell whether a client has this version already (`If-None-Match`: a list, weak or not; RFC 9110, 13.1.2).

    A proxy that compresses makes marks weak on their way.
    """
    known = ",".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or mark.removeprefix("W/") in MARK.findall(known)


VersionDep = Annotated[int, Depends(version_read)]
