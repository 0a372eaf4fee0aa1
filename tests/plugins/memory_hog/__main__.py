"""Takes more than its 64 MB when asked to."""

from mmo_maid_sdk import Plugin

plugin = Plugin()
taken = []


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] == "!eat":
        while True:
            block = bytearray(1 << 20)
            block[::4096] = b"x" * len(block[::4096])
            taken.append(block)
    elif event["content"] == "!hog":
        ctx.discord.send_message(channel_id=event["channel_id"], content="still here")


plugin.run()
