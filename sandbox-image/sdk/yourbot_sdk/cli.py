"""``mmo_maid_sdk.cli`` under its second name: the same module object."""

import sys

from mmo_maid_sdk import cli

sys.modules[__name__] = cli
