"""The webmail's compose form: new mail, answers, forwards."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from . import accounts, compose, mailbox, mime, webmail
from .accounts import Account
from .compose import Attachment, Draft
from .context import sandbox
from .errors import GoogleError

KINDS = ("reply", "reply_all", "forward")
TITLES = {
    "reply": "Reply",
    "reply_all": "Reply to all",
    "forward": "Forward",
    "": "New message",
}


def register(app: Flask) -> None:
    rule = "/mail/<email>/compose"
    app.add_url_rule(rule, "compose", show_form)
    app.add_url_rule(rule, "send", submit, methods=["POST"])


def show_form(email: str) -> str:
    account = webmail.account_or_404(email)
    kind, source = _source(account)
    draft = _prefilled(account, kind, source)
    return _form(account, kind, source, draft)


def _source(account: Account) -> tuple[str, Any]:
    """Which message is answered or forwarded, and how."""
    for kind in KINDS:
        if message_id := request.values.get(kind):
            return kind, webmail.message_or_404(account, message_id)
    return "", None


def _form(
    account: Account, kind: str, source: Any, draft: Draft, problem: str = ""
) -> str:
    store = sandbox().store
    known = [a.email for a in accounts.all_accounts(store) if a.id != account.id]
    files = []
    if kind == "forward":
        original = mime.parse(mailbox.raw_of(store, account, source["id"]))
        files = [file.filename for file in compose.attachments_of(original)]
    return render_template(
        "compose.html",
        account=account,
        folder=None,
        folders=webmail.FOLDERS,
        query="",
        unread=webmail.unread_count(account),
        title=TITLES[kind],
        kind=kind,
        source=source,
        draft=draft,
        problem=problem,
        known=known,
        forwarded_files=files,
        senders=[e for e in accounts.send_as_of(store, account) if e["verified"]],
    )


def _prefilled(account: Account, kind: str, source: Any) -> Draft:
    if source is None:
        return Draft(
            to=request.args.get("to", ""), subject=request.args.get("subject", "")
        )
    if kind == "forward":
        return Draft(subject=compose.answer_subject(source["subject"], "Fwd"))
    draft = Draft(subject=compose.answer_subject(source["subject"], "Re"))
    draft.to, draft.cc = _answer_recipients(account, source, kind == "reply_all")
    return draft


def _answer_recipients(
    account: Account, source: Any, everybody: bool
) -> tuple[str, str]:
    """To and Cc of an answer; one's own addresses take no part in it."""
    own = {e["email"] for e in accounts.send_as_of(sandbox().store, account)}

    def others(value: str) -> list[tuple[str, str]]:
        return [p for p in mime.addresses([value]) if p[1].lower() not in own]

    answered = compose.header_of(source, "Reply-To") or source["from_text"]
    to = others(answered) or others(source["to_text"]) or mime.addresses([answered])
    cc: list[tuple[str, str]] = []
    if everybody:
        taken = {address.lower() for _name, address in to}
        for pair in [*others(source["to_text"]), *others(source["cc_text"])]:
            if pair[1].lower() not in taken:
                taken.add(pair[1].lower())
                cc.append(pair)
    return _joined(to), _joined(cc)


def _joined(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(mime.readable_address(*pair) for pair in pairs)


def submit(email: str) -> Response | str:
    account = webmail.account_or_404(email)
    kind, source = _source(account)
    draft = _draft_from_form(kind, source)
    try:
        row = compose.send(sandbox().store, account, draft)
    except GoogleError as error:
        return _form(account, kind, source, draft, error.message)
    except ValueError:
        # An address that cannot stand in a header
        return _form(account, kind, source, draft, "An address is not valid.")
    return redirect(
        url_for(
            "thread", email=account.email, thread_id=row["thread_id"], notice="sent"
        )
    )


def _draft_from_form(kind: str, source: Any) -> Draft:
    form = request.form
    files = [
        Attachment(file.filename, file.mimetype, file.read())
        for file in request.files.getlist("files")
        if file.filename
    ]
    source_id = source["id"] if source is not None else ""
    return Draft(
        to=form.get("to", ""),
        cc=form.get("cc", ""),
        bcc=form.get("bcc", ""),
        subject=form.get("subject", "").replace("\r", "").replace("\n", " "),
        text=form.get("text", "").replace("\r\n", "\n"),
        sender=form.get("sender", ""),
        reply_to=source_id if kind in ("reply", "reply_all") else "",
        forward=source_id if kind == "forward" else "",
        attachments=files,
    )
