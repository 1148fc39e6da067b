"""Exercises of the chapter "What is in the picture?"."""

from functools import partial

import numpy as np

from dlcore.exercises.exercise import Exercise


def head_slopes(h, slope, head):
    """Return the slope of the loss by every number that a head reads.

    h: (rows, columns, channels), the answers of the last convolution for
        one picture, no two equal. slope: (channels,), the slope of the loss
        by what the head hands on. head: "average" or "max".

    Returns an array of the shape of h.
    """
    if head == "average":
        places = h.shape[0] * h.shape[1]
        return np.ones(h.shape) * slope / places
    largest = h == h.max(axis=(0, 1))
    return largest * slope


def slopes_undivided(h, slope, head):
    if head == "average":
        return np.ones(h.shape) * slope
    return head_slopes(h, slope, head)


def slopes_shared_by_all(h, slope, head):
    return head_slopes(h, slope, "average")


def slopes_of_one_channel(h, slope, head):
    if head == "average":
        return head_slopes(h, slope, head)
    return (h == h.max()) * slope


def slopes_times_the_value(h, slope, head):
    return head_slopes(h, slope, head) * h


class HeadSlopes(Exercise):
    """Send a slope back through an average and through a maximum."""

    solution = head_slopes
    hints = (
        "Move one number of h by a little. By how much does the mean of its "
        "channel move? By how much the largest of its channel?",
        "The mean of 64 numbers moves by a 64th of it. The largest moves "
        "along if the number is the largest, and else stays.",
        "`h == h.max(axis=(0, 1))` marks the largest of each channel. Times "
        "`slope`, it is the answer for the maximum.",
    )
    misconceptions = (
        (
            "forgets to divide",
            slopes_undivided,
            "One number of many moves their mean by only its share. Divide "
            "by the number of places.",
        ),
        (
            "shares the maximum's slope",
            slopes_shared_by_all,
            "The maximum does not listen to the others: a number that is "
            "not the largest can move a little, and nothing changes.",
        ),
        (
            "finds one maximum in all channels",
            slopes_of_one_channel,
            "Each channel has a largest number of its own. Take the maximum "
            "over rows and columns only.",
        ),
        (
            "multiplies by the value",
            slopes_times_the_value,
            "The slope of a mean does not depend on how large its numbers "
            "are. There is no factor h.",
        ),
    )

    def inputs(self, rng):
        h = np.array([[[1.0, 5.0], [2.0, 3.0]]])
        for head in "average", "max":
            yield h, np.array([6.0, -1.0]), head
        for _ in range(3):
            rows, columns, channels = (int(v) for v in rng.integers(2, 6, 3))
            h = rng.normal(size=(rows, columns, channels))
            for head in "average", "max":
                yield h, rng.normal(size=channels), head


def worst_group(labels, predictions, groups):
    """Return the accuracy of the group that is read worst.

    labels, predictions: (n,) class numbers. groups: (n,) the number of the
        group that each picture belongs to, such as its photograph.

    Returns a float from 0 to 1: the smallest of the groups' accuracies.
    """
    right = labels == predictions
    return float(min(right[groups == g].mean() for g in np.unique(groups)))


def mean_over_groups(labels, predictions, groups):
    right = labels == predictions
    return np.mean([right[groups == g].mean() for g in np.unique(groups)])


