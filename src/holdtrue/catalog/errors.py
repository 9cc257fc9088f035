"""The catalog's own error."""

from holdtrue.foundation import EnvironmentFailed


class Conflict(EnvironmentFailed):
    """Someone else changed it first: read it again and decide anew.

    Example:
        >>> str(Conflict("production moved to epoch 3", hint="read it again"))
        'production moved to epoch 3 (read it again)'
    """

    code = "conflict"
