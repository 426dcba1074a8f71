"""Everything that the templates of the Asterisk configuration need to know, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calls.phones import home_phone, shared_phone


@dataclass(frozen=True, slots=True)
class AsteriskFolders:
    """Where one Asterisk keeps what. Nothing is shared with another one but modules and data."""

    etc: Path
    "The rendered configuration; replaced as a whole by every rendering."
    modules: Path
    "Loadable modules of the program; read only."
    data: Path
    "The program's own data (its documentation, without which it refuses settings); read only."
    lib: Path
    db: Path
    "Registrations of phones live here and survive a restart."
    keys: Path
    agi_bin: Path
    "Scripts that Asterisk itself may run: the emergency path only."
    spool: Path
    run: Path
    log: Path

    @classmethod
    def under(cls, base: Path, *, modules: Path, data: Path) -> AsteriskFolders:
        """Return the usual layout under `base`, for the program's modules and data."""
        return cls(
            etc=base / "etc",
            modules=modules,
            data=data,
            lib=base / "lib",
            db=base / "db",
            keys=base / "keys",
            agi_bin=base / "agi-bin",
            spool=base / "spool",
            run=base / "run",
            log=base / "log",
        )

    @property
    def legs(self) -> Path:
        """Return Asterisk's own record of every leg (see cel.conf), one line of comma-separated text per event."""
        return self.log / "cel-custom" / "legs.csv"

    def writable(self) -> tuple[Path, ...]:
        """Return the folders that must exist before Asterisk starts."""
        return (self.lib, self.db, self.keys, self.agi_bin, self.spool, self.run, self.log, self.legs.parent)


@dataclass(frozen=True, slots=True)
class PhonePlan:
    """One phone: an operator's own, or a shared one."""

    operator_id: str
    "The operator's number; of a shared phone its own."
    name: str
    secret: str = field(repr=False)
    "Password for digest authentication."
    contact: str | None = None
    "Fixed address (host:port or sip:...) of a phone that does not register; None: it registers."
    shared: bool = False

    @property
    def endpoint(self) -> str:
        """Return the name of endpoint, address of record and user: op1001, desk7."""
        return shared_phone(self.operator_id) if self.shared else home_phone(self.operator_id)

    @property
    def contact_uri(self) -> str | None:
        """Return the fixed address as a SIP URI."""
        if self.contact is None or self.contact.startswith(("sip:", "sips:")):
            return self.contact
        return f"sip:{self.endpoint}@{self.contact}"


@dataclass(frozen=True, slots=True)
class TrunkPlan:
    """One line to the telephone network."""

    id: str
    address: str
    "Where calls are sent, as host:port."
    inbound_from: tuple[str, ...]
    "Addresses or networks that calls may come from; nobody else reaches the hotline."

    @property
    def endpoint(self) -> str:
        """Return the endpoint's name: trunk-city."""
        return f"trunk-{self.id}"


@dataclass(frozen=True, slots=True)
class HotlinePlan:
    """One hotline that an operator passes a caller on to with *1 and its key."""

    id: str
    number: str
    trunk: str
    key: str
    aliases: tuple[str, ...] = ()
    "Retired numbers that still mean it."

    @property
    def names(self) -> tuple[str, ...]:
        """Return what a phone may send a caller to, by hand or by a speed-dial key: the number, or ** and the key."""
        return (self.number, f"**{self.key}", *self.aliases)

    @property
    def features(self) -> str:
        """Return the names of its keys in features.conf: pass on, ask first, speak all three."""
        return f"{self.id}#ask-{self.id}#all-{self.id}"


@dataclass(frozen=True, slots=True)
class MusicClass:
    """What a waiting caller hears: the sound files of one folder, in turn."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """What Asterisk itself runs for a caller when the service cannot be reached."""

    command: tuple[str, ...]
    "Program and first arguments; the path of the document is added as the last one."
    document: Mapping[str, object]
    "What the program needs to know; written as JSON beside the configuration."


ATTEMPT_EVENT = "hotline_attempt"
"""What a leg's note of its attempt is called in Asterisk's own record."""

ASKS_FIRST = "D"
"""What the service presses for an operator who asks a hotline first: a key that telephones don't have."""


CITIZENS = "citizen"
"""The dialplan context in which a citizen's channel begins a session."""


@dataclass(frozen=True, slots=True)
class AsteriskPlan:
    """One Asterisk, complete."""

    folders: AsteriskFolders
    bind: str
    "The one address that everything listens on."
    sip_port: int
    ami_port: int
    agi_address: str
    "Where the service answers, as host:port."
    rtp_first: int
    rtp_last: int
    ami_secret: str = field(repr=False)
    emergency: EmergencyPlan
    ami_user: str = "hotline"
    phones: tuple[PhonePlan, ...] = ()
    queues: tuple[str, ...] = ()
    "Ids of call queues, whose state phones can show."
    trunks: tuple[TrunkPlan, ...] = ()
    hotlines: tuple[HotlinePlan, ...] = ()
    music: tuple[MusicClass, ...] = ()
    "The first one is what callers hear where nothing else is named."
    failed_sound: str = ""
    "What an operator hears when a hotline that they asked can't be had, without its suffix."
    attempt_event: str = ATTEMPT_EVENT
    consult_code: str = ASKS_FIRST
    system_name: str = "hotline"
    "Prefix of every channel's unique id, so that two Asterisks never give the same."
    entry_tries: int = 10
    "How often a call is offered to a service that cannot be reached, or was lost, before the emergency path."
    entry_pause_seconds: int = 1
    internal_ring_seconds: int = 30
    "How long a colleague's phone rings."
    max_calls: int = 3000
    "Calls at most; what comes beyond is refused at once rather than everybody served badly."

    @property
    def emergency_document(self) -> Path:
        """Return where the emergency path's document is written."""
        return self.folders.etc / "emergency.json"
