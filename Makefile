# consult: `make demo` to see it, `make test` to trust it, `make help` for the rest.
# Everything is installed into .venv; nothing outside this folder is touched, except by tools/system-packages as root.

VENV   := .venv
BIN    := $(VENV)/bin
# The system's Python first, which is compiled with profile-guided optimisation where one built from source often is not.
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PLUGINS := plugins/municipal plugins/academic plugins/cso
SOURCES := pyproject.toml $(addsuffix /pyproject.toml,$(PLUGINS))
HOST   ?= 127.0.0.1
PORT   ?= 8000
ARGS   ?=
DATA   ?=

.DEFAULT_GOAL := help
.PHONY: help install demo test soak check bench bench-lists bench-inout bench-campaigns bench-signing-in bench-real bench-coding audit safest screenshots messages rights clean system

help: ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed ## make .venv with the consult command and the three plugins

demo: $(VENV)/.installed ## run the sample consultation: make demo HOST=0.0.0.0 lets a hall's phones in
	@$(BIN)/consult demo --host $(HOST) --port $(PORT) $(ARGS)

# The tests start some hundred processes: each is quicker where modules are kept compiled. In the order of the folders the
# long files, browser and faults, come first, and short ones last: neither of the two waits long for the other.
test: ## run every test: make test ARGS="-k ballots" for a part
	@$(MAKE) --no-print-directory -j 2 $(VENV)/.tests system
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(VENV)/.tests ## put seats, alternates and proxies through 5,000 long sequences of acts, on both databases
	CONSULT_SOAK=5000 $(BIN)/pytest -q tests/unit/seats/test_machine.py $(ARGS)

check: $(VENV)/.tests ## ruff, mypy --strict, import contract, complete catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/catalogue.py check

bench: $(VENV)/.tests ## measure pages, ballots and PDF on both databases; writes build/bench.json
	$(BIN)/python -m tools.bench $(ARGS)

bench-lists: $(VENV)/.tests ## measure search, filters and lists with 1,000 and 100,000 rows on both databases, in CPU time
	@missed=0; for engine in sqlite postgresql; do \
	$(BIN)/python -m tools.bench.searching --engine $$engine $(ARGS) || missed=1; \
	$(BIN)/python -m tools.bench.registers --engine $$engine || missed=1; done; exit $$missed

bench-inout: $(VENV)/.tests ## measure imports of 10,000 rows and exports of 100,000 on both databases: seconds, memory, first byte
	@missed=0; for engine in sqlite postgresql; do \
	$(BIN)/python -m tools.bench.inout --engine $$engine $(ARGS) || missed=1; done; exit $$missed

bench-campaigns: $(VENV)/.tests ## measure the search for campaigns, up to 100,000 texts: found, CPU, memory; DATA=FOLDER judges letters with labels too
	$(BIN)/python -m tools.bench.campaigns $(if $(DATA),--data "$(DATA)") $(ARGS)

bench-signing-in: $(VENV)/.tests ## let fifty people sign in at once on both databases: how long do others wait for a page
	$(BIN)/python -m tools.bench.signing_in

bench-real: $(VENV)/.tests ## bring real data in and count again: make bench-real DATA=FOLDER, with polis/*/ and anid-open-access-2020/ in it
	@test -d "$(DATA)" || { echo "say where the data lie: make bench-real DATA=FOLDER"; exit 1; }
	$(BIN)/python -m tools.polis $(wildcard $(DATA)/polis/*/)
	$(BIN)/python -m tools.code_corpus $(DATA)/anid-open-access-2020/responses.csv tests/data/anid-open-access-2020.toml

bench-coding: $(VENV)/.tests system ## code 300 texts by keyboard in one tab of Chromium: time of each answer, CPU, growth of the tab, requests lost
	$(BIN)/python -m tools.bench.coding $(ARGS)

audit: $(VENV)/.tests build/audit/venv/.installed ## attack a sample of our own on loopback with wapiti, sqlmap and more; writes build/audit
	$(BIN)/python -m tools.audit $(ARGS)

safest: $(VENV)/.tests ## walk a confidential testimony in Firefox as Tor Browser is at its safest, over a slow line; writes build/safest
	$(BIN)/python -m tools.safest $(ARGS)

screenshots: $(VENV)/.tests system ## write build/screenshots: every page at 360 and 1280 px in Arabic and English
	$(BIN)/python -m tools.screenshots

messages: $(VENV)/.tests ## bring the catalogues in line with the code
	$(BIN)/python tools/catalogue.py extract

rights: $(VENV)/.installed ## write docs/rights.md: who may do what, asked of the policies
	$(BIN)/python tools/rights.py

# The scanners pin older libraries than consult needs, so they live apart.
build/audit/venv/.installed: tools/audit/requirements.txt
	@mkdir -p build/audit
	@test -x build/audit/venv/bin/python || $(BIN)/python -m venv build/audit/venv
	@build/audit/venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

clean: ## remove what was built (never instance/)
	rm -rf build dist $(VENV)

system:
	@tools/system-packages

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "consult needs Python 3.11 or newer with venv (set PYTHON=/path/to/python3)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "uv is not to be had here: pip installs all"

# A fifth of the time that pip takes; pip all the same where its own configuration, which uv does not read, leads to the packages.
INSTALL = install() { $(BIN)/uv pip install --quiet --python $(BIN)/python "$$@" || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$@"; }; install

$(VENV)/.installed: $(BIN)/python $(SOURCES)
	@$(INSTALL) -e . $(addprefix -e ,$(PLUGINS))
	@touch $@

$(VENV)/.tests: $(VENV)/.installed
	@$(INSTALL) -e '.[test,check]'
	@touch $@
