"""Runs the areas: ``python -m hikari_bot [AREA ...]``."""

import sys

import hikari
from common.steps import main

from .bot import connect

sys.exit(main(f"hikari {hikari.__version__}", __package__, connect))
