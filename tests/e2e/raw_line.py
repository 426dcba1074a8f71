"""One dialog of a phone that is made by hand, and the credentials that a registrar wants."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import quote

from hotline.actors.ears import Ear


@dataclass(slots=True)
class Line:
    """One dialog of the phone."""

    call_id: str
    local: str
    "Our side of the dialog, as it stands in From of our requests."
    remote: str
    target: str
    "Request-URI of requests in the dialog."
    ear: Ear
    cseq: int = 1
    media_to: tuple[str, int] | None = None
    established: bool = False
    over: bool = False
    refused: str = ""
    "The first line of the reply to an INVITE that led to nothing."
    notified: list[str] = field(default_factory=list)
    "What NOTIFY told of a REFER, as in `SIP/2.0 404 Not Found`."
    invite: str = ""
    keys: deque[bytes] = field(default_factory=deque)
    "RFC 4733 events that are still to be sent, in the place of voice."

    def replaces(self) -> str:
        """Return the parameter of Refer-To that names this dialog."""
        tags = [re.search(r";tag=([^;\s]+)", party) for party in (self.remote, self.local)]
        assert all(tags)
        to_tag, from_tag = (tag[1] for tag in tags if tag)
        return quote(f"{self.call_id};to-tag={to_tag};from-tag={from_tag}", safe="")


def digest(challenge: str, user: str, password: str, method: str, uri: str, count: int) -> str:
    """Return the Authorization line that answers a challenge (RFC 3261 section 22.4), as the `count`-th request."""
    words = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    nc, own = f"{count:08x}", "abcdef"
    first = _md5(f"{user}:{words['realm']}:{password}")
    answer = _md5(f"{first}:{words['nonce']}:{nc}:{own}:auth:{_md5(f'{method}:{uri}')}")
    return (
        f'Authorization: Digest username="{user}", realm="{words["realm"]}", nonce="{words["nonce"]}", '
        f'uri="{uri}", response="{answer}", algorithm=MD5, qop=auth, nc={nc}, cnonce="{own}"'
        + (f', opaque="{words["opaque"]}"' if "opaque" in words else "")
        + "\r\n"
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
