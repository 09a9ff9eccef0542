"""Drawing and pages: plots on given axes, pictures of digits, tables, embedding in HTML, templates.

Computes no metric. May import `core`, `config` and `data`.
"""
