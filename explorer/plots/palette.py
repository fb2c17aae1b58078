"""The colours of every figure: Okabe and Ito's, told apart by people with any kind of colour vision.

Source: Okabe & Ito, "Color Universal Design", 2008.
"""

from __future__ import annotations

BLUE, ORANGE, GREEN, PURPLE, SKY, RED, OLIVE, GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C7A00", "#7A8793"
CATEGORIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, OLIVE, GREY)
TRAIN, VALIDATION, TEST = GREY, "#1E9478", "#A94FCB"  # as in the live picture, where blue and orange stand for classes and signs
AMOUNT = [[0.0, "rgba(0,114,178,0)"], [1.0, BLUE]]  # nothing to much; clear at 0, so that it fits light and dark
