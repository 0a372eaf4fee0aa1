"""Welcome Mat: greets new members, with settings that are made by slash commands and kept in the KV store."""

from mmo_maid_sdk import (
    Context,
    DiscordApiError,
    Plugin,
    RateLimitError,
    SdkError,
    SdkPermissionError,
)

plugin = Plugin()

# All settings are one KV value: read with one call, written as a whole.
SETTINGS = "settings"
DEFAULTS = {
    "channel_id": None,
    "text": "Welcome, {user}! Wipe your feet and make yourself at home.",
    "goodbyes": False,
}
GOODBYE = "Goodbye, {name}. We will leave a light on."


def settings_of(ctx: Context) -> dict:
    return {**DEFAULTS, **(ctx.kv.get(SETTINGS) or {})}


def options_of(event: dict) -> dict:
    """Return the options the member filled in, as {name: value}."""
    return {option["name"]: option.get("value") for option in event.get("options") or []}


def fill(template: str, member: dict) -> str:
    """Put a member's details into a text that the server's staff wrote.

    Plain replacement, not str.format: with format, a text such as "{user.__class__}" would reach into Python itself.
    """
    words = {
        "{user}": f"<@{member['user_id']}>",
        "{name}": member.get("display_name") or member.get("username") or "friend",
        "{server}": member.get("guild_name") or "our server",
        "{count}": str(member.get("member_count") or "?"),
    }
    for word, value in words.items():
        template = template.replace(word, value)
    return template


def post(ctx: Context, settings: dict, text: str) -> None:
    """Post in the chosen channel. Nobody is there to read an error, so each one becomes a clear log line."""
    try:
        ctx.discord.send_message(channel_id=settings["channel_id"], content=text)
    except RateLimitError as error:
        ctx.log(f"too many people at the door, next try in {error.retry_after} s", level="warning")
    except SdkPermissionError:
        ctx.log("the bot may not write in the welcome channel", level="error")
    except DiscordApiError as error:
        if error.status_code == 404:
            # The channel was deleted. Stop trying until somebody chooses another.
            ctx.kv.set(SETTINGS, {**settings, "channel_id": None})
            ctx.log("the welcome channel is gone, choose another with /welcome-channel", level="error")
        else:
            ctx.log(f"Discord refused the greeting: {error}", level="error")


@plugin.on_event("member_join")
def welcome(ctx: Context, event: dict) -> None:
    if event.get("bot"):
        return
    settings = settings_of(ctx)
    if not settings["channel_id"]:
        ctx.log("somebody joined, but no channel is chosen yet: use /welcome-channel")
        return
    post(ctx, settings, fill(settings["text"], event))


@plugin.on_event("member_leave")
def farewell(ctx: Context, event: dict) -> None:
    if event.get("bot"):
        return
    settings = settings_of(ctx)
    if settings["channel_id"] and settings["goodbyes"]:
        post(ctx, settings, fill(GOODBYE, event))


def save(ctx: Context, changes: dict, answer: str) -> None:
    """Change some settings and tell the member how that went."""
    try:
        ctx.kv.set(SETTINGS, {**settings_of(ctx), **changes})
    except SdkError as error:
        ctx.log(f"could not save the settings: {error}", level="error")
        answer = "I could not write that down. Please try again later."
    ctx.interaction.respond(content=answer, ephemeral=True)


@plugin.on_slash_command("welcome-channel")
def choose_channel(ctx: Context, event: dict) -> None:
    options = options_of(event)
    changes = {"channel_id": str(options.get("channel") or event["channel_id"])}
    answer = f"New members are welcomed in <#{changes['channel_id']}> from now on."
    if "goodbyes" in options:
        changes["goodbyes"] = bool(options["goodbyes"])
        answer += " Goodbyes are said, too." if changes["goodbyes"] else " Nobody is told goodbye."
    save(ctx, changes, answer)


@plugin.on_slash_command("welcome-text")
def choose_text(ctx: Context, event: dict) -> None:
    text = str(options_of(event).get("text") or "").strip()
    if not text:
        ctx.interaction.respond(content="I need at least one word.", ephemeral=True)
        return
    save(ctx, {"text": text}, "Noted. Look at it with `/welcome-preview`.")


@plugin.on_slash_command("welcome-preview")
def preview(ctx: Context, event: dict) -> None:
    settings = settings_of(ctx)
    where = f"<#{settings['channel_id']}>" if settings["channel_id"] else "nowhere yet, see `/welcome-channel`"
    visitor = {
        "user_id": event["user_id"],
        "display_name": event.get("display_name") or event.get("user_name"),
    }
    ctx.interaction.respond(
        content=f"In {where}:\n>>> {fill(settings['text'], visitor)}",
        ephemeral=True,
        allowed_mentions={"parse": []},
    )


if __name__ == "__main__":
    plugin.run()
