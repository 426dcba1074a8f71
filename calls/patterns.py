"""How ids, numbers and names look: narrow, since they go into dial strings, file names, topics and Asterisk files."""

from __future__ import annotations

from collections.abc import Iterable

ID_PATTERN = "^[a-z][a-z0-9_]{0,39}$"
"Ids of flows, nodes, queues, hotlines, skills, prompts, lines and trunks: small letters, digits, underscore."

NUMBER_PATTERN = r"^\+?[0-9]{2,20}$"
"A telephone number as it is dialled: digits, with a + in front where wanted. No spaces, no hyphens."

NUMBER_RANGE_PATTERN = r"^\+?[0-9]{2,20}\*?$"
"A telephone number, or with a * at the end every number that begins so."

OPERATOR_ID_PATTERN = "^[0-9]{2,8}$"
"An operator's number, by which colleagues and reports know them."

SHARED_PHONE_PATTERN = "^[0-9]{1,8}$"
"The number of a phone that is nobody's own."

LANGUAGE_PATTERN = "^[a-z]{2,3}$"
"A language's ISO 639 code: zh, en."

MENU_KEY_PATTERN = "^[0-9*#]$"
"One key of a telephone."

SIP_URI_PATTERN = "^sip:[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$"
"The fixed SIP address of a phone."

HOTLINE_KEY_PATTERN = "^[0-9]{2}$"
"Two digits that an operator presses after *1."

NAME_PATTERN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\x22<>;\\${}\[\]]{1,80}$"
"A name that people read and that may stand in a SIP header or in an Asterisk file: no control or quoting characters."

TEXT_PATTERN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,1000}$"
"A text that is spoken: one line."

TABLE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.csv$"
"A table beside the configuration's other files."

LIST_FILE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.txt$"
"A list of numbers beside the configuration's other files, one on each line."

URL_TEMPLATE_PATTERN = r"^https?://[A-Za-z0-9.\[\]:-]+(/[^\s\x00-\x1f\x7f]{0,500})?$"
"An HTTP address whose path may hold variables; the host is fixed."

DIAL_PATTERN_PATTERN = r"^\+?(?:[0-9XNZ]|\[(?:[0-9](?:-[0-9])?)+\]){3,20}\*?$"
"Numbers that may be dialled: digits, X 0-9, Z 1-9, N 2-9, a set such as [3-9]; with a * at the end any rest."

PREFIX_PATTERN = r"^\+?[0-9]{1,6}$"
"The beginning of a number, such as +86."

EMERGENCY_NUMBERS = frozenset({"110", "119", "120", "122"})
"Police, fire, ambulance, traffic police: nobody is ever kept from them, and we never call them."


def plain_number(written: str, prefixes: Iterable[str]) -> str:
    """Return a number without the first of these beginnings that it has."""
    return next((written[len(prefix) :] for prefix in prefixes if written.startswith(prefix)), written)
