import math
import time


class Budget:
    """What one run may take: time, and messages out of Gmail's quota.

    :param seconds: from now on
    :param messages: how many may be fetched, headers or whole
    """

    def __init__(self, seconds, messages=math.inf):
        self._deadline = time.monotonic() + seconds
        self._messages = messages

    def spend(self, messages):
        self._messages -= messages

    @property
    def is_left(self):
        return self._messages > 0 and time.monotonic() < self._deadline
