"""stub"""


def ensure():
    pass
