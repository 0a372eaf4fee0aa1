"""What the bots in discord.py and hikari share: the simulator's process and control API, and the runner of steps."""
