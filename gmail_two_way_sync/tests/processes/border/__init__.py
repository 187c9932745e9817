"""The stock paths at the border, played in an Odoo with or without the addon.

A package by itself: inside of Odoo it is imported without the addon.
"""
