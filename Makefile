# Everything a developer runs. `make help` lists it; bare `make` is what the build server runs.
#
# Needed on the machine: cargo with clippy and rustfmt, a C compiler, and at least one of Python
# 3.11, 3.12, 3.13. The rest is installed into .venv-3.11 and so on, one for each Python found.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
MAKEFLAGS += --no-builtin-rules --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Asking the machine takes most of a second: only if a rule needs the answer, and then once.
VERSIONS = $(eval VERSIONS := $(or $(shell tools/pythons),$(error no Python 3.11 to 3.13 with venv)))$(VERSIONS)
# What one Python is enough for runs on the newest.
NEWEST = $(lastword $(VERSIONS))
# What takes minutes runs on one Python with each of the two hooks.
MEASURED = $(or $(filter 3.11 3.13,$(VERSIONS)),$(VERSIONS))

BUILT_FROM := $(shell find src build.rs Cargo.toml Cargo.lock pyproject.toml -type f)
INSTALLED_FROM := $(BUILT_FROM) $(shell find pyext -name '*.py' -o -name '*.pyi')

.PHONY: demo test test-rust valgrind chromium test-python test-clients clients bench lint lint-rust lint-python fmt stubs docs samples clean help

##@ Use

demo: .demo/$$(NEWEST)/.installed ## Build rsprofile, profile a program of fixtures/ and show its report.
	.demo/$(NEWEST)/bin/python -m rsprofile --peak fixtures/tour.py

##@ Check

test: lint docs test-rust test-python test-clients ## All checks and all tests, on every Python found.

lint: lint-rust lint-python $$(addprefix lint-,$$(VERSIONS)) stubs ## Formatting, linters, types, stubs.

lint-rust:
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items

lint-python: .venv-$$(NEWEST)/.installed
	.venv-$(NEWEST)/bin/ruff check --quiet
	.venv-$(NEWEST)/bin/ruff format --quiet --check
	.venv-$(NEWEST)/bin/mypy

# The hooks differ from one Python to the next. Each has its own target folders: cargo would build
# pyo3 anew at every change of the interpreter, and at every change between cargo and maturin.
lint-3.%: .venv-3.%/.built
	CARGO_TARGET_DIR=target/lint-3.$* PYO3_PYTHON=$(CURDIR)/.venv-3.$*/bin/python \
	  cargo clippy --quiet --all-targets --all-features -- -D warnings

stubs: $$(addprefix stubs-,$$(VERSIONS)) ## Compare _core.pyi with the module that was built.

stubs-3.%: .venv-3.%/.built
	.venv-3.$*/bin/python -m mypy.stubtest rsprofile._core

test-rust: ## The tests of the crate without its Python feature.
	cargo test --quiet

# The accounting of the heap meter and its tables; a few cases of each property are enough.
valgrind: ## The tests of the heap meter under valgrind, if that is installed.
	PROPTEST_CASES=8 cargo test --quiet --test rust \
	  --config "target.'cfg(all())'.runner = ['valgrind', '--quiet', '--error-exitcode=9']" \
	  heap -- --test-threads 1

test-python: $$(addprefix test-,$$(VERSIONS)) ## The Python tests, on every Python found.

# Pages are the same on every Python: what they show is tried in a browser on the newest.
# Tests with processes and signals meet races of the programs they run on a loaded machine: what
# fails is run once more by itself. A fault of ours fails twice.
test-3.%: .venv-3.%/.built target/suite/.unpacked target/speedscope/.unpacked chromium ## The Python tests, on one Python.
	.venv-3.$*/bin/python -m pytest -n 2 --dist loadfile \
	  $(if $(filter 3.$*,$(NEWEST)),,--ignore-glob='*_page.py') || \
	  .venv-3.$*/bin/python -m pytest --last-failed --last-failed-no-failures none

# The pages are tried in a real browser. Without one, and without the right to install one, their tests
# say so and are skipped.
chromium:
	-@tools/chromium --install >/dev/null

