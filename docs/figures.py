"""Draws the figures of the book: every script of its pages that has a plot is run, and the picture goes to src/figures/NAME.svg.

    python3 docs/figures.py target/release/ann
"""

import pathlib
import re
import subprocess
import sys
import tempfile

pages = pathlib.Path(__file__).parent / "src"
ann = str(pathlib.Path(sys.argv[1]).resolve())

for page in sorted(pages.rglob("*.md")):
    for script in re.findall(r"^```ann\n(.*?)^```$", page.read_text(), re.S | re.M):
        names = re.findall(r"^plot (\w+)", script, re.M)
        if not names or page.name == "reference.md":
            continue
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "page.ann").write_text(script)
            subprocess.run([ann, "run", "page.ann", "-o", "page.h5", "--fresh", "--quiet"], cwd=folder, check=True)
            for name in names:
                picture = (pathlib.Path(folder) / f"page_{name}.svg").read_bytes()
                (pages / "figures" / f"{name}.svg").write_bytes(picture)
                print(f"{page.relative_to(pages)}: {name}.svg")
