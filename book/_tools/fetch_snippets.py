"""Fetches the rated sentences that `dlcore.datasets.snippets` reads.

They belong to the package vaderSentiment (MIT licence), but stand only in its
source archive, not in what is installed from it. So pip is asked for the
archive of one version, by its checksum, and the four files are put into the
environment. They are not ours, so they are not in the repository.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

NAME, VERSION = "vaderSentiment", "3.3.2"
CHECKSUM = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
FOLDER = Path(sys.prefix, "share", "dlcore", "snippets")


def download(folder):
    """The source archive, which pip puts into this folder."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{NAME}=={VERSION} --hash=sha256:{CHECKSUM}\n")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet",
            "--disable-pip-version-check", "--no-deps", "--no-binary",
            ":all:", "--no-build-isolation", "--require-hashes",
            "--requirement", str(wanted), "--dest", str(folder),
        ],
        check=True,
    )  # fmt: skip
    return folder / f"{NAME}-{VERSION}.tar.gz"


def unpack(archive, folder):
    """Write the four files of sentences; the archive holds a second one."""
    inner = f"{NAME}-{VERSION}/additional_resources/hutto_ICWSM_2014.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tarfile.open(archive) as outer,
        tarfile.open(fileobj=outer.extractfile(inner)) as files,
    ):
        for member in files:
            name = Path(member.name).name
            if name.endswith("_GroundTruth.txt"):
                content = files.extractfile(member).read()
                (folder / name).write_bytes(content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        unpack(download(Path(place)), FOLDER)
