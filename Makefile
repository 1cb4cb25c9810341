# The commands of this project; `make` alone lists them. CI runs the same ones (.ci/run).

# How long `make fuzz` runs, and the fuzzing inside `make test`.
SECONDS ?= 60
SMOKE_SECONDS ?= 180
# In the environment this name would set the clock that every bash script carries.
unexport SECONDS

# Hubs of the largest federation that `make simulate` builds, and seeds it tries of each small one.
HUBS ?= 1000
SEEDS ?= 20

# Further names and addresses for `make certs`.
HOSTS ?=

SWIFT_FILES := Sources Tests Examples Package.swift

.DEFAULT_GOAL := help
# One build at a time: SwiftPM locks its scratch folder anyway.
.NOTPARALLEL:
.PHONY: help build run test unit-test lint format fuzz sanitize simulate bench certs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## release builds of stinger-bridge, stinger-hub and the client library's example, in .build/release
	swift build -c release --product stinger-bridge
	swift build -c release --product stinger-hub
	swift build -c release --product stinger-client-example

run: ## installs what is missing, builds, and shows a bridge at work until Ctrl-C (ONCE=1: ends by itself)
	@scripts/setup-debian
	@$(MAKE) --no-print-directory build
	@scripts/demo

test: ## installs what is missing; then lint, unit tests, a little fuzzing, release build, integration tests
	@scripts/setup-debian tests
	@scripts/stage "lint" $(MAKE) --no-print-directory lint
	@scripts/stage "unit tests" $(MAKE) --no-print-directory unit-test
	@scripts/stage "fuzzing, $(SMOKE_SECONDS) s" scripts/fuzz $(SMOKE_SECONDS)
	@scripts/stage "release build" $(MAKE) --no-print-directory build
	@scripts/stage "integration tests" Integration/run

unit-test: ## unit tests alone
	swift test --parallel

lint: ## checks the layout of all Swift files, and MQTT's statements against their tests; changes nothing
	swift format lint --strict --recursive $(SWIFT_FILES)
	scripts/check-statements

format: ## lays out all Swift files as .swift-format says
	swift format format --in-place --recursive $(SWIFT_FILES)

fuzz: ## fuzzes the hub and the bridge with frames, and the MQTT packets, for SECONDS=60
	scripts/fuzz $(SECONDS)

sanitize: ## unit tests under the thread sanitizer, then under the address sanitizer
	swift test --parallel --sanitize=thread --scratch-path .build-thread
	# Without the leak check: it takes constants of enums with tagged pointers for leaks.
	ASAN_OPTIONS=detect_leaks=0 swift test --parallel --sanitize=address --scratch-path .build-address

simulate: ## federations of up to HUBS=1000 hubs in which things go wrong, SEEDS=20 of each kind; optimised, in a build of their own
	STINGER_SIMULATION_HUBS=$(HUBS) STINGER_SIMULATION_SEEDS=$(SEEDS) swift test --scratch-path .build-simulation \
		-Xswiftc -O --filter 'FederationTests.(ScaleTests|SimulationTests)'

bench: ## benchmarks, in a build of their own
	STINGER_BENCHMARKS=1 swift package --scratch-path .build-benchmarks benchmark

certs: ## development certificates in certs/dev (HOSTS="more names": the hub's further names)
	certs/make-certs certs/dev $(HOSTS)

clean: ## removes everything that was built, fuzzing findings too; certs/dev stays
	rm -rf .build .build-*/
