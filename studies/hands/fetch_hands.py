"""Fetch other people's handwritten digits.

Reads the `hands` section of params.yaml; takes files from the folder that DIGITS_ARCHIVES names, if they are there, and
downloads the others. Writes data/hands/<set>.npz: `images` (n, h, w) uint8, dark ink on light paper, `labels` (n,).
"""

from digits.core import artifacts, cli
from studies.hands import handwriting, params, paths


def main() -> str:
    found = {name: handwriting.fetch(name) for name in params.load().sets}
    with artifacts.atomic_write(paths.HANDS) as folder:
        folder.mkdir()
        for name, (images, labels) in found.items():
            artifacts.write_arrays(folder / f"{name}.npz", images=images, labels=labels)
    return ", ".join(f"{name} {len(labels):,}" for name, (_, labels) in found.items()) or "no sets"


if __name__ == "__main__":
    cli.execute("fetch_hands", main)
