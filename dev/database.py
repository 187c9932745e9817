"""Databases: what is asked of PostgreSQL, and the file stores that belong to them."""

import contextlib
import os
import shutil
from pathlib import Path

import psycopg2
from psycopg2 import sql

from .postgres import Server


class Databases:
    """The databases of one server, together with their file stores."""

    def __init__(self, server: Server):
        self.server = server

    def exists(self, name: str) -> bool:
        """Return whether a database and its file store are there."""
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return bool(self._ask(query, name)) and self.filestore(name).is_dir()

    def names(self, prefix: str) -> list[str]:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return sorted(row[0] for row in self._ask(query, prefix))

    def create(self, name: str, template: str = "template0") -> None:
        """Make a database, empty or a copy; replaces one that is there."""
        self.drop(name)
        source = self.filestore(template)
        if source.is_dir():
            # Odoo never changes a stored file, it only adds and removes: links do.
            shutil.copytree(source, self.filestore(name), copy_function=os.link)
        else:
            self.filestore(name).mkdir(parents=True)
        collation = "LC_COLLATE 'C'" if template == "template0" else ""
        self._run(
            "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template} " + collation,
            name=name,
            template=template,
        )

    def drop(self, name: str) -> None:
        self._run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def rename(self, name: str, to: str) -> None:
        self.drop(to)
        self._run("ALTER DATABASE {name} RENAME TO {to}", name=name, to=to)
        self.filestore(name).rename(self.filestore(to))

    def filestore(self, name: str) -> Path:
        """Return the folder that holds a database's files."""
        return self.server.data_dir / "filestore" / name

    def query(self, database: str, text: str, *values) -> list[tuple]:
        """Run one statement in a database; return its rows, if it has any."""
        return self._ask(text, *values, database=database)

    def _run(self, text: str, **names: str) -> None:
        quoted = {key: sql.Identifier(value) for key, value in names.items()}
        with self._cursor("postgres") as cursor:
            cursor.execute(sql.SQL(text).format(**quoted))

    def _ask(self, text: str, *values, database: str = "postgres") -> list[tuple]:
        with self._cursor(database) as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def _cursor(self, database: str):
        arguments = self.server.arguments(database)
        with contextlib.closing(psycopg2.connect(**arguments)) as connection:
            # CREATE and DROP DATABASE do not work inside of a transaction.
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
