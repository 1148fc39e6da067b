"""Packs the built site into one zip file, the same for the same site.

    python book/_tools/pack.py _build/html site.zip

Names are sorted and times fixed, so that two builds can be compared. All
files are in one folder named like the zip: unpack it, open index.html.
"""

import sys
import zipfile
from pathlib import Path

# The earliest time that a zip file can hold.
TIME = (1980, 1, 1, 0, 0, 0)
FILE = 0o100644 << 16  # a plain file that its owner may write


def pack(site, output):
    """Write the files of the folder `site` into `output`; returns how many.

    Hidden files are what builds leave for themselves, and stay out.
    """
    files = {
        path.relative_to(site).as_posix(): path
        for path in site.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    with zipfile.ZipFile(output, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{output.stem}/{name}", TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on every system
            entry.external_attr = FILE
            archive.writestr(entry, files[name].read_bytes(), compresslevel=9)
    return len(files)


def main(site, output):
    site, output = Path(site), Path(output)
    if not (site / "index.html").is_file():
        sys.exit(f"no page index.html in {site}: run `make book`")
    count = pack(site, output)
    size = output.stat().st_size / 1e6
    print(f"{output}: {count} files, {size:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
