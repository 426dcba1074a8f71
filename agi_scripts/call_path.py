"""One citizen's path from the menu to the end: what is wanted, step by step, until nothing more is."""

from __future__ import annotations

from agi_scripts.asking_callback import AskingCallback
from agi_scripts.context import CallContext
from agi_scripts.pass_on import PassingOn
from agi_scripts.serve import Serving
from agi_scripts.visit import CallVisit
from agi_scripts.wishes import AskCallback, CallMovesOn, Done, PassOn, Serve, Walk, Wish
from calls.events import EndedBy, FlowEntered, TransferDoor
from ivr.steps import Outcome, ToHangUp, ToHotline, ToQueue


async def fulfil(context: CallContext, wish: Wish) -> Done:
    """Do what is wanted and what follows from it; return how the last conversation ended.

    Raises SessionOver when the session ends: the caller left, or the call goes on elsewhere; CallMovesOn where it is
    known what is wanted there.
    """
    while not isinstance(wish, Done):
        if context.moves_on:
            raise CallMovesOn(wish)
        match wish:
            case Serve():
                wish = await Serving(context, wish).run()
            case AskCallback():
                wish = await AskingCallback(context, wish).run()
            case PassOn():
                wish = await PassingOn(context, wish).run()
            case Walk():
                wish = await _walk(context, wish)
    if wish.prompts:
        await context.voice.say(wish.prompts, context.call.language, values=context.values(wish.values))
    return wish


async def _walk(context: CallContext, wish: Walk) -> Wish:
    """Take the caller through a flow."""
    office, call = context.office, context.call
    office.record(
        FlowEntered(
            at=office.clock(),
            call_id=call.call_id,
            flow_id=wish.flow_id,
            rule=wish.rule,
            version=context.definitions.version,
        )
    )
    outcome = await office.flows.run(
        context.definitions.flows, wish.flow_id, call, context.voice, CallVisit(context), wish.before
    )
    return _wish_of(context, outcome, wish)


def _wish_of(context: CallContext, outcome: Outcome, walk: Walk) -> Wish:
    definitions = context.definitions
    match outcome:
        case ToQueue():
            return Serve(definitions.queues[outcome.queue_id])
        case ToHotline():
            return PassOn(definitions.hotlines.by_id(outcome.hotline_id), TransferDoor.MENU_KEY)
        case ToHangUp():
            return Done(walk.ended_by or EndedBy.SERVICE, outcome.prompts, walk.hangup_cause, outcome.values)
