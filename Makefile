# make help lists what there is.

GO    ?= go
TOOL  := $(GO) -C tools tool
# The toolchain that go.mod names, no other: the Go module proxy serves it, and
# the checksum database vouches for it.
export GOTOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
# The pipeline that builds partner connectors runs on linux/amd64.
GOOS  ?= linux
GOARCH ?= amd64
# A folder with another copy of the two protocol files, such as Fivetran's own.
PROTO_SRC ?= proto

.PHONY: help build install module-path quick partner-build release release-twice connector-sdk docs transcripts test race test-s3 genuine operator-zip torture demo proto lint vuln bench years fuzz clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

GENERATED := proto/common.pb.go proto/connector_sdk.pb.go proto/connector_sdk_grpc.pb.go

build: $(GENERATED) ## bin/server: static, for linux/amd64; with PROTO_SRC: of those protocol files
	CGO_ENABLED=0 GOOS=$(GOOS) GOARCH=$(GOARCH) $(GO) build -trimpath -ldflags='-s -w' -o bin/server ./cmd/server

# The generated Go is made where it is missing, as in the checkout of a pipeline
# that brings its own protocol files, and always of another folder's.
$(GENERATED) &:
	$(GO) -C tools run ./protogen -src "$$(cd "$(PROTO_SRC)" && pwd)" -out "$(CURDIR)/proto"
ifneq ($(PROTO_SRC),proto)
.PHONY: $(GENERATED)
endif

install: ## the programs of this checkout into /usr/local/bin or ~/.local/bin
	sh tools/install.sh

module-path: ## the module's path, everywhere: MODULE=example.com/you/intercom-connector
	sh tools/module-path.sh $(MODULE)

partner-build: ## bin/server as a partner's pipeline makes it, from protocol files alone
	sh tools/partner-build.sh

release: ## dist/release: programs, bills of what they hold, licenses, checksums (TARGETS="linux/amd64 ...")
	GO=$(GO) sh tools/release.sh dist/release $(TARGETS)

release-twice: ## this machine's release in two folders, the second with nothing cached: the bytes must be the same
	GO=$(GO) sh tools/release-twice.sh

connector-sdk: ## dist/connector-sdk: a project for fivetran deploy; with GOOS, GOARCH: to debug on such a machine too
	env -u GOOS -u GOARCH GO=$(GO) sh deploy/connector-sdk/package.sh dist/connector-sdk $(GOOS)/$(GOARCH)

docs: ## docs/tables.md, the dbt sources and deploy/operator.yaml, from the code
	$(GO) run ./docs/generate
	$(GO) run ./deploy/generate

transcripts: ## README.md's transcripts and docs/walkthrough.md, from real runs
	sh docs/transcripts.sh
	sh docs/walkthrough.sh

# Those that take seconds: what most changes break.
quick: ## a first look, under half a minute with warm caches
	$(GO) build ./...
	$(GO) test -short $(QUICK)

QUICK = ./internal/... ./connector/configuration ./connector/workspace ./connector/export/plan ./connector/export/dataset \
  ./connector/probe ./intercom/transport ./proto ./sandbox/dialect ./tester/query ./tester/recipes ./tester/screen ./test/described

test: race ## every test: first those in which the race detector sees something, with it
	$(GO) test ./...

# It sees nothing where there is one goroutine, as in the parser and in the packages of
# ALONE, nor where a test runs programs and reads what they made: those of docs, deploy,
# the function and the benchmark. Tests that count jobs or bytes, that run programs or
# that ask one thing after another are UNRACED. The longest first, so that nothing waits
# for one at the end, and three at a time, since some mostly wait. Vet is part of lint.
LONG = ./connector ./operator ./membership ./test/torture ./operator/lake/s3
ALONE = docs|docs/generate|deploy/generate|deploy/recipes|test/bench|test/bench/drain|test/bench/export|proto|intercom/answer \
  |internal/build|internal/confine|internal/exit|internal/printable|internal/secret|connector/fivetranlog|connector/selection|connector/sent \
  |connector/export/csv|connector/export/csv/blocks|connector/export/csv/number|connector/export/ids|sandbox/conversation|sandbox/dialect \
  |operator/lambda|sandbox/reporting|sandbox/reporting/table|tester/meaning|tester/protocol|tester/recipes|tester/staging|tester/warehouse
