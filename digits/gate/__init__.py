"""Is one version of the project worse than another? Needs what git holds: no data, no model, no DVC cache."""

RECOGNIZER = "recognizer"  # the exported model, which has measures as the recipes have
