"""Answers !ping with Pong."""

from mmo_maid_sdk import Plugin

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] == "!ping":
        ctx.discord.send_message(channel_id=event["channel_id"], content="Pong!")


plugin.run()
