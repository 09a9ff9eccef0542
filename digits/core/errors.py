"""The one exception class for what a user can cause and fix."""


class UserError(ValueError):
    """Something that the user can fix; its message says in one line what is wrong and what to do."""
