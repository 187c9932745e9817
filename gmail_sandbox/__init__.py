"""A local stand-in for Google: OAuth, the Gmail API, mail delivery and a webmail.

For tests and demonstrations of software that talks to Gmail. It knows nothing of
that software: everything happens over HTTP (and SMTP), as with Google.
"""

__version__ = "1.0.0"
