"""The webmail, for people who play a customer: reading and tidying up.

No passwords and no scripts needed. Writing is in webmail_compose.py.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from . import accounts, mailbox, mime, payload, presentation
from .accounts import Account
from .api_messages import find_messages, page_token_at
from .context import sandbox
from .errors import GoogleError

PAGE = 50
FOLDERS = {
    "inbox": ("Inbox", ["INBOX"]),
    "sent": ("Sent", ["SENT"]),
    "spam": ("Spam", ["SPAM"]),
    "trash": ("Trash", ["TRASH"]),
    "all": ("All mail", []),
}
ACTIONS = {
    "spam": mailbox.mark_spam,
    "not_spam": mailbox.not_spam,
    "trash": mailbox.trash,
    "untrash": mailbox.untrash,
    "delete": mailbox.delete_message,
}
# Frames show foreign HTML: no scripts, nothing fetched from anywhere.
FRAME_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline';"
    " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
)


def register(app: Flask) -> None:
    presentation.register(app.jinja_env.filters)
    rule = app.add_url_rule
    rule("/", "accounts", show_accounts)
    rule("/accounts", "add account", add_account, methods=["POST"])
    rule("/outside", "outside", show_outside)
    rule("/outside/<int:number>", "outside message", show_outside_message)
    base = "/mail/<email>"
    rule(f"{base}/", "mailbox", show_folder)
    rule(f"{base}/<any({','.join(FOLDERS)}):folder>", "folder", show_folder)
    rule(f"{base}/thread/<thread_id>", "thread", show_thread)
    rule(f"{base}/body/<message_id>", "body", show_body)
    rule(f"{base}/part/<message_id>/<part_id>", "part", download)
    rule(f"{base}/original/<message_id>", "original", show_original)
    rule(f"{base}/act", "act", act, methods=["POST"])
    app.after_request(_protect)
    app.before_request(_refuse_other_sites)


def _protect(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


def _refuse_other_sites() -> Response | None:
    """Forms of other sites may not send mail or delete it."""
    ours = request.path.startswith(("/mail/", "/accounts"))
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method == "POST" and ours and site not in ("none", "same-origin"):
        return Response("Only from the sandbox's own pages", 403)
    return None


def account_or_404(email: str) -> Account:
    return accounts.find_account(sandbox().store, email) or abort(404)


def message_or_404(account: Account, message_id: str) -> Any:
    try:
        return mailbox.get_message(sandbox().store, account, message_id)
    except GoogleError:
        abort(404)


# Accounts


def show_accounts() -> str:
    unread = sandbox().store.all(
        "SELECT i.account_id, count(*) FROM message_labels i JOIN message_labels u"
        " ON u.account_id = i.account_id AND u.message_id = i.message_id"
        " WHERE i.label_id = 'INBOX' AND u.label_id = 'UNREAD' GROUP BY i.account_id"
    )
    return render_template(
        "accounts.html",
        accounts=accounts.all_accounts(sandbox().store),
        unread={row[0]: row[1] for row in unread},
        outside=sandbox().store.value("SELECT count(*) FROM outside"),
        problem=request.args.get("problem"),
    )


def add_account() -> Response:
    email = request.form.get("email", "").strip().lower()
    if not mime.ADDRESS.fullmatch(email):
        return redirect(url_for("accounts", problem="That is not an email address."))
    taken = accounts.find_account(sandbox().store, email)
    if not taken and accounts.mailbox_for(sandbox().store, email):
        return redirect(url_for("accounts", problem="That address is taken."))
    accounts.upsert_account(
        sandbox().store, email, request.form.get("name", "").strip() or None
    )
    return redirect(url_for("folder", email=email, folder="inbox"))


def show_outside() -> str:
    rows = sandbox().store.all("SELECT * FROM outside ORDER BY id DESC LIMIT 200")
    mails = [(row, mime.summarize(row["raw"])) for row in rows]
    return render_template("outside.html", mails=mails)


def show_outside_message(number: int) -> Response:
    raw = sandbox().store.value("SELECT raw FROM outside WHERE id = ?", number)
    return _source(raw if raw is not None else abort(404))


def _source(raw: bytes) -> Response:
    text = mime.decode_bytes(raw, "utf-8")
    return Response(text, mimetype="text/plain")


# Lists


def show_folder(email: str, folder: str = "inbox") -> str:
    account = account_or_404(email)
    query = request.args.get("q", "").strip()
    page = request.args.get("page", 0, type=int)
    title, labels = FOLDERS[folder]
    rows, more, total = find_messages(
        account,
        query,
        [] if query else labels,
        limit=PAGE,
        page_token=page_token_at(page * PAGE) if page > 0 else None,
        per_thread=True,
    )
    return render_template(
        "folder.html",
        account=account,
        folder=folder,
        folders=FOLDERS,
        title=f"“{query}”" if query else title,
        query=query,
        threads=_thread_lines(account, rows, folder),
        page=page,
        more=more,
        total=total,
        first=page * PAGE + 1,
        unread=unread_count(account),
    )


def unread_count(account: Account) -> int:
    return sandbox().store.value(
        "SELECT count(*) FROM message_labels i JOIN message_labels u"
        " ON u.account_id = i.account_id AND u.message_id = i.message_id"
        " WHERE i.account_id = ? AND i.label_id = 'INBOX' AND u.label_id = 'UNREAD'",
        account.id,
    )


def _thread_lines(account: Account, rows: list, folder: str) -> list[dict[str, Any]]:
    """What a list shows of each thread, with one query for all of them."""
    marks = ", ".join("?" * len(rows))
    members = sandbox().store.all(
        "SELECT m.thread_id, m.from_text, m.to_text, m.has_attachment,"
        " (SELECT group_concat(label_id) FROM message_labels l"
        "  WHERE l.account_id = m.account_id AND l.message_id = m.id) AS labels"
        f" FROM messages m WHERE m.account_id = ? AND m.thread_id IN ({marks})"
        " ORDER BY m.internal_date, m.id",
        account.id,
        *[row["thread_id"] for row in rows],
    )
    by_thread: dict[str, list] = {}
    for member in members:
        by_thread.setdefault(member["thread_id"], []).append(member)
    return [
        _thread_line(account, row, by_thread[row["thread_id"]], folder) for row in rows
    ]


def _thread_line(
    account: Account, row: Any, members: list, folder: str
) -> dict[str, Any]:
    labels = {name for m in members for name in (m["labels"] or "").split(",")}
    column = "to_text" if folder == "sent" else "from_text"
    names = [
        "me" if address.lower() == account.email else name
        for member in members
        for name, address in presentation.people(member[column])
    ]
    return {
        "id": row["thread_id"],
        "row": row,
        "who": ", ".join(dict.fromkeys(names)) or "(nobody)",
        "count": len(members),
        "labels": labels,
        "unread": "UNREAD" in labels,
        "attachment": any(m["has_attachment"] for m in members),
    }


def act(email: str) -> Response:
    """Move, mark or delete whole threads, or single messages of one."""
    account = account_or_404(email)
    store = sandbox().store
    action = request.form.get("action", "")
    back = request.form.get("back", "")
    with store.transaction():
        for message_id in _chosen(account):
            if action in ACTIONS:
                ACTIONS[action](store, account, message_id)
            elif action == "unread":
                mailbox.modify_labels(store, account, message_id, add=["UNREAD"])
            elif action == "read":
                mailbox.modify_labels(store, account, message_id, remove=["UNREAD"])
    if back not in FOLDERS:
        back = "inbox"
    return redirect(url_for("folder", email=account.email, folder=back))


def _chosen(account: Account) -> list[str]:
    """Ids of the messages that a form names, and of its threads' messages."""
    threads = request.form.getlist("thread")
    rows = [
        row
        for thread_id in threads
        for row in mailbox.thread_messages(sandbox().store, account, thread_id)
    ]
    single = [
        message_or_404(account, message_id)
        for message_id in request.form.getlist("message")
    ]
    return [row["id"] for row in [*rows, *single]]


