"""Interactions: every way to answer, and the two clocks."""

from typing import Any

import hikari
from common.sim import BOB, GENERAL, GUIDE, GUILD, Json, until
from common.steps import Area
from hikari.impl import AutocompleteChoiceBuilder, MessageActionRowBuilder, ModalActionRowBuilder

from .bot import Answer, World

area = Area("interactions")
CREATE, UPDATE = hikari.ResponseType.MESSAGE_CREATE, hikari.ResponseType.MESSAGE_UPDATE
DEFERRED_CREATE, DEFERRED_UPDATE = hikari.ResponseType.DEFERRED_MESSAGE_CREATE, hikari.ResponseType.DEFERRED_MESSAGE_UPDATE
Kind = hikari.OptionType
Command = hikari.CommandInteraction


def option(kind: Kind, name: str, **more: Any) -> hikari.CommandOption:
    """Make an option that must be given."""
    return hikari.CommandOption(**{"type": kind, "name": name, "description": name, "is_required": True, **more})


async def register(world: World, name: str, options: list[hikari.CommandOption] | None = None) -> None:
    """Register a command in the guild."""
    await world.rest.create_slash_command(world.app, name, name, guild=GUILD, options=options or [])


async def ask(world: World, name: str, who: str, answer: Answer) -> tuple[Any, Json]:
    """Open a room, register a command, and let a member run it; return the room and the interaction."""
    await register(world, name)
    world.on(name)(answer)
    room = await world.room(name)
    return room, await world.sim.run(room.id, who, name)


async def contents(world: World, room: Any, viewer: str = "alice") -> list[str]:
    """Return what a member reads in a room."""
    return [entry["content"] for entry in await world.sim.messages(room.id, viewer)]


async def reads(world: World, room: Any, wanted: str, viewer: str = "alice") -> None:
    """Wait until a member reads something."""

    async def look() -> bool:
        return wanted in await contents(world, room, viewer)

    await until(look)


@area("reply")
async def reply(world: World) -> None:
    async def hello(interaction: Command) -> None:
        assert interaction.guild_id == GUILD and interaction.member.permissions & hikari.Permissions.SEND_MESSAGES
        assert interaction.app_permissions & hikari.Permissions.MANAGE_ROLES
        await interaction.create_initial_response(CREATE, "hello", embed=hikari.Embed(title="Greeting"))
        original = await interaction.fetch_initial_response()
        assert original.embeds[0].title == "Greeting" and original.type is hikari.MessageType.CHAT_INPUT
        await interaction.edit_initial_response(f"hello {interaction.user.username}")

    room, interaction = await ask(world, "hello", "bob", hello)
    done = await world.sim.settled(interaction)
    await reads(world, room, "hello bob")
    there = await world.sim.last(room.id)
    assert there["id"] == done["message_id"] and there["interaction_metadata"]["user"]["id"] == str(BOB)


@area("options")
async def options(world: World) -> None:
    got: dict[str, Any] = {}
    kinds = {
        "text": Kind.STRING, "number": Kind.INTEGER, "ratio": Kind.FLOAT, "flag": Kind.BOOLEAN, "member": Kind.USER,
        "role": Kind.ROLE, "channel": Kind.CHANNEL, "mention": Kind.MENTIONABLE,
    }
    await register(world, "take", [option(kind, name) for name, kind in kinds.items()])

    @world.on("take")
    async def take(interaction: Command) -> None:
        got.update({entry.name: entry.value for entry in interaction.options}, resolved=interaction.resolved)
        await interaction.create_initial_response(CREATE, "taken")

    given = {
        "text": "words", "number": 7, "ratio": 0.25, "flag": True, "member": str(BOB), "role": str(GUIDE),
        "channel": str(GENERAL), "mention": str(BOB),
    }
    listed = [{"name": name, "value": value} for name, value in given.items()]
    await world.sim.settled(await world.sim.run(GENERAL, "alice", "take", listed))
    assert (got["text"], got["number"], got["ratio"], got["flag"]) == ("words", 7, 0.25, True)
    assert (got["member"], got["role"], got["channel"], got["mention"]) == (BOB, GUIDE, GENERAL, BOB)
    resolved = got["resolved"]
    assert resolved.members[BOB].username == "bob" and resolved.roles[GUIDE].name == "Guide"
    assert resolved.channels[GENERAL].name == "general"


