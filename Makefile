# The usual commands. Each target calls the script that does the work and passes $(ARGS) on; what is
# missing for it is installed into the active Python environment, or else into .venv.
ARGS ?=
NAME ?=
SHELL := /bin/bash
ENVIRONMENT := . bin/environment.sh && use_environment
DOC_MODULES := sphinx myst_parser furo sphinx_copybutton

.DEFAULT_GOAL := help
.PHONY: help demo test lint format native wheel docs bench

help:
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14
	@echo "Options of the scripts: make test ARGS='-k flags -x', make bench NAME=bench_step"

demo: ## train, test, export and transcribe, with the speech in data/demo (ten minutes)
	bin/run-demo.sh $(ARGS)

test: ## build the native client if its source has changed, then run the tests
	bin/run-tests.sh $(ARGS)

lint: ## ruff, pycodestyle, mypy, shellcheck, clang-format
	bin/lint.sh $(ARGS)

format: ## fix what ruff and clang-format can fix
	bin/lint.sh --fix ruff clang-format $(ARGS)

native: ## the command and the C library, in native_client/build-host
	$(ENVIRONMENT) && need_cmake && make -C native_client $(ARGS)

wheel: ## the Python wheel for this machine, in dist (portable ones: make -C native_client bindings)
	$(ENVIRONMENT) && python -m pip wheel --no-deps --wheel-dir dist $(ARGS) .

docs: ## the documentation site, in build/doc
	$(ENVIRONMENT) && install_missing requirements-test.txt $(DOC_MODULES) && \
	    python -m sphinx -W --keep-going -q -b html $(ARGS) doc build/doc
	@echo "build/doc/index.html"

bench: ## list the benchmarks and run the quick ones, or NAME
	bin/bench.sh $(NAME) $(ARGS)
