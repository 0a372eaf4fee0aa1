"""What hikari-toolbox says: ``ask_hikari.py GUILDS > ANSWERS``. Real objects in hikari's cache, no network."""

import json
import pathlib
import sys

import hikari
import toolbox

# hikari takes the bot's id from the token; this one is nobody's.
TOKEN = "MTA0MjAwMDAwMDAwMDAwMDAwMQ.x.x"


def answer(bot: hikari.GatewayBot, payload: dict[str, object]) -> dict[str, str | None]:
    """Return what the one member may do, in the guild and in its channel; threads have no overwrites of their own."""
    definition = bot.entity_factory.deserialize_gateway_guild(payload, user_id=hikari.Snowflake(1))
    bot.cache.clear()
    bot.cache.set_guild(definition.guild())
    for role in definition.roles().values():
        bot.cache.set_role(role)
    (member,) = definition.members().values()
    channels = list(definition.channels().values())
    channel = toolbox.calculate_permissions(member, channels[0]) if channels else None
    guild = toolbox.calculate_permissions(member)
    return {"guild": str(int(guild)), "channel": str(int(channel)) if channel is not None else None}


bot = hikari.GatewayBot(TOKEN, banner=None, logs=None, suppress_optimization_warning=True)
answers = [answer(bot, payload) for payload in json.loads(pathlib.Path(sys.argv[1]).read_text())]
print(json.dumps({"all": str(int(hikari.Permissions.all_permissions())), "answers": answers}))
