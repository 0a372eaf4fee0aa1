"""Writes keys as fast as it may and logs each one only after its write was acknowledged."""

import time

from mmo_maid_sdk import Plugin, RateLimitError

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event.get("author_bot"):
        return
    if event["content"] == "!write":
        write(ctx)
    elif event["content"] == "!check":
        keys = []
        while True:
            page = ctx.kv.list(prefix="n:", limit=100) if not keys else newer(ctx, keys[-1])
            if not page:
                break
            keys.extend(page)
        missing = [n for n in range(len(keys)) if f"n:{n:05d}" not in set(keys)]
        ctx.discord.send_message(channel_id=event["channel_id"], content=f"have {len(keys)} missing {missing[:5]}")


def newer(ctx, last):
    """Returns the keys after *last*, without the cursor that only later SDKs have."""
    number = int(last[2:]) + 1
    values = ctx.kv.get_many([f"n:{n:05d}" for n in range(number, number + 50)])
    return sorted(values)


def write(ctx):
    for number in range(5000):
        while True:
            try:
                ctx.kv.set(f"n:{number:05d}", {"number": number})
                break
            except RateLimitError:
                time.sleep(0.2)
        ctx.log(f"acknowledged {number}")


plugin.run()
