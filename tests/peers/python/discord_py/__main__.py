"""Runs the areas: ``python -m discord_py [AREA ...]``."""

import sys

import discord
from common.steps import main

from .bot import connect

sys.exit(main(f"discord.py {discord.__version__}", __package__, connect))
