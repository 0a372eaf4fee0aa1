"""My first plugin. Copy this folder, change the id in manifest.json, and make it yours.

The file is run once when your plugin starts. It registers handlers, and then plugin.run() waits for events
until the plugin is stopped. Whatever you want to remember for longer belongs into ctx.kv.
"""

import random

from mmo_maid_sdk import Context, Plugin, SdkError

plugin = Plugin()


# Runs once after each start. Log lines are shown on the plugin's page.
@plugin.on_ready
def ready(ctx: Context) -> None:
    ctx.log(f"{ctx.plugin_id} {ctx.version} is ready")


# Runs when a member uses /roll. The command itself is described in manifest.json.
@plugin.on_slash_command("roll")
def roll(ctx: Context, event: dict) -> None:
    # What the member filled in comes as a list of {"name": ..., "value": ...}; left-out options are not in it.
    options = {option["name"]: option.get("value") for option in event.get("options") or []}
    sides = int(options.get("sides") or 6)
    result = random.randint(1, sides)

    text = f"🎲 <@{event['user_id']}> rolled **{result}** of {sides}."
    if result == sides:
        text += " " + cheer(ctx)

    # Answer within three seconds. Something slow? Call ctx.interaction.defer() first and followup() later.
    ctx.interaction.respond(content=text)


def cheer(ctx: Context) -> str:
    # Every call to Discord or to the store can fail: a permission was taken away, a limit is reached.
    # All such errors are an SdkError. Decide what your members should see then.
    try:
        lucky = ctx.kv.increment("lucky rolls")
    except SdkError as error:
        ctx.log(f"could not count the lucky roll: {error}", level="warning")
        return "What luck!"
    return f"What luck! That was lucky roll number {lucky} on this server."


# The next handler could be one of these:
#
#   @plugin.on_event("message_create")     somebody wrote a message: event["content"], event["author_id"], ...
#   @plugin.on_event("member_join")        somebody joined:          event["user_id"], event["username"], ...
#   @plugin.on_component("my-button")      somebody pressed a button with that custom_id
#   @plugin.on_modal_submit("my-form")     somebody sent a form with that custom_id: event["modal_values"]
#
# What it calls must be listed in manifest.json under "capabilities_required", for example "discord:send_message".

if __name__ == "__main__":
    plugin.run()
