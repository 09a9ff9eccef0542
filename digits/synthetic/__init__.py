"""Images that the project draws itself: printed characters, and pages without a digit.

Public: `fonts` (characters on a page), `pages` (out-of-distribution pages). Used by the studies; may import `imaging`.
"""
