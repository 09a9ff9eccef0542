"""What measures cost: training, scale, the web server, the gate's error rates. Never part of a test."""
