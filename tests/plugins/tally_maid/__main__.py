"""Counts every !tally in all the ways there are, and answers with what the host says."""

from mmo_maid_sdk import Plugin

plugin = Plugin()


@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] != "!tally":
        return
    hits = ctx.ephemeral.counter("tally", window_seconds=60)
    first = ctx.ephemeral.dedup("first", ttl_seconds=60)
    ctx.metrics.record("tallies", tags={"author": event["author_username"]})
    total = ctx.metrics.total("tallies", period="1h")
    lines = ctx.metrics.query("tallies", period="24h", group_by="author")["series"]
    ctx.log("somebody asked for a tally", level="warning", tags=["tally"], by=event["author_username"])
    names = ",".join(line["name"] for line in lines)
    ctx.discord.send_message(
        channel_id=event["channel_id"], content=f"hits {hits}, first {first}, total {total}, of {names}"
    )


plugin.run()
