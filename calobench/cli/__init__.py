"""The command line: one file a command, known by its file name, imported only when it is used.

Other packages add commands by entry points of the group ``calobench.commands``, each a ``click.Command``.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TextIO

import click

from calobench import __version__
from calobench.cli._streams import steady_streams
from calobench.cli._terminal import echo
from calobench.errors import CalobenchError, OutputError, PluginWarning, UnknownNameError

__all__ = ["COMMAND_GROUP", "command_group", "main"]

COMMAND_GROUP = "calobench.commands"

# Set by the function that click gives a shell.
_COMPLETION = "_CALOBENCH_COMPLETE"
# EX_SOFTWARE of sysexits.h.
_OWN_ERROR = 70

_HELP = """calobench: is a fast calorimeter simulation as good as Geant4, how sure are we, what does it cost?

Start with: calobench run --model distilled --detector ALLEGRO
"""


class _CommandFiles(click.Group):
    """A group whose commands are the modules of this package; each has a ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted({*_own_commands(), *_further_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _own_commands():
            command = importlib.import_module(f"{__name__}.{cmd_name}").command
            return command if isinstance(command, click.Command) else None
        further = _further_commands().get(cmd_name)
        if further is not None:
            return _command_of(further)
        if ctx.resilient_parsing:
            return None
        raise UnknownNameError("command", cmd_name, self.list_commands(ctx))


def _own_commands() -> set[str]:
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return {name for name in names if not name.startswith("_")}


def _further_commands() -> dict[str, EntryPoint]:
    """Commands of other packages by name; none takes the place of calobench's own."""
    entries = entry_points(group=COMMAND_GROUP)
    return {entry.name: entry for entry in entries if entry.name not in _own_commands()}


def _command_of(entry: EntryPoint) -> click.Command | None:
    """The command; None with a warning where its package is broken: the others still work."""
    try:
        command = entry.load()
    except Exception as error:
        reason = f"cannot be imported: {type(error).__name__}: {error}"
    else:
        if isinstance(command, click.Command):
            return command
        reason = f"is a {type(command).__name__}, and no click.Command"
    warnings.warn(
        f"the command '{entry.name}' ({entry.value}) {reason}", PluginWarning, stacklevel=2
    )
    return None


def _show_version(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001
    asked: bool,
) -> None:
    if not asked or context.resilient_parsing:
        return
    from calobench.harness.provenance import git_commit

    commit = git_commit()
    echo(f"calobench {__version__}{f' ({commit})' if commit else ''}")
    context.exit()


@click.group(
    cls=_CommandFiles, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, of a checkout with its commit, and exit.",
)
def _group() -> None:
    pass


def command_group() -> click.Group:
    """All commands, for whoever lists them."""
    return _group


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; a user's error is one line on stderr and exit code 2.

    An error of our own is a traceback and exit code 70: 1 is a verdict of the gate.
    """
    # Pages are drawn to files. What a notebook names here is not even importable from its shell.
    os.environ["MPLBACKEND"] = "agg"
    if _COMPLETION in os.environ:
        # A shell asks what could follow: click answers, and ends.
        _group.main(prog_name="calobench")
    with steady_streams():
        sys.exit(_exit_code(list(sys.argv[1:] if arguments is None else arguments)))


def _exit_code(given: list[str]) -> int:
    warnings.showwarning = _show_warning
    message, code = "", 2
    try:
        _require_text(given)
        code = _group.main(given, prog_name="calobench", standalone_mode=False) or 0
    except CalobenchError as error:
        message, code = str(error), error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.ClickException as error:
        message = error.format_message()
    except (KeyboardInterrupt, click.Abort):
        message, code = "interrupted", 130
    except SystemExit as error:
        # No command of calobench does: whatever its code says, nothing was finished.
        message = f"code of another package ended the program (exit code {error.code})"
    except OSError as error:
        named = error.filename or "no file named"
        message = f"{error.strerror or error}: {named}; choose another"
    except MemoryError as error:
        message = f"too little memory ({error}); ask for less at a time"
    except Exception:
        echo(traceback.format_exc(), err=True)
        code = _OWN_ERROR
    if message:
        echo(f"calobench: error: {' '.join(message.split())}", err=True)
    return code


def _require_text(arguments: Sequence[str]) -> None:
    """Results and pages are UTF-8, and name the files that they are about."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise OutputError(f"{argument!a} is not UTF-8; rename the file") from error
        if "\0" in argument:
            raise OutputError(f"{argument!a} holds a NUL, which no path can; leave it out")


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Errors as they are shown: a user's mistake in one line, a programmer's as Python shows it."""
    if issubclass(category, PluginWarning):
        echo(f"calobench: warning: {' '.join(str(message).split())}", err=True)
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        (file or sys.stderr).write(text)
