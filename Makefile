# Everything is done by the Python package in dev/; see dev/README.md.

PYTHON ?= python3
export PYTHON

COMMANDS = demo demo-reset test test-fast lint format bench shell python odoo-update lock clean \
	i18n screenshots setup help

.PHONY: $(COMMANDS) test-one
.DEFAULT_GOAL := help

$(COMMANDS):
	@exec $(PYTHON) -m dev $@

# make test-one T=gmail_two_way_sync/tests/test_x.py::TestX::test_y
test-one:
	@exec $(PYTHON) -m dev test $(T)

# ARGS="..." reaches the command, e.g. make test ARGS="-k name".
export ARGS