@area("subcommand")
async def subcommand(world: World) -> None:
    buy = option(Kind.SUB_COMMAND, "buy", is_required=False, options=[option(Kind.INTEGER, "cups")])
    await register(world, "shop", [option(Kind.SUB_COMMAND_GROUP, "tea", is_required=False, options=[buy])])

    @world.on("shop")
    async def shop(interaction: Command) -> None:
        (group,) = interaction.options
        (inner,) = group.options
        await interaction.create_initial_response(CREATE, f"{group.name} {inner.name}: {inner.options[0].value}")

    nested = [{"name": "tea", "options": [{"name": "buy", "options": [{"name": "cups", "value": 3}]}]}]
    await world.sim.settled(await world.sim.run(GENERAL, "bob", "shop", nested))
    assert (await world.sim.last(GENERAL))["content"] == "tea buy: 3"


@area("defer")
async def defer(world: World) -> None:
    async def slow(interaction: Command) -> None:
        await interaction.create_initial_response(DEFERRED_CREATE)
        assert (await interaction.fetch_initial_response()).flags & hikari.MessageFlag.LOADING
        await world.sim.advance(60)
        await interaction.edit_initial_response("done", attachment=hikari.Bytes(b"data", "data.txt"))

    room, _ = await ask(world, "slow", "alice", slow)
    await reads(world, room, "done")
    there = await world.sim.last(room.id)
    assert there["attachments"][0]["filename"] == "data.txt" and not there["flags"] & hikari.MessageFlag.LOADING


@area("followup")
async def followup(world: World) -> None:
    async def more(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, "first")
        second = await interaction.execute("second", embed=hikari.Embed(title="more"))
        third = await interaction.execute("third")
        assert (await interaction.fetch_message(second)).embeds[0].title == "more"
        await interaction.edit_message(second, "second, edited")
        await interaction.delete_message(third)
        await interaction.execute("last")

    room, _ = await ask(world, "more", "alice", more)
    await reads(world, room, "last")
    assert await contents(world, room) == ["first", "second, edited", "last"]


@area("ephemeral")
async def ephemeral(world: World) -> None:
    flags = hikari.MessageFlag.EPHEMERAL

    async def secret(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, "for you", flags=flags)
        assert (await interaction.fetch_initial_response()).flags & flags
        await interaction.execute("and this", flags=flags)

    room, _ = await ask(world, "secret", "bob", secret)
    await reads(world, room, "and this", "bob")
    assert await contents(world, room, "bob") == ["for you", "and this"]
    assert await contents(world, room, "carol") == []
    assert list(await world.rest.fetch_messages(room)) == []


@area("autocomplete")
async def autocomplete(world: World) -> None:
    await register(
        world, "order", [option(Kind.STRING, "drink", autocomplete=True), option(Kind.INTEGER, "cups", is_required=False)]
    )

    @world.on("order?")
    async def drinks(interaction: hikari.AutocompleteInteraction) -> None:
        (typed,) = [entry for entry in interaction.options if entry.is_focused]
        await interaction.create_response(
            [AutocompleteChoiceBuilder(name=f"{typed.value}{end}", value=end) for end in ("ea", "onic")]
        )

    @world.on("order")
    async def order(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, f"1 {interaction.options[0].value}")

    typed = await world.sim.run(GENERAL, "bob", "order", [{"name": "drink", "value": "t"}], focused="drink")
    choices = (await world.sim.settled(typed))["choices"]
    assert [(choice["name"], choice["value"]) for choice in choices] == [("tea", "ea"), ("tonic", "onic")]
    await world.sim.settled(await world.sim.run(GENERAL, "bob", "order", [{"name": "drink", "value": "ea"}]))
    assert (await world.sim.last(GENERAL))["content"] == "1 ea"


