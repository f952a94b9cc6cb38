# Two commands for newcomers: `make run` serves an embedded store in DATA; `make test` runs everything that CI runs.
# `make simulate` looks for new failures of one store and of clusters for as long as SECONDS says.

SECONDS ?= 600
DATA ?= ./data
PREFIX ?= /usr/local
SWIFT ?= swift
# The version of FFmpeg's libraries, once `dependencies` has installed them; empty without posters of videos.
VIDEO = $(if $(WHARF_NO_VIDEO)$(WHARF_NO_IMAGING),,$(shell pkg-config --modversion libavformat 2>/dev/null))
BUILD_VIDEO = $(if $(VIDEO),$(SWIFT) build -c release --product wharf-imaging-video)
# SwiftPM keeps what it has read of Package.swift until it or the environment changes.
export WHARF_LIBAVFORMAT = $(VIDEO)

.PHONY: run install test build lint packaging unit embedded sha256 tus-clients s3 cluster cluster-drill run-cluster proxies readme page drills power-cuts mutation-check mutation-check-built mutation-check-suites simulate fuzz bench bench-http bench-cluster bench-publish bench-put bench-imaging docs \
	dependencies

run: dependencies
	$(SWIFT) build -c release --product wharf
	$(SWIFT) build -c release --product wharf-imaging
	$(BUILD_VIDEO)
	.build/release/wharf serve --data $(DATA)

install: dependencies
	$(SWIFT) build -c release --product wharf
	$(SWIFT) build -c release --product wharf-imaging
	$(BUILD_VIDEO)
	install -D .build/release/wharf $(DESTDIR)$(PREFIX)/bin/wharf
	install -D .build/release/wharf-imaging $(DESTDIR)$(PREFIX)/bin/wharf-imaging
	$(if $(VIDEO),install -D .build/release/wharf-imaging-video $(DESTDIR)$(PREFIX)/bin/wharf-imaging-video)
	scripts/install-documents .build/release/wharf $(DESTDIR)$(PREFIX)

test: dependencies
	@scripts/stages lint packaging embedded sha256 build unit tus-clients s3 cluster proxies readme page drills power-cuts mutation-check-built
	@scripts/summary

dependencies:
	@scripts/dependencies

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples Benchmarks/Sources Benchmarks/Package.swift \
		Fuzz/Sources Fuzz/Package.swift

# The service and the container of packaging/, with linters and systemd-analyze, where there are any.
packaging:
	scripts/lint-packaging

# SessionCore alone, without a runtime: it must stay free of `any`, untyped throws, Codable, Foundation and async.
embedded:
	@mkdir -p .build-embedded
	swiftc -enable-experimental-feature Embedded -target wasm32-unknown-none-wasm -wmo -Osize -parse-as-library \
		-swift-version 6 -warnings-as-errors -c Sources/SessionCore/*.swift -o .build-embedded/SessionCore.o

# The C of CSHA256 on this processor and, emulated, on ARMv8.
sha256:
	scripts/test-sha256

build:
	$(SWIFT) build --build-tests -Xswiftc -warnings-as-errors

unit:
	scripts/test-unit

# Other people's tus clients against the command that `build` made.
tus-clients:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-tus-clients

# The store in a bucket, against a real engine. After `build`.
s3:
	scripts/test-s3

# Three nodes over PostgreSQL and SeaweedFS, which are killed, stopped and cut off.
cluster:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-cluster

# The same, a hundred times (ROUNDS) in about eight minutes.
cluster-drill: build
	ROUNDS=$(or $(ROUNDS),100) WHARF=$(CURDIR)/.build/debug/wharf scripts/test-cluster

# A cluster to try, at http://127.0.0.1:8080 (PORT), until Ctrl-C.
run-cluster: dependencies
	$(SWIFT) build -c release --product wharf
	WHARF=$(CURDIR)/.build/release/wharf scripts/test-cluster run

# The recipes of docs/proxies.md with the proxies that are installed, against the command that `build` made.
proxies:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-proxies

# The shell examples of the README, against the command that `build` made.
readme:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-readme

# The page in a real browser (Debian's chromium), against the command that `build` made.
page:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-page

# Clocks that are set and machines that sleep, against the command that `build` made.
drills:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-drills

# A hundred power cuts of the command that `build` made; thousands with POWER_CUTS="--cuts 5000 --recordings 10 --seed 7".
power-cuts:
	WHARF=$(CURDIR)/.build/debug/wharf scripts/test-power-cuts $(POWER_CUTS)

# Looks for each deliberate fault with histories first, or with the suite that is known to meet it.
mutation-check:
	scripts/mutation-check

# After `build` and `unit`.
mutation-check-built:
	scripts/mutation-check --built

# The suites first, for a nightly run.
mutation-check-suites:
	scripts/mutation-check --suites

simulate:
	$(SWIFT) build --product wharf-simulate
	.build/debug/wharf-simulate --seconds $$(($(SECONDS) / 2))
	.build/debug/wharf-simulate --cluster --seconds $$(($(SECONDS) / 2))

# libFuzzer on each parser for FUZZ_SECONDS (10), or only on those that FUZZ_LAWS names.
fuzz:
	scripts/fuzz

bench:
	$(SWIFT) run -c release --package-path Benchmarks engine-bench --write

# Needs nginx, and Python with its venv for tuspyserver.
bench-http:
	$(SWIFT) build -c release --package-path Benchmarks
	Benchmarks/.build/release/http-bench --write

# A node of a cluster beside a server with its files; with WEED, the path of SeaweedFS's program, also over that.
bench-cluster:
	WITH_BENCHMARKS=1 scripts/dependencies
	$(SWIFT) build -c release --product wharf
	$(SWIFT) build -c release --package-path Benchmarks
	Benchmarks/.build/release/http-bench --cluster --wharf .build/release/wharf $(if $(WEED),--weed $(WEED)) --write

# The time from commits to published objects.
bench-publish:
	WITH_PROXIES=1 scripts/dependencies
	$(SWIFT) build -c release --product wharf
	Benchmarks/publish-many

# Needs rclone, curl and bc.
bench-put:
	$(SWIFT) build -c release --product wharf
	Benchmarks/put-many

# Needs vipsthumbnail (libvips-tools), ImageMagick and ffmpeg.
bench-imaging:
	scripts/test-photos
	$(SWIFT) build -c release --product wharf
	$(SWIFT) build -c release --product wharf-imaging
	$(BUILD_VIDEO)
	$(SWIFT) run -c release --package-path Benchmarks imaging-bench --write

# Documentation of the libraries that others embed, into .build/documentation.
docs:
	scripts/docs
