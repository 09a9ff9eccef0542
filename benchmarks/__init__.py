"""What measures cost and error rates: training, the web server, the gate. Never part of a test."""

from digits.determinism import pin_environment

pin_environment()  # before anything imports NumPy
