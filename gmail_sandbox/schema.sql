-- Everything the sandbox remembers. Addresses are lower case, times are Unix
-- milliseconds, history ids are per mailbox.

CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    canonical TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    kind TEXT NOT NULL,
    sub TEXT NOT NULL UNIQUE,
    history_id INTEGER NOT NULL,
    history_start INTEGER NOT NULL,
    mail_enabled INTEGER NOT NULL DEFAULT 1,
    sending_limit INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS send_as (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    verified INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
);

CREATE TABLE IF NOT EXISTS clients (
    client_id TEXT PRIMARY KEY,
    client_secret TEXT NOT NULL,
    project TEXT NOT NULL,
    redirect_uris TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    request TEXT NOT NULL,
    scope TEXT NOT NULL,
    with_refresh INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS tokens (
    serial INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    code TEXT,
    expires INTEGER
);
CREATE INDEX IF NOT EXISTS tokens_of ON tokens (account_id, client_id, kind);

CREATE TABLE IF NOT EXISTS grants (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    project TEXT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (account_id, project)
);

CREATE TABLE IF NOT EXISTS labels (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE IF NOT EXISTS messages (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    internal_date INTEGER NOT NULL,
    history_id INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    size INTEGER NOT NULL,
    rfc_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    from_text TEXT NOT NULL,
    to_text TEXT NOT NULL,
    cc_text TEXT NOT NULL,
    bcc_text TEXT NOT NULL,
    subject TEXT NOT NULL,
    snippet TEXT NOT NULL,
    has_attachment INTEGER NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX IF NOT EXISTS messages_by_date
    ON messages (account_id, internal_date DESC, id DESC);
CREATE INDEX IF NOT EXISTS messages_by_thread ON messages (account_id, thread_id);
CREATE INDEX IF NOT EXISTS messages_by_rfc_id ON messages (account_id, rfc_id);

-- Apart from the columns above, so that listings never touch these pages.
CREATE TABLE IF NOT EXISTS contents (
    account_id INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body_text TEXT NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (account_id, message_id),
    FOREIGN KEY (account_id, message_id)
        REFERENCES messages (account_id, id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS message_labels (
    account_id INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    label_id TEXT NOT NULL,
    PRIMARY KEY (account_id, message_id, label_id),
    FOREIGN KEY (account_id, message_id)
        REFERENCES messages (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS labelled ON message_labels (account_id, label_id);

CREATE TABLE IF NOT EXISTS history (
    serial INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    message_labels TEXT NOT NULL,
    changed_labels TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_of ON history (account_id, id);

CREATE TABLE IF NOT EXISTS sendings (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS sendings_of ON sendings (account_id, at);

CREATE TABLE IF NOT EXISTS watches (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    project TEXT NOT NULL,
    topic TEXT NOT NULL,
    label_ids TEXT NOT NULL,
    exclude INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (account_id, project)
);

CREATE TABLE IF NOT EXISTS subscriptions (
    topic TEXT NOT NULL,
    url TEXT NOT NULL,
    audience TEXT NOT NULL,
    service_account TEXT NOT NULL,
    PRIMARY KEY (topic, url)
);

CREATE TABLE IF NOT EXISTS gateways (
    domain TEXT PRIMARY KEY,
    command TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS gateway_runs (
    id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    raw BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    exit_code INTEGER,
    stdout TEXT NOT NULL DEFAULT '',
    stderr TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS refusals (
    pattern TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    diagnostic TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS outside (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    raw BLOB NOT NULL
);
