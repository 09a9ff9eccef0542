"""Recognize handwritten digits in pictures, as `digits-read` does where the project is installed.

python -m apps.predict --help
"""

from digits.command.main import main

if __name__ == "__main__":
    main()
