"""The entry point of ``sparkeras``: names missing packages in one sentence, else runs ``app``.

Runs on: driver.
"""

import sys

from sparkeras.errors import SetupError, require_packages


def main() -> None:
    """Run the command line."""
    try:
        require_packages("tools", "typer", "rich", "matplotlib", "PIL", "pooch", "sklearn")
    except SetupError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    from sparkeras.cli import app

    app.main()
