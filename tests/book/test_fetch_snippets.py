"""The sentences come out of the archive, and nothing else does."""

import io
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import fetch_snippets  # noqa: E402

from dlcore.datasets import sentences  # noqa: E402


def packed(files):
    """A tar.gz of {name: bytes}, as bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archive_of(tmp_path, inner):
    path = tmp_path / "vaderSentiment-3.3.2.tar.gz"
    name = "additional_resources/hutto_ICWSM_2014.tar.gz"
    path.write_bytes(packed({f"vaderSentiment-3.3.2/{name}": packed(inner)}))
    return path


def test_the_ground_truths_are_unpacked_and_nothing_else(tmp_path):
    truth = b"1\t0.5\tYay.\r\n"
    archive = archive_of(
        tmp_path,
        {
            "hutto_ICWSM_2014/tweets_GroundTruth.txt": truth,
            "hutto_ICWSM_2014/../../evil_GroundTruth.txt": b"outside",
            "hutto_ICWSM_2014/tweets_anonDataRatings.txt": b"ratings",
            "hutto_ICWSM_2014/vaderSentiment.py": b"program",
        },
    )
    folder = tmp_path / "a" / "b"
    fetch_snippets.unpack(archive, folder)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["evil_GroundTruth.txt", "tweets_GroundTruth.txt"]
    assert (folder / "tweets_GroundTruth.txt").read_bytes() == truth
    assert not list(tmp_path.glob("evil*"))  # names alone, no paths


def test_a_broken_archive_leaves_no_file(tmp_path):
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not an archive")
    with pytest.raises(tarfile.ReadError):
        fetch_snippets.unpack(broken, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


def test_it_fetches_to_where_the_library_reads():
    assert fetch_snippets.FOLDER == sentences.FOLDER
    assert set(sentences._FILES.values()) == {
        path.name for path in fetch_snippets.FOLDER.iterdir()
    }
    assert len(fetch_snippets.CHECKSUM) == 64
