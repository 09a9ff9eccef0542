"""`python -m digits.recognizer` is `digits-read`, without installing it."""

from digits.recognizer.command import main

if __name__ == "__main__":
    main()
