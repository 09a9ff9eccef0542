"""Study: the exported recognizer on MNIST, printed digits, pages without a digit and a user's own drawings."""
