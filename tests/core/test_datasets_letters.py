"""Rendered letters: shapes, balance, and geometry that hold by definition."""

import numpy as np
import pytest

from dlcore.datasets import letters
from dlcore.datasets.letters import SHAPES, _ink, _strokes


def test_each_writer_writes_each_letter_equally_often():
    x, y, writer = letters(writers=3, samples=2)
    assert x.shape == (156, 28, 28) and x.dtype == np.uint8
    assert y.shape == writer.shape == (156,)
    assert y.dtype == writer.dtype == np.int64
    counts = np.zeros((26, 3), int)
    np.add.at(counts, (y, writer), 1)
    assert (counts == 2).all()


def test_a_seed_fixes_every_byte():
    first = [a.tobytes() for a in letters(2, 1, seed=5)]
    assert first == [a.tobytes() for a in letters(2, 1, seed=5)]
    rng = np.random.default_rng(5)
    assert first == [a.tobytes() for a in letters(2, 1, seed=rng)]
    assert first != [a.tobytes() for a in letters(2, 1, seed=6)]


@pytest.mark.parametrize("name", ["writers", "samples"])
def test_bad_arguments_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} expects .* received 0"):
        letters(**{name: 0})
    with pytest.raises(TypeError, match=f"{name} expects .* received 2.5"):
        letters(**{name: 2.5})


def test_letters_are_sized_and_centred_as_those_of_mnist():
    x, _, _ = letters(writers=10, samples=1)
    ink = x.astype(float)
    total = ink.sum(axis=(1, 2))
    assert np.abs(ink.sum(axis=1) @ np.arange(28) / total - 14).max() < 1
    assert np.abs(ink.sum(axis=2) @ np.arange(28) / total - 14).max() < 1
    dark = x > 127
    sides = [
        max(np.ptp(np.flatnonzero(one.any(axis=a))) + 1 for a in (0, 1))
        for one in dark
    ]
    assert min(sides) >= 17 and max(sides) <= 21
    assert (x.reshape(len(x), -1).max(axis=1) == 255).all()


def test_images_of_a_writer_are_more_alike_than_those_of_two():
    x, y, writer = letters(writers=20, samples=2, seed=1)
    order = np.lexsort((writer, y))
    x = x[order].astype(float).reshape(26, 20, 2, 784)
    own = np.square(x[:, :, 0] - x[:, :, 1]).sum(-1).mean()
    others = np.square(x[:, :-1, 0] - x[:, 1:, 1]).sum(-1).mean()
    assert own < 0.6 * others


def test_the_table_has_all_letters_on_the_grid():
    assert "".join(SHAPES) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for ways in SHAPES.values():
        for shape in ways:
            for point in shape.replace(",", "").split():
                assert set(point.lstrip("~")) <= set("012345678")
                assert len(point.lstrip("~")) == 2


def test_paths_go_through_the_points_and_ends_point_outwards():
    places, ends, is_round, (straight, curved) = _strokes("00 48, ~10 15 48")
    np.testing.assert_array_equal(
        places, [[0, 0], [4, 8], [1, 0], [1, 5], [4, 8]]
    )
    for path in straight @ places, curved @ places:
        np.testing.assert_allclose(path[[0, 16]], places[:2])
        np.testing.assert_allclose(
            path[[17, 33, 34, 50]], places[[2, 3, 3, 4]]
        )
    assert not is_round[:17].any() and is_round[17:].all()
    np.testing.assert_array_equal(
        ends @ places, [[-4, -8], [4, 8], [0, -5], [0, 0], [3, 3]]
    )
    # Two points make a straight line, also for the curve of Catmull & Rom;
    # its middle between (1, 5) and (4, 8) has the tangents (1.5, 4), (3, 3).
    np.testing.assert_allclose((curved @ places)[8], [2, 4])
    middle = [2.5 + (1.5 - 3) / 8, 6.5 + (4 - 3) / 8]
    np.testing.assert_allclose((curved @ places)[42], middle)


def test_the_middle_of_a_long_line_is_full_of_ink():
    down = np.linspace(0, 1, 17)[None]
    image = _ink(np.zeros((1, 17)), down, np.array([[1.0]]))[0]
    # 18 pixels long around row 14, centred on column 14: the profile is
    # 1.8 exp(-gap^2 / 2), cut off at 1.
    gap = np.arange(28) - 14
    profile = np.minimum(1.8 * np.exp(-0.5 * gap**2), 1)
    np.testing.assert_allclose(image[14], np.floor(255 * profile), atol=1)
    assert image[2].max() == 0 and image[26].max() == 0
