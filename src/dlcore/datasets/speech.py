"""Synthesised speech: ten short words, said by voices that never lived.

Nobody was recorded. A source (pulses of the vocal folds, or noise) goes
through filters (the resonances of the mouth, called formants): Fant 1960,
"Acoustic Theory of Speech Production". The filters are those of Klatt 1980,
JASA 67, 971-995, with three formants. The formants of the vowels are the
means over men of Peterson & Barney 1952, JASA 24, 175-184, table II; those
of the consonants are rough. A voice multiplies them: a shorter throat has
higher ones.
"""

from typing import NamedTuple

import numpy as np

from dlcore.datasets import checks

RATE = 8000  # samples a second
STEP = 40  # samples for which the mouth stands still: 5 milliseconds
#: Five pairs; in each, one word is the other read backwards.
WORDS = ("ai", "ia", "ma", "am", "mo", "om", "sa", "as", "so", "os")
#: Hz of three formants and of their bandwidths; loudness of the pulses; of
#: the noise, its Hz and its bandwidth.
SOUNDS = {
    "a": (730, 1090, 2440, 80, 90, 150, 1.0, 0, 3000, 1000),
    "i": (270, 2290, 3010, 50, 110, 170, 0.8, 0, 3000, 1000),
    "o": (570, 840, 2410, 70, 80, 150, 1.0, 0, 3000, 1000),
    "m": (250, 1100, 2200, 60, 250, 300, 0.5, 0, 3000, 1000),
    "s": (320, 1400, 2530, 200, 200, 250, 0, 1.0, 3600, 500),
}


class Voice(NamedTuple):
    """A speaker: pitch in Hz, factors, and the accent.

    tract: by what all formants are multiplied. pace: by what all times are
    divided. edge: bandwidth in Hz of the pulses; a larger one is brighter.
    accent: {sound: three factors}, this voice's own formants.
    """

    pitch: float
    tract: float
    pace: float
    edge: float
    accent: dict


def voices(n, children=False, seed=0):
    """Return n voices: by turns low and high ones, or children's alone."""
    n, rng = checks.count("n", n), np.random.default_rng(seed)
    made = []
    for k in range(n):
        kind = 2 if children else k % 2
        made.append(
            Voice(
                pitch=(115, 205, 290)[kind] * np.exp(0.13 * _bounded(rng)),
                tract=(1.0, 1.16, 1.36)[kind] * np.exp(0.04 * _bounded(rng)),
                pace=np.exp(0.12 * _bounded(rng)),
                edge=rng.uniform(60, 250),
                accent={
                    sound: np.exp(0.06 * _bounded(rng, 3)) for sound in SOUNDS
                },
            )
        )
    return made


def spoken(n, speakers, seed=0):
    """Let the speakers say n words of `WORDS`; words and speakers take turns.

    speakers: what `voices` returns. Returns waves (n, 4800) float32, 0.6
    seconds each, labels (n,) and the number of the speaker (n,), both int64.
    Samples lie between -1 and 1. The recording has no noise.
    """
    n, rng = checks.count("n", n), np.random.default_rng(seed)
    if not len(speakers):
        raise ValueError("speakers expects at least one voice, received none")
    labels = np.arange(n) % len(WORDS)
    speaker = np.arange(n) // len(WORDS) % len(speakers)
    waves, _ = say(
        [WORDS[k] for k in labels], [speakers[k] for k in speaker], rng
    )
    return waves, labels, speaker


def say(words, speakers, seed=0, seconds=0.6):
    """Return waves (n, samples) float32 and formants (n, 200 a second, 3).

    words: n strings of the letters of `SOUNDS`. speakers: n voices, one for
    each word. No word is said twice in the same way: time of the beginning,
    lengths, loudness and formants vary by a little. The formants are in Hz.

    Raises ValueError if a letter has no sound, if words and speakers differ
    in number, or if a word might not fit into the time (0.25 s a sound).
    """
    rng = np.random.default_rng(seed)
    seconds = checks.spread("seconds", seconds)
    if not 0 < len(words) == len(speakers):
        raise ValueError(
            "say expects as many words as speakers, and at least one, "
            f"received {len(words)} and {len(speakers)}"
        )
    for word in words:
        if not word or set(word) - set(SOUNDS):
            raise ValueError(
                f"words expects letters of {''.join(SOUNDS)}, "
                f"received {word!r}"
            )
        if 0.25 * len(word) + 0.05 > seconds:
            raise ValueError(
                f"seconds expects at least 0.25 a sound and 0.05 more, "
                f"received {seconds} for {word!r}"
            )
    tracks = np.stack(
        [
            _track(word, voice, seconds, rng)
            for word, voice in zip(words, speakers, strict=True)
        ],
        axis=-1,
    )  # (moments, 11, n)
    waves = _sound(tracks, np.array([v.edge for v in speakers]), rng)
    waves /= np.abs(waves).max(axis=0)
    waves *= np.exp(rng.uniform(-1.2, 0, size=len(words)))
    return waves.T.astype(np.float32), tracks[:, :3].transpose(2, 0, 1)


