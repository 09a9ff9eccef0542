"""Study: how well models separate digits from out-of-distribution images and from digits they were not trained on."""
