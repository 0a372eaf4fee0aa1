"""Components: buttons, menus, layouts; sent, used by members, updated."""

import discord
from common.sim import BOB, GENERAL, GUIDE
from common.steps import Area
from discord import ui

from .bot import World

area = Area("components")


@area("buttons")
async def buttons(world: World) -> None:
    room = await world.room("buttons")
    view = ui.View(timeout=None)
    for style in (discord.ButtonStyle.primary, discord.ButtonStyle.secondary, discord.ButtonStyle.success, discord.ButtonStyle.danger):
        view.add_item(ui.Button(style=style, label=style.name, custom_id=style.name, emoji="🎉"))
    view.add_item(ui.Button(label="link", url="https://example.com/"))
    view.add_item(ui.Button(label="below", custom_id="below", row=1, disabled=True))
    sent = await room.send("press", view=view)
    rows = (await room.fetch_message(sent.id)).components
    assert [len(row.children) for row in rows] == [5, 1]
    assert [button.style.value for button in rows[0].children] == [1, 2, 3, 4, 5]
    assert rows[0].children[4].url == "https://example.com/" and rows[1].children[0].disabled
    there = (await world.sim.message(room.id, sent.id))["components"]
    assert there[0]["components"][0]["emoji"]["name"] == "🎉" and there[0]["components"][3]["custom_id"] == "danger"


@area("press")
async def press(world: World) -> None:
    room = await world.room("press")
    sent = await room.send("press", view=ui.View().add_item(ui.Button(label="Go", custom_id="go")))

    @world.on("go")
    async def go(interaction: discord.Interaction) -> None:
        assert interaction.type is discord.InteractionType.component and interaction.message.id == sent.id
        assert isinstance(interaction.user, discord.Member) and interaction.channel_id == room.id
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}", view=None)

    await world.sim.settled(await world.sim.use(room.id, sent.id, "bob", "go"))
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == "pressed by bob" and there["components"] == []


@area("string-select")
async def string_select(world: World) -> None:
    room = await world.room("string-select")
    options = [discord.SelectOption(label=name.upper(), value=name, description=f"the {name}", emoji="🎉") for name in "abc"]
    menu = ui.Select(custom_id="letters", placeholder="letters", min_values=1, max_values=2, options=options)
    sent = await room.send("choose", view=ui.View().add_item(menu))
    component = sent.components[0].children[0]
    assert (component.placeholder, component.max_values, component.options[2].label) == ("letters", 2, "C")

    @world.on("letters")
    async def letters(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("+".join(interaction.data["values"]))

    await world.sim.settled(await world.sim.use(room.id, sent.id, "carol", "letters", ["a", "c"]))
    assert (await world.sim.last(room.id))["content"] == "a+c"
    body = {"as": "carol", "custom_id": "letters", "values": ["a", "b", "c"]}
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages/{sent.id}/components", body)


@area("entity-selects")
async def entity_selects(world: World) -> None:
    room = await world.room("entity-selects")
    got: dict[str, object] = {}

    class Menus(ui.View):
        @ui.select(cls=ui.UserSelect, custom_id="user", max_values=2)
        async def user(self, interaction: discord.Interaction, menu: ui.UserSelect) -> None:
            got["user"] = menu.values
            await interaction.response.edit_message(content="chosen")

        @ui.select(cls=ui.RoleSelect, custom_id="role")
        async def role(self, interaction: discord.Interaction, menu: ui.RoleSelect) -> None:
            got["role"] = menu.values
            await interaction.response.edit_message(content="chosen")

        @ui.select(cls=ui.MentionableSelect, custom_id="mentionable", max_values=2)
        async def mentionable(self, interaction: discord.Interaction, menu: ui.MentionableSelect) -> None:
            got["mentionable"] = menu.values
            await interaction.response.edit_message(content="chosen")

        @ui.select(cls=ui.ChannelSelect, custom_id="channel", channel_types=[discord.ChannelType.text])
        async def channel(self, interaction: discord.Interaction, menu: ui.ChannelSelect) -> None:
            got["channel"] = menu.values
            await interaction.response.edit_message(content="chosen")

    sent = await room.send("choose", view=Menus())
    chosen = {"user": [BOB], "role": [GUIDE], "mentionable": [BOB, GUIDE], "channel": [GENERAL]}
    for custom_id, values in chosen.items():
        use = await world.sim.use(room.id, sent.id, "carol", custom_id, [str(value) for value in values])
        await world.sim.settled(use)
        assert [value.id for value in got[custom_id]] == values, custom_id
    assert isinstance(got["user"][0], discord.Member) and isinstance(got["role"][0], discord.Role)
    assert isinstance(got["channel"][0], discord.app_commands.AppCommandChannel)


@area("disable")
async def disable(world: World) -> None:
    room = await world.room("disable")
    sent = await room.send("once", view=ui.View().add_item(ui.Button(label="Once", custom_id="once")))

    @world.on("once")
    async def once(interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=ui.View().add_item(ui.Button(label="Once", custom_id="once", disabled=True)))

    await world.sim.settled(await world.sim.use(room.id, sent.id, "bob", "once"))
    assert (await world.sim.message(room.id, sent.id))["components"][0]["components"][0]["disabled"]
    body = {"as": "bob", "custom_id": "once"}
    assert "disabled" in await world.sim.refused("POST", f"/channels/{room.id}/messages/{sent.id}/components", body)


@area("layout")
async def layout(world: World) -> None:
    room = await world.room("layout")
    view = ui.LayoutView()
    section = ui.Section(ui.TextDisplay("# Heading"), accessory=ui.Button(label="Go", custom_id="go-layout"))
    view.add_item(ui.Container(section, ui.Separator(), ui.TextDisplay("below"), accent_colour=0x123456))
    sent = await room.send(view=view)
    assert sent.flags.components_v2
    container = (await room.fetch_message(sent.id)).components[0]
    assert container.accent_colour.value == 0x123456 and container.children[0].children[0].content == "# Heading"
    there = (await world.sim.message(room.id, sent.id))["components"][0]
    assert [part["type"] for part in there["components"]] == [9, 14, 10]
