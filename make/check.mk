# Checks. `make check` is the whole; check-unit is for the minute.

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZERS    := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
SOURCES    := $(shell find src tests -name '*.c' -o -name '*.h' | sort)
HEADERS    := $(shell find src -name '*.h' | sort)
SCRIPTS    := $(shell find tests .ci -name '*.sh' -o -name run | sort)

# A test links its own layer and those below: tests/unit/test_NAME.c says which in its first line,
# "/* layer: base */".
unit_libs = $(shell tests/unit/layers.sh $(1) $(BUILD))

$(BUILD)/unit/%: tests/unit/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(call unit_libs,$<) $(LIBS) -lcmocka -ldl -lpthread

$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< tests/fuzz/replay.c $(ARCHIVES) $(LIBS) -ldl -lpthread

.PHONY: check check-user check-unit check-bats check-asan check-headers check-docs lint try bench install help

check:
	@tests/packages.sh
	@tests/as-user.sh check-user

# As the unprivileged user: everything, with one count at the end.
check-user:
	@tests/all.sh

check-unit: $(UNIT_TESTS)
	@tests/unit/run.sh $(UNIT_TESTS)

check-fuzz: $(FUZZERS)
	@tests/fuzz/run.sh $(FUZZERS)

# Static programs that run inside containers.
INSIDE := $(BUILD)/payload $(BUILD)/attack $(BUILD)/verdict

$(BUILD)/fixtures/done: $(wildcard tests/fixtures/*) $(INSIDE)
	@tests/fixtures/make.sh $(BUILD)/fixtures
	@touch $@

$(INSIDE): $(BUILD)/%: tests/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o $@ $<

check-bats: $(BUILD)/kelp $(BUILD)/fixtures/done
	@KELP=$(abspath $(BUILD)/kelp) FIXTURES=$(abspath $(BUILD)/fixtures) tests/bats/run.sh $(TESTS)

# By hand: on a machine that runs systemd. VM is a program that runs one (tests/vm/run.sh).
.PHONY: check-vm
check-vm: $(BUILD)/kelp $(BUILD)/fixtures/done
	@tests/vm/run.sh "$(VM)" $(BUILD)

check-asan:
	@$(MAKE) --no-print-directory BUILD=build-asan SANITIZE=address,undefined O=-O1 check-unit check-fuzz

check-headers:
	@for h in $(HEADERS); do \
		for cc in gcc clang; do \
			echo "#include \"$${h#src/}\"" | $$cc $(CPPFLAGS) -std=gnu11 $(WARNINGS) -Werror -fsyntax-only -x c - || exit 1; \
		done; \
	done; echo "check-headers: $(words $(HEADERS)) headers compile alone"

# Every command has its row in the README, every file that the README names is there, and what is made
# from the option tables is as they say.
check-docs: $(BUILD)/kelp $(BUILD)/kelp-docs
	@tests/docs.sh $(BUILD)/kelp
	@tests/documents.sh $(BUILD)/kelp-docs

lint: check-docs
	@clang-format --dry-run -Werror $(SOURCES)
	@shellcheck -x -S warning $(SCRIPTS)
	@cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
		-D__x86_64__ -Isrc src
	@$(MAKE) --no-print-directory CC=gcc BUILD=build-gcc WERROR=-Werror build-gcc/kelp
	@$(MAKE) --no-print-directory CC=clang BUILD=build-clang WERROR=-Werror build-clang/kelp
	@echo "lint: clean"

try:
	@tests/packages.sh
	@tests/as-user.sh try-user

.PHONY: try-user check-fuzz
try-user: $(BUILD)/kelp $(BUILD)/fixtures/done
	@tests/try.sh $(BUILD)/kelp $(BUILD)/fixtures

bench:
	@tests/packages.sh
	@tests/as-user.sh bench-user

.PHONY: bench-user
bench-user: $(BUILD)/kelp $(BUILD)/fixtures/done $(BUILD)/floor
	@tests/bench/run.sh $(BUILD)

$(BUILD)/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o $@ $<

PREFIX ?= /usr/local
# Where systemd looks for generators of users: with /usr/local, /usr and /etc alike.
USER_GENERATORS ?= $(PREFIX)/lib/systemd/user-generators
install: $(BUILD)/kelp
	install -Dm755 $(BUILD)/kelp $(DESTDIR)$(PREFIX)/bin/kelp
	install -d $(DESTDIR)$(USER_GENERATORS)
	ln -sfr $(DESTDIR)$(PREFIX)/bin/kelp $(DESTDIR)$(USER_GENERATORS)/kelp-user-generator
	install -Dm644 $(COMPLETION_BASH) $(DESTDIR)$(PREFIX)/share/bash-completion/completions/kelp
	install -Dm644 $(COMPLETION_ZSH) $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_kelp
	install -Dm644 $(COMPLETION_FISH) $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kelp.fish
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m644 docs/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5

help:
	@echo "make            build/kelp"
	@echo "make try        install what is missing, build, run a container as an unprivileged user"
	@echo "make check      install what is missing, build, run every test as an unprivileged user"
	@echo "make check-unit the unit tests, quickly"
	@echo "make check-bats the system tests; TESTS=tests/bats/run.bats for one file"
	@echo "make check-vm   what needs systemd, by hand; VM=path, a program that runs a machine"
	@echo "make lint check-asan check-headers check-docs"
	@echo "make docs       write what is made from the option tables anew"
	@echo "make bench      kelp beside the floor, podman and crun; BENCH=quick for two minutes, images, life"
	@echo "make install    PREFIX=/usr/local"
