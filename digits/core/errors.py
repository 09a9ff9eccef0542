"""The one exception class for what a user can cause and mend."""


class UserError(ValueError):
    """Something that the user can mend; its message says in one line what is wrong and what to do."""
