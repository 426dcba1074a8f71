"""One citizen's path from the menu to the end: what is wanted, step by step, until nothing more is."""

from __future__ import annotations

from agi_scripts.context import CallContext
from agi_scripts.pass_on import PassingOn
from agi_scripts.serve import Serving
from agi_scripts.wishes import Done, PassOn, Serve, Wish
from calls.events import EndedBy, TransferDoor
from ivr.flow import Outcome, ToHotline, ToQueue
from ivr.model import Flow


async def menu(context: CallContext, flow: Flow) -> Wish:
    """Take the caller through the line's flow."""
    outcome = await context.office.flows.run(flow, context.call, context.voice)
    return _wish_of(context, outcome)


async def fulfil(context: CallContext, wish: Wish) -> Done:
    """Do what is wanted and what follows from it; return how the last conversation ended.

    Raises SessionOver when the session ends: the caller left, or the call goes on elsewhere.
    """
    while not isinstance(wish, Done):
        wish = await (Serving(context, wish) if isinstance(wish, Serve) else PassingOn(context, wish)).run()
    if wish.prompts:
        await context.voice.say(wish.prompts, context.call.language)
    return wish


def _wish_of(context: CallContext, outcome: Outcome) -> Wish:
    definitions = context.definitions
    match outcome:
        case ToQueue():
            return Serve(definitions.queues[outcome.queue_id])
        case ToHotline():
            return PassOn(definitions.hotlines.by_id(outcome.hotline_id), TransferDoor.MENU_KEY)
        case _:
            return Done(EndedBy.SERVICE, outcome.prompts)
