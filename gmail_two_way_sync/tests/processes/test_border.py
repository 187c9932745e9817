"""B4: what never goes through Gmail leaves as if the addon were not there.

The plays are recorded twice, each time by an Odoo of its own that sends to a mail
server over a socket: in a database without the addon, and in one with it whose user
has a connected mailbox.
"""

import json
import re
import subprocess
from collections import namedtuple
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from dev import odoo, postgres
from dev.run_odoo import Runner
from dev.templates import Templates
from gmail_sandbox.server import SandboxServer

from .border import plays, recorder
from .border.plays import PLAYS
from .border.scene import ANNA, BEN, CUSTOMER
from .server import free_port

INDIVIDUAL = plays.comment_to_a_customer_that_a_colleague_follows
STANDARD = [each for each in PLAYS if each is not INDIVIDUAL]
LONGEST = 300
# In Odoo's shell; the plays' package is found without the addon.
SCRIPT = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from border.recorder import record
record(env)
"""

# What differs each time, although nothing is different.
EACH_TIME = {
    r"<[\w.-]+-(openerp|odoo)-[^<>\s]+>": "<Message-ID>",
    r"={7,}\d+={2,}": "boundary",
    # Access tokens: named ones, in the path of an address, and signatures.
    r"(token|hash)=[^&\s\"'<>]+": r"\1=token",
    r"/(chat/\d+|r|rate)/\w+": r"/\1/token",
    r"\b[0-9a-f]{32,}\b": "token",
    # Dates and ids inside of calendar files.
    r"\b(DTSTAMP|CREATED|UID):.*": r"\1:",
    # These are two databases, and the addon has scheduled actions, too.
    r"\bdb=\w+": "db",
    r"\bir\.cron(-|&(amp;)?res_id=)\d+": "ir.cron",
    # Namespaces are written in the order of a set.
    r"<html xmlns[^>]+>": "<html>",
}

Recordings = namedtuple("Recordings", "without with_addon in_gmail")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """What each play sent, by its name, without and with the addon."""
    folder = tmp_path_factory.mktemp("border")
    with SandboxServer() as sandbox, postgres.server() as postgresql:
        sandbox.control.create_account(ANNA, "Anna Berg", kind="workspace")
        sandbox.control.create_account(CUSTOMER, "Carla", kind="workspace")
        runner = Runner(odoo.find(), postgresql)
        templates = Templates(runner)
        with templates.run_without_addon() as database:
            without = record(runner, folder / "without", database)
        with templates.run() as database:
            with_addon = record(
                runner,
                folder / "with",
                database,
                **{recorder.SANDBOX_URL: sandbox.base_url},
            )
        in_gmail = sandbox.control.messages(ANNA, "in:sent")
    return Recordings(without, with_addon, in_gmail)


def record(runner, file, database, **environment):
    """Record the plays in a database, by an Odoo that is a process of its own."""
    port = free_port()
    config = runner.configure(
        file.with_suffix(".conf"), database, smtp_server="127.0.0.1", smtp_port=port
    )
    environment |= {recorder.RECORDING: str(file), recorder.SMTP_PORT: str(port)}
    done = subprocess.run(
        runner.command("shell", "-c", config, "--no-http", "--log-level", "error"),
        env=runner.environment(**environment),
        input=SCRIPT,
        text=True,
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    assert file.exists(), done.stderr
    return {
        name: sorted(map(comparable, sent))
        for name, sent in json.loads(file.read_text()).items()
    }


def comparable(sent):
    """Envelope, headers and parts of a mail, without what differs each time."""
    message = message_from_bytes(
        sent["raw"].encode("ascii", "surrogateescape"), policy=policy.default
    )
    lines = [f"MAIL FROM {sent['from']}", *(f"RCPT TO {each}" for each in sent["to"])]
    for part in message.walk():
        lines += [f"{name}: {value}" for name, value in part.items() if name != "Date"]
        if not part.is_multipart():
            lines.append(text_of(part))
    text = "\n".join(lines)
    for pattern, same in EACH_TIME.items():
        text = re.sub(pattern, same, text)
    return text


def text_of(part):
    content = part.get_content()
    return content if isinstance(content, str) else content.decode("latin-1")


def assert_same(mails, others):
    assert len(mails) == len(others)
    for mail, other in zip(mails, others, strict=True):
        assert mail.splitlines() == other.splitlines()


@pytest.mark.parametrize("play", STANDARD, ids=lambda each: each.__name__)
def test_b4_leaves_as_without_the_addon(recordings, play):
    without = recordings.without[play.__name__]
    assert len(without) == PLAYS[play], without
    assert_same(recordings.with_addon[play.__name__], without)


def test_b1_only_the_individual_one_leaves_through_gmail(recordings):
    [sent] = recordings.in_gmail
    assert CUSTOMER in sent["to"]


def test_b4_a_colleague_gets_odoos_notification_of_it(recordings):
    """The customer's copy, which goes through Gmail, is the only difference."""
    without = recordings.without[INDIVIDUAL.__name__]
    to_ben = [each for each in without if f"RCPT TO {BEN}" in each]
    assert len(without) == PLAYS[INDIVIDUAL]
    assert_same(recordings.with_addon[INDIVIDUAL.__name__], to_ben)
