"""Application commands: registered, fetched, changed, refused."""

from typing import Any

import hikari
from common.sim import BOB, GENERAL, GUILD
from common.steps import Area

from .bot import World

area = Area("commands")
Kind = hikari.OptionType


async def shown(world: World) -> list[Any]:
    """Return the commands members see."""
    return await world.sim.call("GET", f"/guilds/{GUILD}/commands")


async def names(world: World) -> set[str]:
    """Return their names."""
    return {command["name"] for command in await shown(world)}


def option(kind: Kind, name: str, **more: Any) -> hikari.CommandOption:
    """Make an option."""
    return hikari.CommandOption(type=kind, name=name, description=f"a {name}", **more)


@area("global")
async def global_command(world: World) -> None:
    rest, app = world.rest, world.app
    made = await rest.create_slash_command(app, "everywhere", "Everywhere")
    assert made.name == "everywhere" and made.guild_id is None and isinstance(made, hikari.SlashCommand)
    assert (await rest.fetch_application_command(app, made)).description == "Everywhere"
    changed = await rest.edit_application_command(app, made, name="anywhere", description="Anywhere")
    assert changed.id == made.id and changed.name == "anywhere"
    assert [command.name for command in await rest.fetch_application_commands(app)] == ["anywhere"]
    assert "anywhere" in await names(world)
    await rest.delete_application_command(app, made)
    assert list(await rest.fetch_application_commands(app)) == [] and "anywhere" not in await names(world)


@area("guild")
async def guild(world: World) -> None:
    async def put(*wanted: str) -> dict[str, int]:
        builders = [world.rest.slash_command_builder(name, name) for name in wanted]
        made = await world.rest.set_application_commands(world.app, builders, guild=GUILD)
        return {command.name: command.id for command in made}

    first = await put("one", "two")
    assert set(first) == {"one", "two"} == await names(world)
    second = await put("two", "three")
    # A command that stays keeps its id.
    assert second["two"] == first["two"] and second["three"] not in first.values()
    assert await names(world) == {"two", "three"}
    assert await put() == {} and await names(world) == set()


@area("options")
async def options(world: World) -> None:
    made = await world.rest.create_slash_command(
        world.app,
        "everything",
        "Takes everything",
        guild=GUILD,
        options=[
            option(Kind.STRING, "text", is_required=True, min_length=2, max_length=10),
            option(
                Kind.INTEGER,
                "number",
                is_required=True,
                choices=[hikari.CommandChoice(name="One", value=1), hikari.CommandChoice(name="Two", value=2)],
            ),
            option(Kind.FLOAT, "ratio", is_required=True, min_value=0.5, max_value=1.5),
            option(Kind.BOOLEAN, "flag", is_required=True),
            option(Kind.USER, "user", is_required=True),
            option(Kind.ROLE, "role", is_required=True),
            option(Kind.CHANNEL, "channel", is_required=True, channel_types=[hikari.ChannelType.GUILD_TEXT]),
            option(Kind.MENTIONABLE, "mention", is_required=True),
            option(Kind.ATTACHMENT, "file"),
        ],
    )
    got = made.options
    assert [int(entry.type) for entry in got] == [3, 4, 10, 5, 6, 8, 7, 9, 11]
    assert (got[0].min_length, got[0].max_length, got[0].description) == (2, 10, "a text")
    assert [(choice.name, choice.value) for choice in got[1].choices] == [("One", 1), ("Two", 2)]
    assert (got[2].min_value, got[2].max_value) == (0.5, 1.5) and list(got[6].channel_types) == [hikari.ChannelType.GUILD_TEXT]
    assert got[0].is_required and not got[8].is_required
    there = next(command for command in await shown(world) if command["name"] == "everything")
    assert there["options"][2]["max_value"] == 1.5 and there["options"][1]["choices"][1]["value"] == 2