UNRACED = TestSuite|TestYear|TestAYearTakesFewJobs|TestAsFewJobsAsDatasets|TestHourlySchedule|TestHostileDownloads|TestServerMemory \
  |TestServerPort|TestLoad|TestKill|TestDialectsOverHTTP|TestMixturesKeepTheTruth|TestDecodeHoldsNothingOfABomb

race: ## the tests in which the race detector sees something, with it
	$(GO) test -race -p 3 -vet=off -timeout 20m -skip '^($(subst $() ,,$(UNRACED)))$$' $(LONG) $$($(GO) list ./... | grep -vE '/($(subst $() ,,$(ALONE)))$$')

test-s3: ## the S3 tests, against a real S3 server
	VERSITYGW=$$($(TOOL) -n versitygw) $(GO) test -count=1 ./operator/lake/s3 ./operator/lambda

operator-zip: ## dist/operator-arm64.zip and dist/operator-amd64.zip, for Lambda
	@mkdir -p dist; for arch in arm64 amd64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build -trimpath -buildvcs=false -tags lambda.norpc -ldflags='-s -w -buildid=' -o dist/bootstrap-$$arch ./cmd/operator && \
	  $(GO) -C tools run ./lambdazip -program "$(CURDIR)/dist/bootstrap-$$arch" -zip "$(CURDIR)/dist/operator-$$arch.zip" && rm dist/bootstrap-$$arch || exit 1; done

genuine: ## the tools that people use it with, met for real: needs Python, Maven and chromium
	VERSITYGW=$$($(TOOL) -n versitygw) $(GO) test -tags genuine -count=1 -timeout 30m -parallel 3 -v ./test/genuine

# FIRST is the first seed of what is drawn: another plays others.
FIRST ?= 1000
torture: ## faults, kills, load, hostile input, and thousands of histories (FIRST=seed): prints the figures
	GO=$(GO) sh tools/torture.sh $(FIRST)

demo: ## a whole sync of the sandbox into files/warehouse.db
	$(GO) run ./cmd/debug

proto: ## the Go of proto/, from PROTO_SRC
	$(GO) -C tools run ./protogen -src "$$(cd "$(PROTO_SRC)" && pwd)" -out "$(CURDIR)/proto"

lint: ## formatting, vet, staticcheck, tidy go.mod files
	$(TOOL) -n gofumpt >/dev/null
	@unformatted=$$($$($(TOOL) -n gofumpt) -l $$(git ls-files '*.go' | grep -v '\.pb\.go$$')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet -tags genuine ./...
	$(TOOL) -n staticcheck >/dev/null
	$$($(TOOL) -n staticcheck) -tags genuine ./...
	$(GO) mod tidy -diff
	$(GO) -C tools mod tidy -diff

vuln: build ## known vulnerabilities in the code, the tools and the programs
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/ ./cmd/operator ./cmd/sandbox
	$(GO) build -trimpath -ldflags='-s -w' -o bin/ ./cmd/debug
	GO=$(GO) sh tools/vuln.sh bin/server bin/operator bin/debug bin/sandbox

bench: ## figures beside peers and bounds, in one run
	$(GO) run ./test/bench
	$(GO) test -run '^$$' -bench 'Land|Append' -benchtime 1x ./tester
	$(GO) test -run TestYear -count 1 -v ./connector
	VERSITYGW= $(GO) test -tags genuine -run TestRates -count 1 -v ./test/genuine -rows 20000

years: ## a lake of 90 days, of 1, 3 and 10 years: what opening, asking, verifying and forgetting take (12 GB of disk)
	$(GO) test -run TestGrowth -count 1 -timeout 3h -v ./test/years -days 90,365,1095,3650

FUZZTIME ?= 60s
fuzz: ## every fuzz target, a minute each (FUZZTIME)
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "== $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

clean: ## what was built: no rows, no state
	rm -rf bin dist
