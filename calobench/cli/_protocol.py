"""``--protocol`` of ``calobench run``: a protocol is a command with options of its own."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import click

from calobench.errors import UnknownNameError

__all__ = ["RunCommand"]

# Name to the module of this package whose ``command`` runs it.
_PROTOCOLS = {"calochallenge": "_calochallenge"}


class RunCommand(click.Command):
    """Runs as usual, or hands over to the protocol that the arguments name."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        names = ", ".join(_PROTOCOLS)
        option = click.Option(
            ["--protocol"],
            metavar="NAME",
            expose_value=False,
            help=f"Score as a published benchmark does ({names}); its options: --protocol NAME --help.",
        )
        self.params.append(option)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of this command, or of a protocol's."""
        name = _protocol(args)
        if name is None:
            return super().make_context(info_name, args, parent, **extra)
        if name not in _PROTOCOLS:
            raise UnknownNameError("protocol", name, _PROTOCOLS)
        module = importlib.import_module(f"calobench.cli.{_PROTOCOLS[name]}")
        command: click.Command = module.command
        return command.make_context(info_name, args, parent, **extra)


def _protocol(args: Sequence[str]) -> str | None:
    """Name of the protocol, '' if the option has no value, None without the option."""
    for position, argument in enumerate(args):
        if argument == "--protocol":
            return next(iter(args[position + 1 : position + 2]), "")
        if argument.startswith("--protocol="):
            return argument.removeprefix("--protocol=")
    return None
