"""Searching a mailbox, as Gmail's search box does."""

from __future__ import annotations

import time

import pytest

from . import ANN, mail
from .test_reading import PDF, listed


@pytest.fixture
def searchable(control, gmail):
    """Four messages, and a function that tells which of them a query finds."""
    now = int(time.time() * 1000)
    raws = {
        "order": mail(
            "Carl Customer <carl@else.example>",
            subject="Order 12",
            text="Please send ten blue chairs",
            Message_ID="<order@else.example>",
        ),
        "invoice": mail(
            "Dora <dora@shop.example>",
            to="x@else.example",
            Cc=ANN,
            subject="Invoice",
            files=(PDF,),
        ),
        "mccarl": mail("mccarl@else.example", subject="Other", text="red chair"),
        "sent": mail(ANN, to="carl@else.example", Bcc="boss@acme.example", text="Ok"),
    }
    labels = {"sent": ["SENT"]}
    ages = {"order": 0, "invoice": 2, "mccarl": 40, "sent": 400}
    ids = {}
    for name, raw in raws.items():
        delivered = control.deliver(
            ANN,
            raw,
            labels=labels.get(name),
            internal_date=now - ages[name] * 86_400_000,
        )
        ids[delivered["id"]] = name

    def find(query: str) -> set[str]:
        return {ids[found] for found in listed(gmail(), q=query)}

    return find


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from:carl@else.example", {"order"}),
        ("from:CARL", {"order"}),
        ("from:else.example", {"order", "mccarl"}),
        ("to:carl@else.example", {"sent"}),
        (f"cc:{ANN}", {"invoice"}),
        ("bcc:boss@acme.example", {"sent"}),
        ("from:carl@else.example OR to:carl@else.example", {"order", "sent"}),
        ("{from:dora@shop.example bcc:boss@acme.example}", {"invoice", "sent"}),
        ("from:(dora OR carl)", {"order", "invoice"}),
        ('subject:"order 12"', {"order"}),
        ("subject:(order invoice)", set()),
        ("chairs", {"order"}),
        ('"blue chairs"', {"order"}),
        ("blue -chairs", set()),
        ("-from:else.example -in:sent", {"invoice"}),
        ("has:attachment", {"invoice"}),
        ("in:sent", {"sent"}),
        ("label:SENT", {"sent"}),
        ("in:inbox is:unread", {"order", "invoice", "mccarl"}),
        ("rfc822msgid:order@else.example", {"order"}),
        ("rfc822msgid:<order@else.example>", {"order"}),
        ("newer_than:3d", {"order", "invoice"}),
        ("older_than:1y", {"sent"}),
        ("newer_than:2m older_than:1d", {"invoice", "mccarl"}),
        ("(from:carl OR from:dora) newer_than:1d", {"order"}),
        ("after:2001/02/03 before:2002/1/1", set()),
        ('")(}{ OR -', set()),
    ],
)
def test_search(searchable, query, found):
    assert searchable(query) == found


def test_search_by_epoch_seconds(searchable):
    bound = int(time.time()) - 86_400
    assert searchable(f"after:{bound}") == {"order"}
    assert searchable(f"before:{bound}") == {"invoice", "mccarl", "sent"}


def test_dates_are_midnight_in_pacific_time(control, gmail):
    midnight = 1_704_096_000_000  # 2024-01-01 00:00 PST
    before = control.deliver(ANN, mail(), internal_date=midnight - 1)["id"]
    after = control.deliver(ANN, mail(), internal_date=midnight)["id"]
    assert listed(gmail(), q="after:2024/01/01") == [after]
    assert listed(gmail(), q="before:2024/1/1") == [before]


def test_search_index_may_lag_behind(control, gmail):
    control.set(search_lag=60)
    sent = control.deliver(ANN, mail(), labels=["SENT"])["id"]
    assert listed(gmail(), q="in:sent") == []
    assert listed(gmail(), labelIds=["SENT"]) == [sent]


def test_a_big_mailbox_is_quick(control, gmail):
    pattern = mail(subject="Number 0", text="word " * 50)
    raws = [pattern.replace(b"Number 0", b"Number %d" % n) for n in range(1500)]
    control.deliver_many(ANN, raws)
    # Time of this process, which runs the server too: others may load the machine.
    begin = time.process_time()
    assert len(listed(gmail(), maxResults=500)) == 500
    assert len(listed(gmail(), q="from:carl@else.example", maxResults=500)) == 500
    assert time.process_time() - begin < 1.5
