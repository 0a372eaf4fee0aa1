"""Measures on !calls, from inside the worker, how long each call to the host takes, and logs the times."""

import time

from mmo_maid_sdk import Plugin

KEY = "bench:a-key-of-usual-length"
# Short bursts with naps between them stay within a quarter of a core; a longer one would measure the throttle.
BURSTS = 20
CALLS_IN_BURST = 20
NAP_SECONDS = 0.03

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] == "!calls":
        ctx.kv.set(KEY, 1)
        ctx.log("calls_us " + " ".join(map(str, measure(ctx.kv.get))))


def measure(get):
    """Returns the microseconds of each call."""
    clock, times = time.perf_counter_ns, []
    for _ in range(BURSTS):
        time.sleep(NAP_SECONDS)
        for _ in range(CALLS_IN_BURST):
            start = clock()
            value = get(KEY)
            times.append((clock() - start) // 1000)
            if value != 1:
                raise ValueError(f"the host answered {value!r}")
    return times


plugin.run()