class WorstGroup(Exercise):
    """Find the accuracy of the worst group."""

    solution = worst_group
    hints = (
        "First one array of True and False: which pictures are right?",
        "`right[groups == g].mean()` is the accuracy of group g.",
        "`np.unique(groups)` gives every group once. Take the smallest "
        "accuracy of all.",
    )
    misconceptions = (
        (
            "takes all pictures together",
            lambda labels, predictions, groups: np.mean(labels == predictions),
            "This is the accuracy over all pictures. A large group that is "
            "read well hides a small one that is not.",
        ),
        (
            "takes the mean over the groups",
            mean_over_groups,
            "This is the mean of the groups' accuracies. The worst group "
            "asks for the smallest.",
        ),
        (
            "gives the group's number",
            lambda labels, predictions, groups: min(
                np.unique(groups),
                key=lambda g: (labels == predictions)[groups == g].mean(),
            ),
            "This is the number of the worst group. Its accuracy was asked "
            "for.",
        ),
        (
            "shares out the mistakes of all",
            lambda labels, predictions, groups: min(
                np.mean((labels == predictions) & (groups == g))
                for g in np.unique(groups)
            ),
            "Divide by the pictures of the group, not by all pictures.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([0, 1, 2, 0, 1]),
            np.array([0, 1, 2, 0, 0]),
            np.array([5, 5, 5, 3, 3]),
        )
        for n in 40, 200:
            labels = rng.integers(6, size=n)
            groups = rng.integers(1, 4, size=n)
            lost = rng.random(n) < 0.2 * groups
            yield labels, (labels + lost) % 6, groups


def occlusion_map(predict, picture, label, size):
    """Return how much probability each covered patch costs.

    predict: takes (n, height, width, 3) pictures, returns (n, classes)
        probabilities. picture: (height, width, 3). label: a class number.
        size: the side of a patch, which divides height and width.

    For each patch of size by size pixels (patches do not overlap) a copy of
    the picture is made in which the patch is covered by the picture's mean
    colour. Element (r, c) of the result is the probability of `label` for
    the picture itself minus that for the copy with patch (r, c) covered.

    Returns (height // size, width // size).
    """
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    before = predict(picture[np.newaxis])[0, label]
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            copy = picture.copy()
            patch = np.s_[r * size : (r + 1) * size, c * size : (c + 1) * size]
            copy[patch] = picture.mean(axis=(0, 1))
            result[r, c] = before - predict(copy[np.newaxis])[0, label]
    return result


def occlusion_wrong(predict, picture, label, size, fresh=True, black=False):
    """Without a fresh copy for each patch, or with black patches."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    before = predict(picture[np.newaxis])[0, label]
    result = np.zeros((rows, columns))
    fill = 0 if black else picture.mean(axis=(0, 1))
    copy = picture.copy()
    for r in range(rows):
        for c in range(columns):
            copy = picture.copy() if fresh else copy
            copy[r * size : (r + 1) * size, c * size : (c + 1) * size] = fill
            result[r, c] = before - predict(copy[np.newaxis])[0, label]
    return result


class OcclusionMap(Exercise):
    """Cover a picture patch by patch, and see what the answer loses."""

    solution = occlusion_map
    hints = (
        "Two loops, over the rows and the columns of patches. In each round "
        "one fresh copy of the picture.",
        "The patch is `copy[r * size : (r + 1) * size, c * size : (c + 1) * "
        "size]`. Set it to `picture.mean(axis=(0, 1))`.",
        "`predict` wants a batch: `predict(copy[np.newaxis])[0, label]`. "
        "Subtract that from the same for the picture itself.",
    )
    misconceptions = (
        (
            "covers more and more",
            partial(occlusion_wrong, fresh=False),
            "The patches of the rounds before are still covered. Begin each "
            "round with a fresh copy of the picture.",
        ),
        (
            "covers with black",
            partial(occlusion_wrong, black=True),
            "The patch is black here. Black is a colour that a network may "
            "take for something; the mean of the picture is asked for.",
        ),
        (
            "turns the sign round",
            lambda predict, picture, label, size: (
                -occlusion_map(predict, picture, label, size)
            ),
            "A patch that the answer needs should count positive: the "
            "probability before minus the one after.",
        ),
        (
            "gives what is left",
            lambda predict, picture, label, size: (
                predict(picture[np.newaxis])[0, label]
                - occlusion_map(predict, picture, label, size)
            ),
            "This is the probability that is left. What was lost is asked "
            "for.",
        ),
    )

    def inputs(self, rng):
        for height, width, size in (4, 4, 2), (8, 4, 2), (9, 6, 3):
            w = rng.normal(size=(height * width * 3, 4))

            def predict(pictures, w=w):
                z = np.exp(pictures.reshape(len(pictures), -1) @ w)
                return z / z.sum(axis=1, keepdims=True)

            for label in 0, 3:
                yield predict, rng.random((height, width, 3)), label, size