@area("modal")
async def modal(world: World) -> None:
    async def wish(interaction: Command) -> None:
        rows = [
            ModalActionRowBuilder().add_text_input("what", "Your wish", min_length=3, max_length=20),
            ModalActionRowBuilder().add_text_input("why", "Why", style=hikari.TextInputStyle.PARAGRAPH, required=False),
        ]
        await interaction.create_modal_response("Tell me", "form", components=rows)

    @world.on("form")
    async def form(interaction: hikari.ModalInteraction) -> None:
        what, why = (row.components[0].value for row in interaction.components)
        await interaction.create_initial_response(CREATE, f"{interaction.user.username} wants {what}: {why or 'no reason'}")

    room, interaction = await ask(world, "wish", "carol", wish)
    await world.sim.settled(interaction, "modal")
    (shown,) = await world.sim.call("GET", "/modals?as=carol")
    assert shown["title"] == "Tell me" and len(shown["components"]) == 2
    path = f"/modals/{shown['interaction_id']}/submit"
    assert await world.sim.refused("POST", path, {"as": "carol", "values": {"what": "no"}})
    await world.sim.settled(await world.sim.call("POST", path, {"as": "carol", "values": {"what": "more tea"}}))
    assert (await world.sim.last(room.id))["content"] == "carol wants more tea: no reason"


@area("defer-update")
async def defer_update(world: World) -> None:
    room = await world.room("defer-update")
    row = MessageActionRowBuilder().add_interactive_button(hikari.ButtonStyle.PRIMARY, "later", label="Go")
    sent = await room.send("before", component=row)

    @world.on("later")
    async def later(interaction: hikari.ComponentInteraction) -> None:
        await interaction.create_initial_response(DEFERRED_UPDATE)
        await interaction.edit_initial_response("after", components=[])
        await interaction.execute("psst", flags=hikari.MessageFlag.EPHEMERAL)

    await world.sim.use(room.id, sent.id, "bob", "later")
    await reads(world, room, "psst", "bob")
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == "after" and there["components"] == []


@area("delete")
async def delete(world: World) -> None:
    async def shy(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, "gone soon")
        await interaction.delete_initial_response()

    gone = world.next(hikari.GuildMessageDeleteEvent)
    room, interaction = await ask(world, "shy", "bob", shy)
    await world.sim.settled(interaction)
    assert (await gone).channel_id == room.id
    assert await contents(world, room) == []


async def refused(world: World, name: str, answer: Answer) -> tuple[Any, Json, hikari.ClientHTTPResponseError]:
    """Let a member run a command whose answer Discord refuses; return room, interaction and error."""
    caught: list[hikari.ClientHTTPResponseError] = []

    async def catching(interaction: Command) -> None:
        try:
            await answer(interaction)
        except hikari.ClientHTTPResponseError as error:
            caught.append(error)

    room, interaction = await ask(world, name, "bob", catching)
    await world.eventually(lambda: caught)
    return room, interaction, caught[0]


@area("twice")
async def twice(world: World) -> None:
    async def again(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, "once")
        await interaction.create_initial_response(CREATE, "twice")

    room, _, error = await refused(world, "again", again)
    assert error.code == 40060 and await contents(world, room) == ["once"], error


@area("late")
async def late(world: World) -> None:
    async def sleepy(interaction: Command) -> None:
        await world.sim.advance(3.1)
        await interaction.create_initial_response(CREATE, "too late")

    room, interaction, error = await refused(world, "sleepy", sleepy)
    assert isinstance(error, hikari.NotFoundError) and error.code == 10062, error
    assert (await world.sim.settled(interaction, "failed"))["error"] and await contents(world, room) == []


@area("expired")
async def expired(world: World) -> None:
    async def old(interaction: Command) -> None:
        await interaction.create_initial_response(CREATE, "in time")
        await world.sim.advance(15 * 60 + 1)
        await interaction.execute("too late")

    room, _, error = await refused(world, "old", old)
    assert isinstance(error, hikari.UnauthorizedError) and error.code == 50027, error
    assert await contents(world, room) == ["in time"]
