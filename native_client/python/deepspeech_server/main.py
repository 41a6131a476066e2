"""`deepspeech-server`: opens the model and the doors, and closes them again."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command; return its exit status."""
    from .settings import parse
    settings = parse()
    try:
        from .serve import run
    except ModuleNotFoundError as error:
        print(f"deepspeech-server needs {error.name}: pip install 'deepspeech[server]'",
              file=sys.stderr)
        return 1
    return run(settings)


if __name__ == '__main__':
    sys.exit(main())
