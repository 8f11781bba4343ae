"""What several engines share of ImageJ: its arithmetic and number texts, auto thresholds and curve fit."""
