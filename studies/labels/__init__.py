"""Study: train images whose label is doubtful, found by models that were trained without them."""
