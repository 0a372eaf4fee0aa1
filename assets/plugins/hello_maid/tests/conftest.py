"""Loads the plugin's __main__.py fresh for each test."""

import importlib.util
from pathlib import Path

import pytest

ENTRY = Path(__file__).resolve().parents[1] / "__main__.py"


@pytest.fixture
def main():
    spec = importlib.util.spec_from_file_location("plugin_main", ENTRY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
