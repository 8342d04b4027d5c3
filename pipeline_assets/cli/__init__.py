"""`cpg`, the command line: one file per group of commands, imported only when one of them runs.

app        every command: its arguments, its help, and the one call that does it
failures   what an exception means: exit code, message, where a traceback goes
terminal   how things are printed, and how foreign text is kept from being more than text
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run `cpg` and exit: 0 ok, 1 handled failure, 2 usage, 3 unexpected."""
    from pipeline_assets.cli.app import app
    from pipeline_assets.cli.failures import report

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape, not a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except Exception as error:
        sys.exit(report(error))
