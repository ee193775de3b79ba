# `make reports` runs everything, `make lab` opens the notebooks, `make test` tests. All set up .venv first if need be.
PYTHON ?=
REQUIREMENTS ?= requirements.txt
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: reports check test fuzz lab benchmarks setup gpu lock clean

reports: $(STAMP)  ## run every notebook and render its report (ARGS="--profile paper" …)
	$(BIN)/python run_all.py $(ARGS)

check: $(STAMP)  ## lint, types, dead code, imports, spelling, links, licences, vulnerabilities: says only what is wrong
	@$(BIN)/python tests/checks/check.py

# One thread of BLAS per process: on the small matrices of the tests more only wait for one another.
test: check  ## check, then the whole test suite
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: $(STAMP)  ## hypothesis tries new examples, 10,000 of a property and 1,000 changes of each file of a run: hours
	HYPOTHESIS_PROFILE=many FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest -m hypothesis $(ARGS)

# Its own kernel first: one called python3 in the user's folder may be another environment's.
lab: $(STAMP)  ## open JupyterLab at the notebooks
	JUPYTER_PREFER_ENV_PATH=1 $(BIN)/python -m jupyterlab notebooks $(ARGS)

benchmarks: $(STAMP)  ## run every benchmark (ARGS="decode …": these) and write benchmarks/README.md: on an idle machine
	$(BIN)/python benchmarks/record.py $(ARGS)

setup: $(STAMP)  ## only make the environment

gpu:  ## make the environment with CUDA libraries (Linux, NVIDIA)
	$(MAKE) --always-make setup REQUIREMENTS=requirements-gpu.txt

# The first Python from 3.11 to 3.13 that can make environments; PYTHON=… puts another in front.
$(STAMP): requirements.txt requirements-gpu.txt pyproject.toml
	@python=$$(for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		"$$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
			2>/dev/null && echo "$$name" && break; done); \
	if [ -z "$$python" ]; then \
		echo "Expected Python 3.11, 3.12 or 3.13 with the venv module; found none on PATH." >&2; \
		echo "Install one (Debian: python3 and python3-venv) or name it: make reports PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$python" --version): a few minutes, once."; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(REQUIREMENTS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m lib weights || true  # says which ImageNet weights there are; a run goes on without
	@touch $(STAMP)

lock: $(STAMP)  ## pin and hash everything that pyproject.toml asks for
	$(BIN)/uv pip compile pyproject.toml --extra test --extra fast --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra test --extra gpu --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet --output-file requirements-gpu.txt

clean:  ## remove the environment, fetched weights, decoded and unpacked images, phantoms and reports; your own images stay
	rm -rf $(VENV) data/weights data/store data/phantoms data/unpacked data/uses
	find reports -mindepth 1 -not -name README.md -delete
