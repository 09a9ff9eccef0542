"""Images that the project draws itself, the same on every run: printed characters (`fonts`), pages without a digit
(`pages`), photos of a handwritten digit on paper (`paper`) and of several (`multi_digit`).
"""
