# What a developer runs by hand; .ci/run is what every change goes through.
.DEFAULT_GOAL := help
.PHONY: help install check format test coverage slow conformance faults places connect torch tensorflow matrix next course docs docs-full

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:  ## a virtual environment in .venv with everything that tests and linters want
	python3 -m venv .venv
	.venv/bin/pip install -e '.[dev]'

check:  ## formatting, lint, types
	ruff format --check .
	ruff check .
	mypy

format:  ## format and mend what the linter can
	ruff format .
	ruff check --fix .

test:  ## what a newcomer runs
	pytest

coverage:  ## the share of lines and branches that `make test` runs, Spark's workers included; a drop fails
	coverage erase
	coverage run -m pytest
	coverage combine --quiet
	coverage report --skip-covered --sort=cover

slow:  ## the tests that take minutes
	pytest -m standalone tests/engine/spark_job/test_standalone.py
	pytest -m 'slow and not torch and not tensorflow and not faults and not places and not standalone'

conformance:  ## all of Keras' catalogues beside plain Keras, for the backend that KERAS_BACKEND names; an hour or two
	pytest -n 0 -m '' tests/conformance

faults:  ## terrible things done to separate executors, the slow ones too
	pytest -m faults --place 'local-cluster[2,1,1024]' tests/engine/spark_job tests/cli

places:  ## wherever Spark runs, the slow ones too
	pytest -m places --place 'local[3]' --place 'local-cluster[3,1,1024]' --place standalone tests
	pytest -m places --place 'connect:local[3]' tests
	pytest -m places --place 'connect:local-cluster[3,1,1024]' tests

connect:  ## the whole default suite through Spark Connect
	pytest --place 'connect:local[2]'

torch:  ## the torch backend, all of it; the slow ones too; wants an environment with torch
	KERAS_BACKEND=torch pytest -m torch

tensorflow:  ## the tensorflow backend, all of it; wants an environment with tensorflow
	KERAS_BACKEND=tensorflow pytest -m tensorflow

course:  ## every lesson as learners run it, with all rows and epochs
	pytest -m slow tests/course

docs:  ## the site and the slides, below build/site; wants the extra "docs"; lessons run with few rows
	python docs/site/build.py --slides

docs-full:  ## the same, lessons as learners run them
	python docs/site/build.py --slides --full

matrix:  ## the lowest and the newest supported versions
	.ci/matrix

next:  ## the next Keras and JAX, pre-releases too: their private names, exactness, conformance
	.ci/next
