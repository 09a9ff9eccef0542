"""Turns any picture of a digit into a 28x28 image like MNIST's: open the file, separate ink from background, center.

Public: `pictures.read` (file to gray picture), `mnist_format.prepare` (gray picture to 28x28), and `cutting` (several
digits). Imports nothing else of this project.
"""
