# Flock's commands. `make help` lists them; each is a line or two around something you could type yourself.

PYTHON ?= python3
RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test test-fast test-embedded test-production test-journeys check fix bench lock

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*##/\1:/p' $(MAKEFILE_LIST) | awk -F: '{printf "  make %-16s%s\n", $$1, $$2}'

setup:  ## make .venv with everything the site and the training module need
	@$(PYTHON) bootstrap.py

setup-tests:  ## the same, and what the tests need
	@$(PYTHON) bootstrap.py --tests

run: setup  ## set up if needed and start Flock; ARGS="--port 9000 --no-demo" passes options on
	@$(RUN) manage.py up $(ARGS)

# The two deployments share nothing, so their tests run side by side, each on a core. Where this make can, each is then
# printed as a whole, when it has ended.
SIDE_BY_SIDE := --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

test: setup-tests  ## set up if needed and run the whole suite
	@echo "Testing both deployments side by side: this takes minutes, and each reports when it has ended."
	@$(MAKE) $(SIDE_BY_SIDE) test-embedded test-production
	@$(MAKE) --no-print-directory test-journeys

test-fast:  ## the unit tests alone, on SQLite
	$(PYTEST) -m "not journey and not slow"

test-embedded:  ## everything but the journeys, on SQLite and the embedded broker
	$(PYTEST) -m "not journey" --cov --cov-report=term

test-production:  ## the same tests on a real PostgreSQL and Redis, started by the suite
	DEPLOYMENT=production $(PYTEST) -m "not journey" tests/crowd tests/exports tests/config

test-journeys:  ## people's ways through the running site, in a real Chromium
	$(PYTEST) -m journey
	DEPLOYMENT=production $(PYTEST) -m journey

check:  ## lint, types, migrations, deployment settings, templates
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m djlint --check --lint --quiet templates
	@git ls-files '*.py' | grep -v /migrations/ | xargs wc -l | awk '$$2 != "total" && $$1 > 300 {print "Past 300 lines, is it one thing? " $$2 " (" $$1 ")"}'
	FLOCK_MODE=production FLOCK_SECRET_KEY=$$($(RUN) -c "import secrets; print(secrets.token_urlsafe(64))") \
	FLOCK_ALLOWED_HOSTS=flock.example DATABASE_URL=postgresql://flock@db.example/flock REDIS_URL=redis://redis.example/0 \
		$(RUN) manage.py check --deploy --fail-level WARNING

fix:  ## format, and mend what ruff and djlint can mend
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .
	$(RUN) -m djlint --reformat --quiet templates

bench:  ## the figures of the README: idle memory of a running site (the other benchmarks take arguments)
	$(RUN) benchmarks/memory.py

lock:  ## write constraints.txt from what is installed, after changing a requirements file
	{ echo "# Every package that Flock's requirements bring, at the version they were tested with (make lock)."; \
	  $(RUN) -m pip freeze --exclude uv | sed 's/+cpu$$//'; } > constraints.txt
