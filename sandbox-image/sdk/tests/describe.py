"""Prints every public name of one SDK with its parameters, as JSON; run in a process of its own by the parity test."""

import importlib
import inspect
import json
import sys

SERVICES = ("kv", "sql", "ephemeral", "http", "metrics", "secrets", "ws", "interaction", "discord")
MODULES = ("testing", "events", "responses", "dashboard", "cli")
PUBLIC_OF_CLI = ("main",)


def parameters(function):
    """Return ``[name, kind, default]`` of each parameter; ``None`` if Python does not know them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [
        [name, parameter.kind.name, None if parameter.default is parameter.empty else default(parameter.default)]
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]


def default(value):
    """Return a default value as text; numbers that are equal look equal."""
    return repr(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else repr(value)


def describe_class(found, name, kind):
    """Note a class, its constructor and its public methods."""
    found[name] = parameters(kind) if not hasattr(kind, "__total__") else sorted([k, "", ""] for k in kind.__annotations__) and None
    for member, value in inspect.getmembers(kind):
        if member.startswith("_"):
            continue
        callable_ = inspect.isroutine(value)
        if callable_ and member not in dir(dict) + dir(list) + dir(Exception):
            found[f"{name}.{member}"] = parameters(value)
        elif isinstance(value, property):
            found[f"{name}.{member}"] = None


def describe_object(found, name, value):
    """Note the public methods and attributes of one object."""
    for member in dir(value):
        if not member.startswith("_"):
            attribute = getattr(value, member)
            found[f"{name}.{member}"] = parameters(attribute) if inspect.isroutine(attribute) else None


class Silent:
    """A connection that answers nothing."""

    def call(self, method, params):
        return None

    def notify(self, method, params):
        return None


def main(root, package):
    """Describe the SDK in the folder *root*."""
    sys.path.insert(0, root)
    found = {}
    top = importlib.import_module(package)
    for name in [*top.__all__, "__version__"]:
        value = getattr(top, name)
        if inspect.isclass(value):
            describe_class(found, name, value)
        else:
            found[name] = None
    context = top.Context(server_id="1", plugin_id="p", version="1", capabilities=[], transport=Silent())
    for service in SERVICES:
        if hasattr(context, service):
            describe_object(found, f"Context.{service}", getattr(context, service))
    for module in MODULES:
        try:
            loaded = importlib.import_module(f"{package}.{module}")
        except ImportError:
            continue
        for name, value in vars(loaded).items():
            if name.startswith("_") or getattr(value, "__module__", None) != loaded.__name__:
                continue
            if module == "cli" and name not in PUBLIC_OF_CLI:
                continue
            if inspect.isclass(value):
                describe_class(found, f"{module}.{name}", value)
            elif inspect.isfunction(value):
                found[f"{module}.{name}"] = parameters(value)
    if hasattr(importlib.import_module(f"{package}.testing"), "MockContext"):
        mock = importlib.import_module(f"{package}.testing").MockContext()
        describe_object(found, "testing.MockContext()", mock)
        for service in SERVICES:
            if hasattr(mock, service):
                describe_object(found, f"testing.MockContext.{service}", getattr(mock, service))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
