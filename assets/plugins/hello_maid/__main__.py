"""Hello Maid: a slash command, a button, a modal and a counter, in one small plugin.

/hello          greets somebody, counts it, and shows a button
  the button    opens a modal: the guest book
  the modal     is answered with the note that was written
/hello-stats    shows who was greeted how often
"""

from mmo_maid_sdk import (
    ActionRow,
    Button,
    Context,
    Plugin,
    SdkError,
    TextInput,
)

plugin = Plugin()

# One place for the ids Discord sends back to us when a button is pressed or a modal is sent.
SIGN_BUTTON = "hello:sign"
SIGN_MODAL = "hello:sign:form"

# One KV key per member: "greeted:<user id>" -> how often.
GREETED = "greeted:"
LAST_NOTE = "guestbook:last"

APRON_PINK = 0xD6456F

STYLES = {
    "warm": "Welcome home, {guest}! The kettle is on.",
    "formal": "Good day, {guest}. May I take your coat?",
    "pirate": "Ahoy, {guest}! Mind the deck, it is freshly scrubbed.",
}


def options_of(event: dict) -> dict:
    """Return the options the member filled in, as {name: value}."""
    return {option["name"]: option.get("value") for option in event.get("options") or []}


def count_greeting(ctx: Context, user_id: str) -> int:
    """Count one greeting. A greeting matters more than its number, so a full store is only logged."""
    try:
        return ctx.kv.increment(GREETED + user_id)
    except SdkError as error:
        ctx.log(f"could not count a greeting: {error}", level="warning")
        return 0


@plugin.on_slash_command("hello")
def hello(ctx: Context, event: dict) -> None:
    options = options_of(event)
    user_id = str(options.get("user") or event["user_id"])
    text = STYLES.get(options.get("style"), STYLES["warm"])
    times = count_greeting(ctx, user_id)

    embed = {"description": text.format(guest=f"<@{user_id}>"), "color": APRON_PINK}
    if times == 1:
        embed["footer"] = {"text": "The very first hello!"}
    elif times > 1:
        embed["footer"] = {"text": f"Hello number {times}"}

    ctx.interaction.respond(
        embeds=[embed],
        components=[ActionRow(Button("Sign the guest book", SIGN_BUTTON, style="secondary", emoji="📖"))],
    )


@plugin.on_component(SIGN_BUTTON)
def open_guest_book(ctx: Context, event: dict) -> None:
    # A modal must be the first answer to a press of a button, so nothing slow comes before it.
    ctx.interaction.send_modal(
        title="The guest book",
        custom_id=SIGN_MODAL,
        fields=[
            TextInput("Your note", "note", style="paragraph", placeholder="The tea was lovely.", max_length=500),
            TextInput("Signed", "name", placeholder="A happy guest", required=False, max_length=50),
        ],
    )


@plugin.on_modal_submit(SIGN_MODAL)
def sign_guest_book(ctx: Context, event: dict) -> None:
    values = event.get("modal_values") or {}
    note = (values.get("note") or "").strip()
    name = (values.get("name") or "").strip() or "A happy guest"
    if not note:
        ctx.interaction.respond(content="The page is still empty. Write a word or two!", ephemeral=True)
        return

    try:
        ctx.kv.set(LAST_NOTE, {"note": note, "name": name, "user_id": event["user_id"]})
    except SdkError as error:
        ctx.log(f"could not keep a note: {error}", level="error")
        ctx.interaction.respond(content="The ink has run dry. Please try again later.", ephemeral=True)
        return

    ctx.interaction.respond(
        embeds=[
            {
                "title": "📖 A new page in the guest book",
                "description": note,
                "footer": {"text": f"- {name}"},
                "color": APRON_PINK,
            }
        ],
        # Whatever was written into the note, it pings nobody.
        allowed_mentions={"parse": []},
    )


@plugin.on_slash_command("hello-stats")
def hello_stats(ctx: Context, event: dict) -> None:
    try:
        greeted = ctx.kv.list_values(prefix=GREETED, limit=100)
        last = ctx.kv.get(LAST_NOTE)
    except SdkError as error:
        ctx.log(f"could not read the numbers: {error}", level="error")
        ctx.interaction.respond(content="I mislaid my notebook. Please try again later.", ephemeral=True)
        return

    ranking = sorted(greeted.items(), key=lambda entry: (-entry[1], entry[0]))[:10]
    lines = [f"{place}. <@{key[len(GREETED):]}>: {times}" for place, (key, times) in enumerate(ranking, 1)]
    embed = {
        "title": "Hellos so far",
        "description": "\n".join(lines) or "Nobody yet. Try `/hello`!",
        "color": APRON_PINK,
    }
    if last:
        embed["fields"] = [{"name": "Last in the guest book", "value": f"{last['note']}\n- {last['name']}"}]
    ctx.interaction.respond(embeds=[embed], ephemeral=True, allowed_mentions={"parse": []})


if __name__ == "__main__":
    plugin.run()