# Threads


def show_thread(email: str, thread_id: str) -> str:
    account = account_or_404(email)
    store = sandbox().store
    rows = mailbox.thread_messages(store, account, thread_id) or abort(404)
    messages = [_shown(account, row) for row in rows]
    with store.transaction():
        for row in rows:
            mailbox.modify_labels(store, account, row["id"], remove=["UNREAD"])
    return render_template(
        "thread.html",
        account=account,
        folder=None,
        folders=FOLDERS,
        query="",
        thread_id=thread_id,
        subject=rows[0]["subject"] or "(no subject)",
        messages=messages,
        labels={label for message in messages for label in message["labels"]},
        unread=unread_count(account),
        notice=request.args.get("notice"),
    )


def _shown(account: Account, row: Any) -> dict[str, Any]:
    store = sandbox().store
    message = mime.parse(mailbox.raw_of(store, account, row["id"]))
    rich = mime.find_body(message, "text/html") is not None
    sender = (presentation.people(row["from_text"]) or [("(nobody)", "")])[0]
    labels = mailbox.labels_of(store, account.id, row["id"])
    return {
        "row": row,
        "sender": sender,
        "labels": labels,
        "unread": "UNREAD" in labels,
        "rich": rich,
        "plain": None if rich else presentation.plain_markup(mime.plain_text(message)),
        "attachments": presentation.attachments(message),
    }


def show_body(email: str, message_id: str) -> Response:
    account = account_or_404(email)
    row = message_or_404(account, message_id)
    message = mime.parse(mailbox.raw_of(sandbox().store, account, row["id"]))
    prefix = f"/mail/{account.email}/part/{row['id']}/"
    page = presentation.html_document(message, prefix)
    headers = {"Content-Security-Policy": FRAME_POLICY}
    return Response(page, mimetype="text/html", headers=headers)


def download(email: str, message_id: str, part_id: str) -> Response:
    """A single part: a file to save, or an image inside a message."""
    account = account_or_404(email)
    row = message_or_404(account, message_id)
    message = mime.parse(mailbox.raw_of(sandbox().store, account, row["id"]))
    part = payload.find_part(message, part_id)
    if part is None:
        abort(404)
    name = mime.part_filename(part) or "part"
    kind = part.get_content_type()
    shown = kind.startswith("image/") and kind != "image/svg+xml"
    response = Response(mime.part_bytes(part), mimetype=kind)
    if not shown:
        # Foreign HTML would else run with the webmail's own rights.
        response.mimetype = "application/octet-stream"
    response.headers.set(
        "Content-Disposition", "inline" if shown else "attachment", filename=name
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def show_original(email: str, message_id: str) -> Response:
    account = account_or_404(email)
    row = message_or_404(account, message_id)
    return _source(mailbox.raw_of(sandbox().store, account, row["id"]))
