"""How Costes' search can end, as a number in the records, and what is to say of it."""

FOUND, AT_MAXIMUM, NO_ZERO, FALLING = 0, 1, 2, 3

SENTENCES = {
    AT_MAXIMUM: "Costes' search ended at the maximum: even with the highest pixels there is no positive correlation "
    "below the thresholds, so hardly a pixel is above them; M1 and M2 need thresholds found in another way",
    NO_ZERO: "Costes' search ended at the minimum: the correlation below the thresholds is positive wherever they "
    "are, so nearly every pixel is above them; M1 and M2 need thresholds found in another way",
    FALLING: "the regression line does not rise, so Costes' search has no way to go: the thresholds are the maxima, "
    "and no pixel is above them; M1 and M2 need thresholds found in another way",
}
