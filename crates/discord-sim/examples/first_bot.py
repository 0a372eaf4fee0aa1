import os

import discord
import yarl

# The two places where discord.py keeps Discord's addresses.
discord.http.Route.BASE = f"{os.environ['SIM_BASE']}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SIM_GATEWAY"])

client = discord.Client(intents=discord.Intents.all())


@client.event
async def on_message(message: discord.Message) -> None:
    if message.content == "!ping":
        await message.channel.send("pong")


client.run(os.environ["SIM_TOKEN"])
