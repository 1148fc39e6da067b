"""Synthesised speech: shapes, and physics that holds by definition."""

import numpy as np
import pytest

from dlcore.datasets import speech

ADULTS = speech.voices(4)


def test_words_are_five_pairs_and_each_is_the_other_backwards():
    assert speech.WORDS[::2] == tuple(w[::-1] for w in speech.WORDS[1::2])
    assert len(set(speech.WORDS)) == 10


def test_spoken_has_the_promised_shapes_types_and_turns():
    waves, labels, speaker = speech.spoken(45, ADULTS, seed=1)
    assert waves.shape == (45, 4800) and waves.dtype == np.float32
    assert labels.dtype == speaker.dtype == np.int64
    np.testing.assert_array_equal(labels, [*range(10)] * 4 + [*range(5)])
    np.testing.assert_array_equal(speaker, np.repeat([0, 1, 2, 3, 0], 10)[:45])
    assert np.isfinite(waves).all()
    assert 0.3 < np.abs(waves).max() <= 1


def test_a_seed_fixes_every_byte():
    first = speech.spoken(3, ADULTS, seed=5)[0].tobytes()
    assert first == speech.spoken(3, ADULTS, seed=5)[0].tobytes()
    rng = np.random.default_rng(5)
    assert first == speech.spoken(3, ADULTS, seed=rng)[0].tobytes()
    assert first != speech.spoken(3, ADULTS, seed=6)[0].tobytes()
    assert str(speech.voices(2, seed=1)) == str(speech.voices(2, seed=1))
    assert str(speech.voices(2, seed=1)) != str(speech.voices(2, seed=2))


def test_low_and_high_voices_take_turns_and_children_are_higher():
    low, high = ADULTS[0], ADULTS[1]
    child = speech.voices(1, children=True)[0]
    assert low.pitch < high.pitch < child.pitch
    assert low.tract < high.tract < child.tract


@pytest.mark.parametrize("frequency", [500, 1500, 3000])
def test_a_resonator_answers_most_at_its_own_frequency(frequency):
    knock = np.zeros((speech.RATE, 1))
    knock[0] = 1
    y = speech.resonate(knock, np.array([frequency]), np.array([60]))
    answer = np.abs(np.fft.rfft(y[:, 0]))  # one second: one bin a hertz
    assert abs(answer.argmax() - frequency) <= 2
    half = answer > answer.max() / np.sqrt(2)
    assert abs(half.sum() - 60) <= 3  # the bandwidth, at half the power
    assert answer[0] == pytest.approx(1)  # Klatt's gain at 0 Hz


def test_a_resonator_changes_at_each_moment():
    x = np.ones((2 * speech.STEP, 1))
    moving = speech.resonate(x, np.array([[900.0], [2000.0]]), np.array([80]))
    still = speech.resonate(x, np.array([900.0]), np.array([80]))
    np.testing.assert_array_equal(moving[:40], still[:40])
    assert not np.array_equal(moving[40:], still[40:])


def test_pulses_come_at_the_pitch_and_fall():
    voice = ADULTS[0]._replace(pitch=100.0, pace=1.0)
    wave, _ = speech.say(["a"], [voice], seconds=0.3)
    spectrum = np.abs(np.fft.rfft(wave[0], 8000))
    lowest = 60 + spectrum[60:160].argmax()
    assert 85 < lowest < 115


def test_formants_are_those_of_the_table_times_the_tract():
    plain = {sound: np.ones(3) for sound in speech.SOUNDS}
    for tract in (1.0, 1.2):
        voice = ADULTS[0]._replace(tract=tract, accent=plain)
        _, formants = speech.say(["a"], [voice])
        assert formants.shape == (1, 120, 3)
        expected = np.array([730, 1090, 2440]) * tract
        middle = formants[0, 60]
        np.testing.assert_allclose(middle, expected, rtol=0.045)


def test_a_long_word_lasts_as_long_as_told():
    waves, formants = speech.say(["masoia"], ADULTS[:1], seconds=1.6)
    assert waves.shape == (1, 12800) and formants.shape == (1, 320, 3)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: speech.voices(0), ValueError, "n expects .* received 0"),
        (
            lambda: speech.spoken(1.5, ADULTS),
            TypeError,
            "n expects a whole number, received 1.5",
        ),
        (
            lambda: speech.spoken(3, []),
            ValueError,
            "speakers expects at least one voice, received none",
        ),
        (
            lambda: speech.say(["ai"], ADULTS),
            ValueError,
            "as many words as speakers, .* received 1 and 4",
        ),
        (lambda: speech.say([], []), ValueError, "received 0 and 0"),
        (
            lambda: speech.say(["ax"], ADULTS[:1]),
            ValueError,
            "words expects letters of aioms, received 'ax'",
        ),
        (lambda: speech.say([""], ADULTS[:1]), ValueError, "received ''"),
        (
            lambda: speech.say(["mama"], ADULTS[:1]),
            ValueError,
            "seconds expects .* received 0.6 for 'mama'",
        ),
        (
            lambda: speech.say(["a"], ADULTS[:1], seconds="long"),
            TypeError,
            "seconds expects a number of at least 0, received 'long'",
        ),
    ],
)
def test_wrong_arguments_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()
