"""Application commands: registered, fetched, changed, refused."""

import discord
from common.sim import BOB, GENERAL
from common.steps import Area
from discord import app_commands
from discord.app_commands import locale_str

from .bot import World

area = Area("commands")


async def names(world: World) -> set[str]:
    """Return the names of the commands members see."""
    return {command["name"] for command in await world.sim.call("GET", f"/guilds/{world.guild.id}/commands")}


async def answer(interaction: discord.Interaction) -> None:
    """Answer whatever was asked."""
    await interaction.response.send_message("answered")


@area("global")
async def global_command(world: World) -> None:
    tree = world.bot.tree
    tree.add_command(app_commands.Command(name="everywhere", description="Everywhere", callback=answer))
    (made,) = await tree.sync()
    assert made.name == "everywhere" and made.guild_id is None and made.type is discord.AppCommandType.chat_input
    assert (await tree.fetch_command(made.id)).description == "Everywhere"
    changed = await made.edit(name="anywhere", description="Anywhere")
    assert changed.id == made.id and changed.name == "anywhere"
    assert [command.name for command in await tree.fetch_commands()] == ["anywhere"] and "anywhere" in await names(world)
    await changed.delete()
    assert await tree.fetch_commands() == [] and "anywhere" not in await names(world)


@area("guild")
async def guild(world: World) -> None:
    first = await world.register(*(app_commands.Command(name=name, description=name, callback=answer) for name in ("one", "two")))
    assert {command.name for command in first} == {"one", "two"} <= await names(world)
    world.bot.tree.remove_command("one", guild=world.guild)
    second = await world.register(app_commands.Command(name="three", description="three", callback=answer))
    # A command that stays keeps its id.
    kept = {command.name: command.id for command in first}
    assert {command.name: command.id == kept.get(command.name) for command in second} == {"two": True, "three": False}
    assert "one" not in await names(world)
    world.bot.tree.clear_commands(guild=world.guild)
    await world.bot.tree.sync(guild=world.guild)
    assert not {"two", "three"} & await names(world)


@area("options")
async def options(world: World) -> None:
    @app_commands.command(description="Takes everything")
    @app_commands.describe(text="a text")
    @app_commands.choices(number=[app_commands.Choice(name="One", value=1), app_commands.Choice(name="Two", value=2)])
    async def everything(
        interaction: discord.Interaction,
        text: app_commands.Range[str, 2, 10],
        number: int,
        ratio: app_commands.Range[float, 0.5, 1.5],
        flag: bool,
        user: discord.User,
        role: discord.Role,
        channel: discord.TextChannel,
        mention: discord.Member | discord.Role,
        file: discord.Attachment | None = None,
    ) -> None: ...

    synced = {command.name: command for command in await world.register(everything)}
    made = synced["everything"].options
    assert [option.type.value for option in made] == [3, 4, 10, 5, 6, 8, 7, 9, 11]
    assert (made[0].min_length, made[0].max_length, made[0].description) == (2, 10, "a text")
    assert [(choice.name, choice.value) for choice in made[1].choices] == [("One", 1), ("Two", 2)]
    assert (made[2].min_value, made[2].max_value) == (0.5, 1.5) and discord.ChannelType.text in made[6].channel_types
    assert made[0].required and not made[8].required
    there = next(command for command in await world.sim.call("GET", f"/guilds/{world.guild.id}/commands") if command["name"] == "everything")
    assert there["options"][2]["max_value"] == 1.5 and there["options"][1]["choices"][1]["value"] == 2


@area("subcommands")
async def subcommands(world: World) -> None:
    group = app_commands.Group(name="settings", description="Settings", default_permissions=discord.Permissions(manage_guild=True))
    colours = app_commands.Group(name="colours", description="Colours", parent=group)
    colours.add_command(app_commands.Command(name="set", description="Sets", callback=answer))
    group.add_command(app_commands.Command(name="show", description="Shows", callback=answer))
    synced = {command.name: command for command in await world.register(group)}
    made = synced["settings"]
    assert made.default_member_permissions.value == 1 << 5
    kinds = {option.name: option.type.value for option in made.options}
    assert kinds == {"colours": 2, "show": 1}
    nested = next(option for option in made.options if option.name == "colours")
    assert [option.name for option in nested.options] == ["set"]
    refused = {"as": "bob", "name": "settings", "options": [{"name": "show"}]}
    assert await world.sim.refused("POST", f"/channels/{GENERAL}/commands", refused)


@area("menus")
async def menus(world: World) -> None:
    async def who(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"this is {member.name}")

    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")

    synced = await world.register(
        app_commands.ContextMenu(name="Who is this?", callback=who), app_commands.ContextMenu(name="Quote", callback=quote)
    )
    kinds = {command.name: command.type for command in synced}
    assert kinds["Who is this?"] is discord.AppCommandType.user and kinds["Quote"] is discord.AppCommandType.message
    room = await world.room("menus")
    await world.sim.settled(await world.sim.run(room.id, "carol", "Who is this?", target=str(BOB)))
    assert (await world.sim.last(room.id))["content"] == "this is bob"
    said = await world.sim.say(room.id, "bob", "to be quoted")
    await world.sim.settled(await world.sim.run(room.id, "carol", "Quote", target=said["id"]))
    assert (await world.sim.last(room.id))["content"] == "> to be quoted"


@area("localizations")
async def localizations(world: World) -> None:
    class German(app_commands.Translator):
        async def translate(self, string: locale_str, locale: discord.Locale, context: object) -> str | None:
            return {"tea": "tee", "Serves tea": "Reicht Tee"}.get(string.message) if locale is discord.Locale.german else None

    await world.bot.tree.set_translator(German())
    command = app_commands.Command(name=locale_str("tea"), description=locale_str("Serves tea"), callback=answer)
    synced = {command.name: command for command in await world.register(command)}
    await world.bot.tree.set_translator(None)
    assert synced["tea"].name_localizations == {discord.Locale.german: "tee"}
    assert synced["tea"].description_localizations == {discord.Locale.german: "Reicht Tee"}
    assert "tea" in await names(world)


@area("permissions")
async def permissions(world: World) -> None:
    (made, *_) = await world.register(app_commands.Command(name="plain", description="plain", callback=answer))
    try:
        await made.fetch_permissions(world.guild)
        raise AssertionError("permissions nobody has set")
    except discord.NotFound as error:
        assert error.code == 10066, error
    assert "plain" in await names(world)


@area("illegal")
async def illegal(world: World) -> None:
    before = await names(world)
    http, app = world.bot.http, world.bot.application_id
    twice = {"type": 3, "name": "x", "description": "x"}
    for body, field in (
        ({"name": "UPPER", "description": "x"}, "name"),
        ({"name": "ok", "description": ""}, "description"),
        ({"name": "ok", "description": "x", "options": [twice, twice]}, "options"),
        ({"name": "ok", "description": "x", "options": [{**twice, "description": "y" * 101}]}, "options.0.description"),
    ):
        try:
            await http.upsert_guild_command(app, world.guild.id, body)
            raise AssertionError(f"an illegal command was taken: {body}")
        except discord.HTTPException as error:
            assert error.code == 50035 and f"In {field}" in error.text, (body, error.text)
    assert await names(world) == before
