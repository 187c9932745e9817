"""Tests with Odoo servers that are processes, and that are killed.

They prove what a test inside of one transaction cannot: that nothing is lost, doubled
or sent twice when a server dies at a chosen moment (spec B8, C13, F1). The moments are
reached by making the sandbox hold a request. pytest runs them, Odoo's own runner does
not: they need databases and processes of their own.
"""
