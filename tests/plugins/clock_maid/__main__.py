"""Does what depends on the time: keys that expire, and answers that take long."""

import time

from mmo_maid_sdk import Plugin

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event.get("author_bot"):
        return
    if event["content"] == "!keep":
        ctx.kv.set("kept", "tea", ttl_seconds=30 * 24 * 3600)
        say(ctx, event, "kept it for 30 days")
    elif event["content"] == "!look":
        say(ctx, event, f"I have {ctx.kv.get('kept')}")
    elif event["content"] == "!served":
        ctx.kv.set("served", True)


@plugin.on_slash_command("tea")
def tea(ctx, event):
    while not ctx.kv.get("served"):
        time.sleep(0.05)
    ctx.interaction.respond(content="Your tea.")


def say(ctx, event, text):
    ctx.discord.send_message(channel_id=event["channel_id"], content=text)


plugin.run()
