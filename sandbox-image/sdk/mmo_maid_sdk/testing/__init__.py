"""Tests of plugins without a host: a context that records what a handler does, events to give it, a clock to turn.

::

    from mmo_maid_sdk.testing import MockContext, make_event

    def test_ping():
        ctx = MockContext()
        on_message(ctx, make_event("message_create", content="!ping"))
        assert ctx.messages_sent[0]["content"] == "Pong!"

The mock is as strict as the host: a call without its capability, one too many a minute, a value that is too large all
fail as they would there. ``MockContext(lenient=True)`` is as forgiving as the mock of the published SDK.
"""

from ._clock import MockClock
from ._context import MockContext
from ._events import make_event, make_full_event

# These classes belong to this module, whatever file they are in.
for _part in (MockClock, MockContext, make_event, make_full_event):
    _part.__module__ = __name__
del _part

__all__ = ["MockClock", "MockContext", "make_event", "make_full_event"]
