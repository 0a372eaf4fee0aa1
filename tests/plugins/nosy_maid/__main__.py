"""Reacts to every message it may react to, and logs the refusal when it may not."""

from mmo_maid_sdk import CapabilityError, Plugin

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event.get("author_bot") or event["content"] != "!react":
        return
    try:
        ctx.discord.add_reaction(channel_id=event["channel_id"], message_id=event["message_id"], emoji="👀")
        ctx.log("reacted")
    except CapabilityError as error:
        ctx.log(f"refused: {error}", level="warning")


plugin.run()
