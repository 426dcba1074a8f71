"""What the hotline asks Asterisk to do, each as one verb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calls.errors import NotFound, ProtocolError

from .errors import ActionRefused, BadAction
from .rows import AmiReply, ChannelRow, ContactRow

Headers = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]
"Headers of an action: a mapping (a list of values repeats the header) or pairs."


class AmiVerbs:
    """The verbs, on top of `action`. Each raises `LinkDown`, `ActionTimedOut` or `ActionRefused`."""

    async def action(self, name: str, headers: Headers = (), *, timeout: float | None = None) -> AmiReply:
        """Sends an action once and returns its answer."""
        raise NotImplementedError

    async def _done(self, name: str, headers: Headers = (), *, timeout: float | None = None) -> AmiReply:
        reply = await self.action(name, headers, timeout=timeout)
        if not reply.success:
            raise ActionRefused(name, reply.message)
        return reply

    async def core_show_channels(self, *, timeout: float | None = None) -> tuple[ChannelRow, ...]:
        """Every channel that exists."""
        reply = await self._done("CoreShowChannels", timeout=timeout)
        return tuple(ChannelRow.of(frame) for frame in reply.events)

    async def contacts(self, *, timeout: float | None = None) -> tuple[ContactRow, ...]:
        """Every telephone that is registered."""
        reply = await self.action("PJSIPShowContacts", timeout=timeout)
        # an empty list is an error to Asterisk
        if not reply.success and reply.message != "No Contacts found":
            raise ActionRefused("PJSIPShowContacts", reply.message)
        return tuple(ContactRow.of(frame) for frame in reply.events)

    async def hangup(self, channel: str, cause: int | None = None) -> bool:
        """Hangs a channel up, by its name or its uniqueid. False where it is already gone."""
        headers = {"Channel": one_channel(channel)}
        if cause is not None:
            headers["Cause"] = str(cause)
        return _found(await self.action("Hangup", headers), "Hangup")

    async def stop_playback(self, channel: str) -> bool:
        """Cuts off the file that a channel's AGI session plays, if it plays one. False where the channel is gone."""
        return _found(
            await self.action("ControlPlayback", {"Channel": one_channel(channel), "Control": "stop"}),
            "ControlPlayback",
        )

    async def redirect(self, channel: str, context: str, exten: str, priority: int = 1) -> bool:
        """Sends a channel to another place in the dialplan. False where it is gone."""
        headers = {"Channel": one_channel(channel), "Context": context, "Exten": exten, "Priority": str(priority)}
        reply = await self.action("Redirect", headers)
        if reply.message.startswith("Channel does not exist"):
            return False
        return _found(reply, "Redirect")

    async def set_var(self, channel: str, variable: str, value: str) -> bool:
        """Sets a channel's variable. False where the channel is gone."""
        return _found(
            await self.action("Setvar", {"Channel": one_channel(channel), "Variable": variable, "Value": value}),
            "Setvar",
        )

    async def press(self, channel: str, keys: str) -> bool:
        """Takes keys for pressed by the party of this channel, in order. False where the channel is gone."""
        for key in keys:
            # 1 ms means as short as asterisk.conf allows
            headers = {"Channel": one_channel(channel), "Digit": key, "Duration": "1", "Receive": "true"}
            reply = await self.action("PlayDTMF", headers)
            if reply.message.startswith("Channel not found"):
                return False
            _found(reply, "PlayDTMF")
        return True

    async def get_var(self, channel: str, variable: str) -> str:
        """A channel's variable or function, empty where it has none. Raises `NotFound` where the channel is gone."""
        reply = await self.action("Getvar", {"Channel": one_channel(channel), "Variable": variable})
        if not _found(reply, "Getvar"):
            raise NotFound(f"There is no channel {channel}")
        return reply.frame.get("value") or ""

    async def set_device_state(self, name: str, state: str) -> None:
        """Sets the state of a device of our own, which hints of the dialplan name as Custom:<name>."""
        await self._done("Setvar", {"Variable": f"DEVICE_STATE(Custom:{one_channel(name)})", "Value": state})

    async def command(self, text: str, *, timeout: float | None = None) -> tuple[str, ...]:
        """Runs a console command and returns the lines that it printed."""
        return (await self._done("Command", {"Command": text}, timeout=timeout)).frame.output()

    async def ping(self) -> None:
        """Returns when Asterisk answered."""
        await self._done("Ping")

    async def module_reload(self, name: str, *, timeout: float = 15.0) -> None:
        """Lets a module read its configuration again."""
        await self._done("Reload", {"Module": name}, timeout=timeout)

    async def originate(
        self,
        channel: str,
        *,
        channel_id: str,
        context: str,
        exten: str,
        priority: int = 1,
        ring_seconds: float = 30.0,
        caller_id: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Rings `channel` and connects it to a place in the dialplan. Returns when Asterisk took the order.

        How it ends comes as `OriginateEnded` with the same `channel_id`. That id, which must be new, is the channel's
        uniqueid: where the answer is lost (`ActionTimedOut`, `LinkDown`), look with `channel_exists`, never order
        again.
        """
        if not channel_id:
            raise BadAction("An Originate needs a channel_id, so that a lost answer can be resolved by looking")
        headers: dict[str, str | Sequence[str]] = {
            "Channel": channel,
            "ChannelId": channel_id,
            "Context": context,
            "Exten": exten,
            "Priority": str(priority),
            "Timeout": str(round(ring_seconds * 1000)),
            "Async": "true",
            "Variable": [_variable(name, value) for name, value in (variables or {}).items()],
        }
        if caller_id is not None:
            headers["CallerID"] = caller_id
        if channel.startswith("Local/"):
            headers["OtherChannelId"] = f"{channel_id};2"
        await self._done("Originate", headers)

    async def channel_exists(self, channel_id: str) -> bool:
        """Whether a channel of that uniqueid (or name) exists now. One never made and one that ended look alike."""
        headers = {"Channel": one_channel(channel_id), "Variable": "CHANNEL(uniqueid)"}
        return _found(await self.action("Getvar", headers), "Getvar")


def _found(reply: AmiReply, action: str) -> bool:
    if not reply.success and reply.message not in ("No such channel",):
        raise ActionRefused(action, reply.message)
    if reply.frame.get("response") is None:
        raise ProtocolError(f"AMI reply without response: {reply.frame.masked()}")
    return reply.success


def one_channel(channel: str) -> str:
    """The name of one channel. Raises `BadAction` for none and for a pattern."""
    # an empty name means "no channel", one between slashes is a pattern that hangs up every channel it matches
    if not channel or channel.startswith("/"):
        raise BadAction("A channel's name is empty or a pattern")
    return channel


def _variable(name: str, value: str) -> str:
    # a comma would begin another variable
    if any(character in value for character in ',"\\'):
        raise BadAction(f"The value of the variable {name} has a comma, a quote or a backslash")
    return f"{name}={value}"
