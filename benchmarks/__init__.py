"""What measures cost: training, scale, the web server, the gate's error rates. Never part of a test."""

from digits.core.determinism import pin_environment

pin_environment()  # before anything imports NumPy
