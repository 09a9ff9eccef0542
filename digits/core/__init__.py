"""Files, paths, command lines, processes and the pins that make numbers reproducible.

Imports nothing else of this project. Public: `artifacts` (safe reading and writing), `paths`, `cli`, `processes`,
`determinism`, `errors`.
"""
