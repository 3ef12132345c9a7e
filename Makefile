# One word per chore; `make` alone lists them.

PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
LOCALES := app/translations
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(LOCALES)/*/LC_MESSAGES/*.po))
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev demo demo-reset run worker test coverage test-access test-long check check-tree check-types check-style check-files audit format messages bench bench-office bench-plan rush lock clean

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: .venv/installed $(CATALOGUES) ## make .venv with what runs the site

install-dev: .venv/installed-dev $(CATALOGUES) ## the same, and what tests it

.venv/made:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python is missing. Install it: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed. Debian 12 has it: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments here. Install what is missing: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: requirements.txt .venv/made
	@echo "Installing what runs the site (under a minute) ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing what tests the site ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

%.mo: %.po | .venv/installed
	@$(BIN)/pybabel -q compile -i $< -o $@

demo: install ## the demo school on http://127.0.0.1:5000 (PORT=8080 for another port)
	@TIENMINUTEN_DEMO=1 TIENMINUTEN_DATABASE_URL=sqlite:///$(CURDIR)/instance/demo.db \
	  exec $(BIN)/flask demo run --port $(PORT)

demo-reset: ## forget what was done in the demo school
	@rm -f instance/demo.db*

run: install ## the site with your settings, restarted when a file changes
	@exec $(BIN)/flask run --debug --port $(PORT) --extra-files "$$(find app/static -type f | paste -sd:)"

worker: install ## what delivers mails, beside `make run`
	@exec $(BIN)/flask worker

test: install-dev ## every test, on SQLite and on PostgreSQL
	@$(BIN)/python -m tests.services both

coverage: install-dev ## what the tests on SQLite run of app/
	@$(BIN)/python -m tests.services coverage

test-long: install-dev ## what takes too long for every change: many random examples, every case
	@$(BIN)/python -m tests.services both -m long

test-access: install-dev ## accessibility of every page in every size and theme
	@$(BIN)/python -m tests.services sqlite -m access_full

check: install-dev ## style, types, layers, templates, migrations, translations, scripts, style sheets
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-tree check-style check-files

# After check-files: both install what looks at scripts, if it is not there yet.
check-tree: check-files
	@$(BIN)/python -m tests.services both -m check

check-types:
	$(BIN)/mypy

check-style:
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet --diff .
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint --check app/templates

check-files:
	@tests/lint/run

# --strict: a package that could not be asked about fails; by itself pip-audit only mentions it.
audit: install-dev ## known vulnerabilities of what the locks name (on the internet; AUDIT_FLAGS='-s osv' asks elsewhere)
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  -r requirements.txt -r requirements-dev.txt $(AUDIT_FLAGS) || { \
	  echo "The audit did not pass: a package has a known vulnerability or could not be asked about; see above." >&2; exit 1; }

format: install-dev ## write Python and templates as `make check` wants them
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .
	$(BIN)/djlint --quiet --reformat app/templates || true

messages: install-dev ## bring the translations up to date with the texts (NEW=fr begins one)
	@mkdir -p $(LOCALES)
	$(BIN)/pybabel -q extract -F pyproject.toml --sort-by-file --add-location=file --no-wrap \
	  --project=Tienminuten -o $(LOCALES)/messages.pot app
	@test -z "$(NEW)" || test -f $(LOCALES)/$(NEW)/LC_MESSAGES/messages.po || \
	  $(BIN)/pybabel -q init -i $(LOCALES)/messages.pot -d $(LOCALES) -l $(NEW) --no-wrap
	$(BIN)/pybabel -q update -i $(LOCALES)/messages.pot -d $(LOCALES) --no-wrap --no-fuzzy-matching \
	  --ignore-obsolete --ignore-pot-creation-date
	@rm $(LOCALES)/messages.pot
	@$(MAKE) --no-print-directory install

bench: install-dev ## how fast it is (BASE=a commit to compare with; BENCH=--help for parts of it)
	@$(BIN)/python -m tests.bench --base "$(BASE)" $(BENCH)

bench-office: install-dev ## each page of the office at a school of 1,600 students
	@$(BIN)/python -m tests.bench.office

bench-plan: install-dev ## plans of a night: how good, how fast (BENCH=--help for parts of it)
	@$(BIN)/python -m tests.planner.bench $(BENCH)

rush: install-dev ## the opening rush, as the goals have it (RUSH=--help for one of your own)
	@$(BIN)/python -m tests.rush --base "$(BASE)" $(or $(RUSH),--goals)

UV_LOCK := $(BIN)/uv --quiet --no-config pip compile --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(LOCK_FLAGS)

lock: install-dev ## requirements*.in -> requirements*.txt (LOCK_FLAGS=--upgrade for newer releases)
	$(UV_LOCK) requirements.in -o requirements.txt
	$(UV_LOCK) requirements-dev.in -o requirements-dev.txt

clean: ## remove what was installed; instance/ stays
	rm -rf .venv .*_cache .hypothesis $(CATALOGUES)
