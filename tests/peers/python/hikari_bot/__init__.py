"""A bot in hikari that does every step of the scenarios. One file per area."""
