"""The web application: a page to draw digits on, and its JSON API."""
