"""`python -m bench [NAME…]`: run the benches named, or all, and print their tables."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path

SUPPORT = {"__main__", "harness"}


def names() -> list[str]:
    """Every bench there is."""
    found = {module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])}
    return sorted(found - SUPPORT)


def main(wanted: list[str]) -> int:
    """Print the tables of the wanted benches; 1 if one could not measure, 2 if there is no such bench."""
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"no bench {', '.join(sorted(unknown))}; there is {', '.join(names())}", file=sys.stderr)
        return 2
    code = 0
    for name in wanted or names():
        try:
            for table in import_module(f"bench.{name}").tables():
                print(table.markdown(), flush=True)
        except RuntimeError as error:
            print(f"bench {name}: {error}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
