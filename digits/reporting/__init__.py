"""The core report: tables of results and the page around them.

Public: `report`, `results`.
"""
