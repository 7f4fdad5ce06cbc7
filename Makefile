# Everything that a person types. `make ising` and `make test` are all that a newcomer needs.

CMAKE  := .tools/cmake/data/bin/cmake
PYTHON := .tools/python/.complete
ANN    := target/release/ann
light   = --config 'profile.release.package.$(1).opt-level=1' --config 'profile.release.package.$(1).codegen-units=16'

.PHONY: ising build test examples claims wheel bench lint reference figures book ci clean

## Builds, and runs the main example in its quick setting.
ising: build
	$(ANN) run examples/ising.ann $$(sed -n 's/^# quick: //p' examples/ising.ann)

## Builds the command. The first time this takes some minutes: HDF5 is built from source.
build: $(CMAKE)
	cargo build --release --locked

## All tests. Those beside the code ask little of the optimiser, and are built with less of it and in pieces; whole scripts run on
## the command as people use it.
test: $(CMAKE) $(PYTHON)
	INSTA_UPDATE=no cargo test --release --locked --lib -p ann-lang $(call light,ann-lang)
	INSTA_UPDATE=no cargo test --release --locked --lib -p ann-kernels $(call light,ann-kernels)
	INSTA_UPDATE=no cargo test --release --locked --test scripts

## Every example in its quick setting; a false claim fails.
examples: build claims

# The same with the command that is there.
claims:
	@mkdir -p target/examples; for f in examples/*.ann; do \
	  echo "== $$f"; \
	  options=$$(sed -n 's/^# quick: //p' $$f); \
	  $(ANN) run $$f -o target/examples/$$(basename $$f .ann).h5 --fresh --quiet $$options || exit 1; \
	done

## A wheel that carries the command, tried in a fresh virtual environment.
wheel: build
	.ci/wheel

## Kernels against their floors.
bench: $(CMAKE)
	cargo bench --locked -p ann-bench -- $(ARGS)

lint: $(CMAKE)
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

## Writes the reference of the language from the tables of the checker.
reference: build
	$(ANN) doc --markdown > docs/REFERENCE.md

## Draws the figures of the book with the scripts of its pages.
figures: build
	python3 docs/figures.py $(ANN)

## The book as pages of HTML in target/book; needs mdbook (cargo install mdbook).
book:
	mdbook build docs --dest-dir ../target/book

ci: lint test examples wheel

# A recent cmake, needed once to build HDF5. No root: it goes into a folder of the checkout.
$(CMAKE):
	@python3 -m pip --version > /dev/null 2>&1 || python3 -m ensurepip --user
	python3 -m pip install --quiet --disable-pip-version-check --target .tools 'cmake>=3.26,<5'

# What the tests read result files and archives with, and what they talk to the notebook kernel with.
$(PYTHON):
	@python3 -m pip --version > /dev/null 2>&1 || python3 -m ensurepip --user
	python3 -m pip install --quiet --disable-pip-version-check --target .tools/python xarray h5netcdf h5py rocrate jupyter_client
	touch $@

clean:
	rm -rf target .tools
