"""Turns any picture of a digit into a 28x28 image like MNIST's: open the file, separate ink from background, center.

Public: `image_io.read` (file to gray picture) and `mnist_format.prepare` (gray picture to 28x28). Imports nothing else
of this project. Reading raises FileNotFoundError, PermissionError or IsADirectoryError if a file cannot be opened, and
ValueError if it is not a readable picture.
"""
