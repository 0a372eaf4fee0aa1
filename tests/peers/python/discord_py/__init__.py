"""A bot in discord.py that does every step of the scenarios. One file per area."""
