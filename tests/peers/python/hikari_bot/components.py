"""Components: buttons, menus, layouts; sent, used by members, updated."""

from typing import Any

import hikari
from common.sim import BOB, GENERAL, GUIDE
from common.steps import Area
from hikari.impl import (
    ContainerComponentBuilder,
    InteractiveButtonBuilder,
    MessageActionRowBuilder,
    SectionComponentBuilder,
    SeparatorComponentBuilder,
    TextDisplayComponentBuilder,
)

from .bot import World

area = Area("components")
UPDATE = hikari.ResponseType.MESSAGE_UPDATE


def button(custom_id: str, *, disabled: bool = False) -> MessageActionRowBuilder:
    """Make a row with one button."""
    row = MessageActionRowBuilder()
    return row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id, label="Go", is_disabled=disabled)


@area("buttons")
async def buttons(world: World) -> None:
    room = await world.room("buttons")
    row = MessageActionRowBuilder()
    for style in (hikari.ButtonStyle.PRIMARY, hikari.ButtonStyle.SECONDARY, hikari.ButtonStyle.SUCCESS, hikari.ButtonStyle.DANGER):
        row.add_interactive_button(style, style.name.lower(), label=style.name, emoji="🎉")
    row.add_link_button("https://example.com/", label="link")
    sent = await room.send("press", components=[row, button("below", disabled=True)])
    rows = (await world.rest.fetch_message(room, sent)).components
    assert [len(entry.components) for entry in rows] == [5, 1]
    assert [int(entry.style) for entry in rows[0].components] == [1, 2, 3, 4, 5]
    assert rows[0].components[4].url == "https://example.com/" and rows[1].components[0].is_disabled
    there = (await world.sim.message(room.id, sent.id))["components"]
    assert there[0]["components"][0]["emoji"]["name"] == "🎉" and there[0]["components"][3]["custom_id"] == "danger"


@area("press")
async def press(world: World) -> None:
    room = await world.room("press")
    sent = await room.send("press", component=button("go"))

    @world.on("go")
    async def go(interaction: hikari.ComponentInteraction) -> None:
        assert interaction.component_type is hikari.ComponentType.BUTTON and interaction.message.id == sent.id
        assert interaction.member.id == BOB and interaction.channel_id == room.id
        text = f"pressed by {interaction.user.username}"
        await interaction.create_initial_response(UPDATE, text, components=[])

    await world.sim.settled(await world.sim.use(room.id, sent.id, "bob", "go"))
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == "pressed by bob" and there["components"] == []


@area("string-select")
async def string_select(world: World) -> None:
    room = await world.room("string-select")
    menu = MessageActionRowBuilder().add_text_menu("letters", placeholder="letters", min_values=1, max_values=2)
    for name in "abc":
        menu.add_option(name.upper(), name, description=f"the {name}", emoji="🎉")
    sent = await room.send("choose", component=menu.parent)
    component = sent.components[0].components[0]
    assert (component.placeholder, component.max_values, component.options[2].label) == ("letters", 2, "C")

    @world.on("letters")
    async def letters(interaction: hikari.ComponentInteraction) -> None:
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "+".join(interaction.values))

    await world.sim.settled(await world.sim.use(room.id, sent.id, "carol", "letters", ["a", "c"]))
    assert (await world.sim.last(room.id))["content"] == "a+c"
    body = {"as": "carol", "custom_id": "letters", "values": ["a", "b", "c"]}
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages/{sent.id}/components", body)


@area("entity-selects")
async def entity_selects(world: World) -> None:
    room = await world.room("entity-selects")
    got: dict[str, Any] = {}
    kinds = {
        "user": hikari.ComponentType.USER_SELECT_MENU,
        "role": hikari.ComponentType.ROLE_SELECT_MENU,
        "mentionable": hikari.ComponentType.MENTIONABLE_SELECT_MENU,
    }
    rows = [MessageActionRowBuilder().add_select_menu(kind, name, max_values=2) for name, kind in kinds.items()]
    rows.append(MessageActionRowBuilder().add_channel_menu("channel", channel_types=[hikari.ChannelType.GUILD_TEXT]))
    sent = await room.send("choose", components=rows)

    async def choose(interaction: hikari.ComponentInteraction) -> None:
        got[interaction.custom_id] = interaction.resolved
        await interaction.create_initial_response(UPDATE, "chosen")

    chosen = {"user": [BOB], "role": [GUIDE], "mentionable": [BOB, GUIDE], "channel": [GENERAL]}
    for custom_id, values in chosen.items():
        world.on(custom_id)(choose)
        use = await world.sim.use(room.id, sent.id, "carol", custom_id, [str(value) for value in values])
        await world.sim.settled(use)
    assert got["user"].members[BOB].username == "bob" and got["user"].users.keys() == {BOB}
    assert got["role"].roles[GUIDE].name == "Guide" and not got["role"].users
    assert got["mentionable"].roles.keys() == {GUIDE} and got["mentionable"].members.keys() == {BOB}
    assert got["channel"].channels[GENERAL].name == "general"


@area("disable")
async def disable(world: World) -> None:
    room = await world.room("disable")
    sent = await room.send("once", component=button("once"))

    @world.on("once")
    async def once(interaction: hikari.ComponentInteraction) -> None:
        await interaction.create_initial_response(UPDATE, component=button("once", disabled=True))

    await world.sim.settled(await world.sim.use(room.id, sent.id, "bob", "once"))
    assert (await world.sim.message(room.id, sent.id))["components"][0]["components"][0]["disabled"]
    body = {"as": "bob", "custom_id": "once"}
    assert "disabled" in await world.sim.refused("POST", f"/channels/{room.id}/messages/{sent.id}/components", body)


@area("layout")
async def layout(world: World) -> None:
    room = await world.room("layout")
    accessory = InteractiveButtonBuilder(style=hikari.ButtonStyle.PRIMARY, custom_id="go-layout", label="Go")
    section = SectionComponentBuilder(accessory=accessory).add_text_display("# Heading")
    container = ContainerComponentBuilder(accent_color=hikari.Color(0x123456))
    for part in (section, SeparatorComponentBuilder(), TextDisplayComponentBuilder(content="below")):
        container.add_component(part)
    sent = await room.send(component=container)
    assert sent.flags & hikari.MessageFlag.IS_COMPONENTS_V2
    back = (await world.rest.fetch_message(room, sent)).components[0]
    assert back.accent_color == 0x123456 and back.components[0].components[0].content == "# Heading"
    there = (await world.sim.message(room.id, sent.id))["components"][0]
    assert [part["type"] for part in there["components"]] == [9, 14, 10]