@area("subcommands")
async def subcommands(world: World) -> None:
    colours = option(Kind.SUB_COMMAND_GROUP, "colours", options=[option(Kind.SUB_COMMAND, "set")])
    made = await world.rest.create_slash_command(
        world.app,
        "settings",
        "Settings",
        guild=GUILD,
        options=[colours, option(Kind.SUB_COMMAND, "show")],
        default_member_permissions=hikari.Permissions.MANAGE_GUILD,
    )
    assert made.default_member_permissions == hikari.Permissions.MANAGE_GUILD
    assert [(entry.name, int(entry.type)) for entry in made.options] == [("colours", 2), ("show", 1)]
    assert [entry.name for entry in made.options[0].options] == ["set"]
    refused = {"as": "bob", "name": "settings", "options": [{"name": "show"}]}
    assert await world.sim.refused("POST", f"/channels/{GENERAL}/commands", refused)


@area("menus")
async def menus(world: World) -> None:
    for kind, name in ((hikari.CommandType.USER, "Who is this?"), (hikari.CommandType.MESSAGE, "Quote")):
        made = await world.rest.create_context_menu_command(world.app, kind, name, guild=GUILD)
        assert made.type is kind and isinstance(made, hikari.ContextMenuCommand)

    @world.on("Who is this?")
    async def who(interaction: hikari.CommandInteraction) -> None:
        member = interaction.resolved.members[interaction.target_id]
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, f"this is {member.username}")

    @world.on("Quote")
    async def quote(interaction: hikari.CommandInteraction) -> None:
        message = interaction.resolved.messages[interaction.target_id]
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, f"> {message.content}")

    room = await world.room("menus")
    await world.sim.settled(await world.sim.run(room.id, "carol", "Who is this?", target=str(BOB)))
    assert (await world.sim.last(room.id))["content"] == "this is bob"
    said = await world.sim.say(room.id, "bob", "to be quoted")
    await world.sim.settled(await world.sim.run(room.id, "carol", "Quote", target=said["id"]))
    assert (await world.sim.last(room.id))["content"] == "> to be quoted"


@area("localizations")
async def localizations(world: World) -> None:
    made = await world.rest.create_slash_command(
        world.app,
        "tea",
        "Serves tea",
        guild=GUILD,
        name_localizations={hikari.Locale.DE: "tee"},
        description_localizations={hikari.Locale.DE: "Reicht Tee"},
    )
    fetched = {command.id: command for command in await world.rest.fetch_application_commands(world.app, guild=GUILD)}[made.id]
    assert dict(fetched.name_localizations) == {"de": "tee"}
    assert dict(fetched.description_localizations) == {"de": "Reicht Tee"} and "tea" in await names(world)


@area("permissions")
async def permissions(world: World) -> None:
    made = await world.rest.create_slash_command(world.app, "plain", "plain", guild=GUILD)
    try:
        await world.rest.fetch_application_command_permissions(world.app, GUILD, made)
        raise AssertionError("permissions nobody has set")
    except hikari.NotFoundError as error:
        assert error.code == 10066, error
    assert "plain" in await names(world)


@area("illegal")
async def illegal(world: World) -> None:
    before = await names(world)
    twice = option(Kind.STRING, "x")
    long = hikari.CommandOption(type=Kind.STRING, name="x", description="y" * 101)
    for name, description, given, path in (
        ("UPPER", "x", [], ["name"]),
        ("ok", "", [], ["description"]),
        ("ok", "x", [twice, twice], ["options"]),
        ("ok", "x", [long], ["options", "0", "description"]),
    ):
        try:
            await world.rest.create_slash_command(world.app, name, description, guild=GUILD, options=given)
            raise AssertionError(f"an illegal command was taken: {name} {given}")
        except hikari.BadRequestError as error:
            found: Any = error.errors
            for key in path:
                found = found[key]
            assert error.code == 50035 and found, error
    assert await names(world) == before
