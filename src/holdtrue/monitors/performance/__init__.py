"""How wrong predictions are, with labels and without."""
