# Set-up, demo and tests. Everything lands in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := .stamps
# Data for training, evaluation and the tests on real recordings is not part of the project.
export VIDEMO_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared),)

.PHONY: demo study-demo example test test-all torture lint benchmark evaluation samples docs first-hour clean

demo: $(STAMP)/install
	$(BIN)/videmo analyze samples --out reports/demo
	@echo
	@echo "Open reports/demo/index.html"

# Each clip has one person, whose portrait changes at once from one picture to another: nobody is to be recognised.
study-demo: $(STAMP)/install
	$(BIN)/python samples/study.py --out reports/study
	$(BIN)/videmo analyze reports/study/recordings --out reports/study/results --fps 5 --no-annotate --no-plots --no-report --no-identity
	$(BIN)/videmo study init reports/study/results --to reports/study/study
	$(BIN)/videmo study check reports/study/study
	$(BIN)/videmo study run reports/study/study

# The pictures of the README and the documentation; those of pages need chromium.
example: demo study-demo $(STAMP)/dev
	$(BIN)/python samples/example.py

test: $(STAMP)/dev lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not thorough"

# With the tests that try again, at length, what others try in a smaller way.
test-all: $(STAMP)/dev lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Hours; stopped and started again, it goes on.
torture: $(STAMP)/dev
	$(BIN)/python -m tests.torture

lint: $(STAMP)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(STAMP)/dev
	$(BIN)/python benchmarks/throughput.py
	$(BIN)/python benchmarks/ordinary.py
	$(BIN)/python benchmarks/annotation.py
	$(BIN)/python benchmarks/detectors.py
	$(BIN)/python benchmarks/live.py

evaluation: $(STAMP)/dev
	$(BIN)/videmo evaluate classifier
	$(BIN)/videmo evaluate fairness

samples: $(STAMP)/dev
	$(BIN)/python -m pip install --quiet scikit-image
	$(BIN)/python samples/build.py

docs: $(STAMP)/dev
	$(BIN)/python -m videmo.cli.settings_page docs/settings.md
	$(BIN)/python -m videmo.cli.settings_page docs/study-settings.md
	$(BIN)/python -m videmo.weights.page
	$(BIN)/python -m videmo.cli.results_page docs/results.md
	$(BIN)/python -m videmo.cli.commands_page docs/commands.md
	$(BIN)/python docs/site/build.py
	@echo "Open site/index.html"

# The first hour of the documentation, command by command; on real recordings too, where there are some.
first-hour: $(STAMP)/dev
	$(BIN)/python -m tests.first_hour
	$(if $(VIDEMO_DATA),$(BIN)/python -m tests.first_hour $(VIDEMO_DATA)/recordings)

$(STAMP)/venv:
	$(PYTHON) -c 'import sys; sys.exit("videmo needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/install: $(STAMP)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(STAMP)/dev: $(STAMP)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev,train]'
	@touch $@

clean:
	rm -rf $(VENV) $(STAMP)
