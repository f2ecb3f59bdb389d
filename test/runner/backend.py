"""What a back-end offers to a case, and the errors it raises."""


class Refused(Exception):
    """The server refused the request: an HTTP status and its message."""

    def __init__(self, status, message):
        super().__init__('%s %s' % (status, str(message)[:300]))
        self.status = status
        self.message = message


# Order in which definitions are created, and their kinds in the API.
KINDS = ('workbooks', 'actions', 'workflows')
