# `make demo` and `make test` need nothing but a Swift toolchain: Scripts/bootstrap.sh installs the missing Debian packages.
SWIFT ?= swift
CONFIGURATION ?= release
FILTER ?=
# Package traits beside the default ones, such as MPI.
TRAITS ?=
comma := ,
with_traits = $(if $(TRAITS),--traits default$(comma)$(TRAITS))

.DEFAULT_GOAL := help
.PHONY: help bootstrap build demo test bench docs lint format clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## Install the system libraries that are missing
	@Scripts/bootstrap.sh $(if $(findstring MPI,$(TRAITS)),--with mpi)

build: bootstrap ## Build the fss command
	$(SWIFT) build --configuration $(CONFIGURATION) $(with_traits) --product fss

demo: build ## Segment novel Shapes-5i objects from a mask, a box and a scribble
	.build/$(CONFIGURATION)/fss demo --precision bfloat16
	@echo 'The same in the browser, with photos of yours: .build/$(CONFIGURATION)/fss serve --open'

test: bootstrap ## Run all tests (FILTER=name runs some, TRAITS=MPI those of several processes, too)
	$(SWIFT) test --configuration $(CONFIGURATION) $(with_traits) $(if $(FILTER),--filter $(FILTER))

bench: bootstrap ## Measure against PyTorch and write Benchmarks/latest.json
	Benchmarks/run.sh

docs: bootstrap ## Build the documentation; any warning is an error
	Scripts/check-docs.sh

lint: ## Check the format of every Swift file
	Scripts/lint.sh

format: ## Format every Swift file
	Scripts/lint.sh --fix

clean: ## Remove everything that was built
	rm -rf .build Examples/*/.build Benchmarks/.build
