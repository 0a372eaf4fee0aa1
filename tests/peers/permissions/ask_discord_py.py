"""What discord.py says: ``ask_discord_py.py GUILDS > ANSWERS``. Real guild objects, no network."""

import json
import pathlib
import sys

import discord


def answer(client: discord.Client, payload: dict[str, object]) -> dict[str, str | None]:
    """Return what the one member may do, in the guild and in its thread or channel."""
    guild = discord.Guild(data=payload, state=client._connection)
    (member,) = guild.members
    places = [*guild.threads, *guild.channels]
    channel = places[0].permissions_for(member) if places else None
    return {"guild": str(member.guild_permissions.value), "channel": str(channel.value) if places else None}


client = discord.Client(intents=discord.Intents.all())
answers = [answer(client, payload) for payload in json.loads(pathlib.Path(sys.argv[1]).read_text())]
print(json.dumps({"all": str(discord.Permissions.all().value), "answers": answers}))
