"""The SDK for plugins of Homemaid (being written)."""
