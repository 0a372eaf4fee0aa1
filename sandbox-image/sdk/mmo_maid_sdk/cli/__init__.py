"""The ``mmo`` command: make, try, check and pack a plugin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..templates import TEMPLATES


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 good, 1 problems found, 2 called in a wrong way."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    if not hasattr(arguments, "run"):
        _parser().print_help()
        return 2
    status: int = arguments.run(arguments)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mmo", description="Make, try, check and pack a plugin.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    new = commands.add_parser("new", help="start a plugin from a template")
    new.add_argument("plugin_id", nargs="?", help="a letter, then letters, digits or _; 3 to 32 characters")
    new.add_argument("-t", "--target", type=Path, help="the folder to make (default: ./PLUGIN_ID)")
    new.add_argument("--template", choices=sorted(TEMPLATES), default="basic")
    new.add_argument("--list-templates", action="store_true", help="show the templates and stop")
    new.set_defaults(run=_run_new)

    init = commands.add_parser("init", help="the same, by questions and answers")
    init.set_defaults(run=_run_init)

    dev = commands.add_parser("dev", help="run the events of events.yaml and show what the plugin does")
    dev.add_argument("-p", "--path", type=Path, default=Path(), help="the plugin's folder (default: here)")
    dev.add_argument("-w", "--watch", action="store_true", help="again whenever a file changes")
    dev.add_argument("--mock", action="store_true", help="on the mock, even if `homemaid` is installed")
    dev.set_defaults(run=_run_dev)

    validate = commands.add_parser("validate", help="check the plugin as an installation would")
    validate.add_argument("-p", "--path", type=Path, default=Path(), help="the plugin's folder (default: here)")
    validate.add_argument("--id", help="the id it will be installed as (default: the manifest's)")
    validate.add_argument("--version", help="the version it will be installed as (default: the manifest's)")
    validate.add_argument("--portable", action="store_true", help="it must also run on pooled hosts")
    validate.set_defaults(run=_run_validate)

    doctor = commands.add_parser("doctor", help="check the plugin's folder and this machine")
    doctor.add_argument("-p", "--path", type=Path, default=Path(), help="the plugin's folder (default: here)")
    doctor.set_defaults(run=_run_doctor)

    pack = commands.add_parser("pack", help="check the plugin and write its zip, the same bits every time")
    pack.add_argument("-p", "--path", type=Path, default=Path(), help="the plugin's folder (default: here)")
    pack.add_argument("-o", "--output", type=Path, help="the zip to write (default: ID-VERSION.zip beside the folder)")
    pack.set_defaults(run=_run_pack)
    return parser


def _run_new(arguments: argparse.Namespace) -> int:
    from . import _new

    if arguments.list_templates:
        for name, description in TEMPLATES.items():
            print(f"{name:10} {description}")
        return 0
    if not arguments.plugin_id:
        print("mmo new: which id shall the plugin have? Example: mmo new my_plugin", file=sys.stderr)
        return 2
    return _new.new(arguments.plugin_id, arguments.template, arguments.target)


def _run_init(arguments: argparse.Namespace) -> int:
    from . import _new

    return _new.ask()


def _run_dev(arguments: argparse.Namespace) -> int:
    from . import _dev

    return _dev.dev(arguments.path, watch=arguments.watch, mock=arguments.mock)


def _run_validate(arguments: argparse.Namespace) -> int:
    from . import _check

    return _check.validate(arguments.path, arguments.id, arguments.version, portability=arguments.portable)


def _run_doctor(arguments: argparse.Namespace) -> int:
    from . import _check

    return _check.doctor(arguments.path)


def _run_pack(arguments: argparse.Namespace) -> int:
    from . import _check

    return _check.pack(arguments.path, arguments.output)


