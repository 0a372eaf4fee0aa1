"""Second name of ``mmo_maid_sdk``."""
