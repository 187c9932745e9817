"""Tests of everything that knows Google. They need no database and no Google."""
