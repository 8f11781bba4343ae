"""How Costes' search can end, as a number in the records, and what is to say of it."""

FOUND, AT_MAXIMUM, NO_ZERO, FALLING = 0, 1, 2, 3
"""Along a line that falls there is no search: the maxima are Costes' answer for channels that are not positively
correlated, and nothing is to be said of it."""

SENTENCES = {
    AT_MAXIMUM: "Costes' search ended at the maximum: even with the highest pixels there is no positive correlation "
    "below the thresholds, so hardly a pixel is above them; M1 and M2 need thresholds found in another way",
    NO_ZERO: "Costes' search ended at the minimum: the correlation below the thresholds is positive wherever they "
    "are, so nearly every pixel is above them; M1 and M2 need thresholds found in another way",
}
