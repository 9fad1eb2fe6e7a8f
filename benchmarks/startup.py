"""`tinydata --help` against a bare `import click`.

python benchmarks/startup.py
"""

from __future__ import annotations

import sys

from measure import Row, print_table, race

RUNS = 20


def main() -> None:
    """Time both and print the table."""
    ours, rival = race(RUNS, [[sys.executable, "-m", "tinydata", "--help"], [sys.executable, "-c", "import click"]])
    print_table(
        [
            Row(
                "tinydata --help, against import click",
                f"{ours * 1000:.0f} ms",
                f"{rival * 1000:.0f} ms",
                f"{ours / rival:.1f}x",
                "<= 3x",
                ours <= 3 * rival,
            )
        ]
    )


if __name__ == "__main__":
    main()