# The newest Python is enough: what is different on the others has its tests above.
test-clients: .venv-$$(NEWEST)/.built ## The real clients of memory_profiler that are quickly installed.
	.venv-$(NEWEST)/bin/python -m pytest -n 2 --dist loadfile -m "not slow" tests/clients

clients: $$(addprefix clients-,$$(MEASURED)) ## All real clients of memory_profiler, on a release build.

clients-3.%: .clients/3.%/.installed .venv-3.%/.installed
	PYTHONPATH=$(CURDIR)/$(<D)/rsprofile .venv-3.$*/bin/python -m pytest tests/clients

bench: $$(patsubst %,.bench/%/.installed,$$(MEASURED)) ## Measure the overhead against other tools.
	$(firstword $(^D))/bin/python tests/bench $(addsuffix /bin/python,$(^D)) $(BENCH)

##@ Write

fmt: .venv-$$(NEWEST)/.installed ## Format all sources.
	cargo fmt
	.venv-$(NEWEST)/bin/ruff check --quiet --fix
	.venv-$(NEWEST)/bin/ruff format --quiet

docs: .venv-$$(NEWEST)/.installed ## Build the documentation into site/.
	.venv-$(NEWEST)/bin/mkdocs build --quiet --strict

samples: .venv-$$(NEWEST)/.built ## Print the reports shown in README.md and docs/ anew.
	.venv-$(NEWEST)/bin/python tools/samples

clean: ## Remove everything that was built or installed.
	rm -rf .venv-* .demo .bench .clients site target pyext/rsprofile/*.so

help: ## Show this list.
	@awk -F ':.*## ' '{ sub("%", "13") } /^##@/ { print substr($$0, 5) } \
	  /^[a-z0-9.-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# What the rules above stand on: environments with rsprofile in them.
#
# In those for development the module lands in pyext/, under a name of its own for each Python, and
# changes of Python files need no build. The others have what users get, built for release.

.venv-%/.installed: requirements/dev.txt
	rm -rf .venv-$*
	$$(tools/pythons $*) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet -r requirements/dev.txt
	touch $@

.venv-%/.built: .venv-%/.installed $(BUILT_FROM)
	VIRTUAL_ENV=$(CURDIR)/.venv-$* CARGO_TARGET_DIR=target/py-$* \
	  .venv-$*/bin/maturin develop --quiet --profile dev
	touch $@

# Another project's tests, for tests/python/test_own_suite.py.
target/suite/.unpacked: requirements/suite.txt | .venv-$$(NEWEST)/.installed
	rm -rf $(@D)
	.venv-$(NEWEST)/bin/python -m pip download --quiet --no-deps --no-binary memory_profiler \
	  --dest $(@D) -r $<
	tar -xzf $(@D)/*.tar.gz -C $(@D) --strip-components 1
	touch $@

# The schema of speedscope's files, for tests/python/test_exports.py, which is skipped without it.
target/speedscope/.unpacked:
	-@mkdir -p $(@D) && cd $(@D) && npm pack --silent speedscope@1.25.0 >/dev/null && \
	  tar -xzf *.tgz --strip-components 3 package/dist/release/file-format-schema.json && \
	  touch .unpacked

.demo/%/.installed: $$(INSTALLED_FROM)
	[ -x .demo/$*/bin/python ] || $$(tools/pythons $*) -m venv .demo/$*
	CARGO_TARGET_DIR=target/release-$* .demo/$*/bin/python -m pip install --quiet .
	touch $@

.bench/%/.installed: requirements/bench.txt $$(INSTALLED_FROM)
	[ -x .bench/$*/bin/python ] || $$(tools/pythons $*) -m venv .bench/$*
	CARGO_TARGET_DIR=target/release-$* .bench/$*/bin/python -m pip install --quiet -r $< .
	touch $@

.clients/%/.installed: .venv-%/.installed $$(INSTALLED_FROM)
	rm -rf .clients/$*/rsprofile
	CARGO_TARGET_DIR=target/release-$* .venv-$*/bin/python -m pip install --quiet --target .clients/$*/rsprofile .
	touch $@
