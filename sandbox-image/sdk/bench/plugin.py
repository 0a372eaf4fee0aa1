"""The plugin that the benchmark runs with each SDK."""

import time

from mmo_maid_sdk import Plugin

plugin = Plugin()


@plugin.on_dashboard("ping")
def ping(ctx, params):
    return {"value": 1}


@plugin.on_dashboard("calls")
def calls(ctx, params):
    """Return how long each of many calls to the host took, in seconds."""
    clock, get = time.perf_counter, ctx.kv.get
    times = []
    for _ in range(params["count"]):
        start = clock()
        get("a-key-of-usual-length")
        times.append(clock() - start)
    return {"times": times}


@plugin.on_event("message_create")
def message(ctx, event):
    pass


plugin.run()
