"""Tests of what the product decides about mail. They need no database."""
