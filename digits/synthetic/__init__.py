"""Images that the project draws itself: printed characters, pages without a digit, photos of handwritten digits.

Public: `fonts` (characters on a page), `pages` (out-of-distribution pages), `paper_conditions` (photos of a digit on
paper), `rows` (of several digits). Used by the studies; may import `imaging`.
"""