def resonate(x, frequency, bandwidth):
    """A resonator: y[t] = A x[t] + B y[t-1] + C y[t-2] (Klatt 1980, eq. 2).

    x: (samples, n), along time first. frequency and bandwidth in Hz: (n,),
    or (moments, n) if they change every `STEP` samples. Returns y like x.
    """
    shape = len(x) // STEP, x.shape[1]
    frequency = np.broadcast_to(frequency, shape)
    c = -np.exp(-2 * np.pi * np.broadcast_to(bandwidth, shape) / RATE)
    b = 2 * np.sqrt(-c) * np.cos(2 * np.pi * frequency / RATE)
    a = 1 - b - c
    y = np.zeros((len(x) + 2, x.shape[1]))
    for t in range(len(x)):
        k = t // STEP
        y[t + 2] = a[k] * x[t] + b[k] * y[t + 1] + c[k] * y[t]
    return y[2:]


def _track(word, voice, seconds, rng):
    """The mouth at each moment: (moments, 11), `SOUNDS` and the pitch."""
    lengths = rng.uniform(0.17, 0.23, len(word)) / voice.pace
    lengths *= min(1, (seconds - 0.05) / lengths.sum())
    start = rng.uniform(0.02, seconds - 0.02 - lengths.sum())
    borders = start + np.concatenate([[0], np.cumsum(lengths)])
    time = np.arange(0, seconds - 1e-9, STEP / RATE)[:, np.newaxis]
    steps = 1 / (1 + np.exp(-(time - borders) / 0.012))
    shares = steps[:, :-1] - steps[:, 1:]  # of each sound
    targets = np.array([SOUNDS[sound] for sound in word], dtype=float)
    accent = np.array([voice.accent[sound] for sound in word])
    targets[:, :3] *= voice.tract * accent
    targets[:, :3] *= np.exp(0.02 * _bounded(rng, (len(word), 3)))
    track = shares @ targets
    mean = track / (shares.sum(axis=1, keepdims=True) + 1e-12)
    track[:, :6], track[:, 8:] = mean[:, :6], mean[:, 8:]  # not the loudness
    track[:, :3] = np.clip(track[:, :3], 150, 3700)
    track[:, 3:6] = np.maximum(track[:, 3:6], 40)
    done = (time - start) / lengths.sum()
    pitch = voice.pitch * (1.08 - 0.22 * done) * np.exp(0.03 * _bounded(rng))
    return np.hstack([track, np.maximum(pitch, 50)])


def _sound(tracks, edge, rng):
    """From tracks (moments, 11, n) to sound (samples, n)."""
    pitch, loud, hissing = (
        np.repeat(tracks[:, k], STEP, axis=0) for k in (10, 6, 7)
    )
    turns = np.floor(np.cumsum(pitch, axis=0) / RATE)
    pulses = np.diff(turns, axis=0, prepend=0) * loud
    folds = resonate(pulses, np.zeros_like(edge), edge)
    folds /= folds.std(axis=0) + 1e-12
    folds += 0.004 * loud * rng.standard_normal(loud.shape)  # breath
    for k in range(3):
        folds = resonate(folds, tracks[:, k], tracks[:, 3 + k])
    folds = np.diff(folds, axis=0, prepend=0)  # as the lips radiate it
    hiss = hissing * rng.standard_normal(loud.shape)
    hiss = resonate(hiss, tracks[:, 8], tracks[:, 9])
    return 0.12 * folds / (folds.std(axis=0) + 1e-12) + 0.02 * hiss


def _bounded(rng, shape=None):
    """Normal numbers, none further out than 2."""
    return np.clip(rng.standard_normal(shape), -2, 2)
