# SPDX-License-Identifier: GPL-2.0-only
#
#   make            the program, build/synscope, and the tools
#   make demo       see it work: two hosts in network namespaces, real connections (root)
#   make test       all tests (root)
#   make bench      what it costs, next to what else there is; BENCH_JSON=FILE for the figures as JSON (root)
#   make test-kernels   build here, test under other kernels, in QEMU (root)
#   make fuzz       FUZZ_SECONDS (60) of fuzzing, and what the seed corpus covers
#   make deb        a Debian package, in build/
#   make lint       format, static analysis, shell scripts
#   make man        the manual pages, build/man (needs scdoc)
#   make install    to $(DESTDIR)$(PREFIX): the program, completions, a systemd unit; uninstall takes them away
#
# V=1 shows the commands, BUILD=dir builds elsewhere.

BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
VERSION := 0.1.0

CC ?= gcc
CLANG ?= $(or $(shell command -v clang),$(shell command -v clang-14),clang)
BPFTOOL ?= $(or $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool),bpftool)
PKG_CONFIG ?= pkg-config

ifeq ($(V),1)
	Q :=
	msg :=
else
	Q := @
	msg = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$(2))';
	MAKEFLAGS += --no-print-directory
endif

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

WARNINGS := -Wall -Wextra -Werror
CPPFLAGS += -D_GNU_SOURCE -DSYNSCOPE_VERSION='"$(VERSION)"' -Iinclude -I$(BUILD) -Iuser -Ibpf
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu17 $(WARNINGS) $(CFLAGS) -MMD -MP
HARDEN_CFLAGS := -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
HARDEN_LDFLAGS := -pie -Wl,-z,relro,-z,now
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# libbpf goes into the program, so that a minimal system lacks little of what it needs; of libpcap there is no archive
# that does without D-Bus.
LDLIBS := -l:libbpf.a -lelf -lz -lcap -lpcap -lncursesw -ltinfo
CHECK_LIBS = $(shell $(PKG_CONFIG) --libs check)

# asm/types.h is under the multiarch directory on Debian, and clang does not look there for -target bpf.
BPF_CFLAGS := -target bpf -mcpu=v3 -std=gnu17 -O2 -g $(WARNINGS) -MMD -MP -Iinclude -Ibpf \
	      -idirafter /usr/include/$(shell $(CC) -print-multiarch)

USER_SRC := $(wildcard user/*.c)
USER_OBJ := $(USER_SRC:%.c=$(BUILD)/%.o)
MODULE_OBJ := $(filter-out $(BUILD)/user/main.o,$(USER_OBJ))
SANITIZED_OBJ := $(MODULE_OBJ:$(BUILD)/%=$(BUILD)/sanitized/%)
BPF_SKEL := $(patsubst bpf/%.bpf.c,$(BUILD)/%.skel.h,$(wildcard bpf/*.bpf.c))

# The builder of packets serves both suites.
UNIT_OBJ := $(patsubst %.c,$(BUILD)/sanitized/%.o,$(wildcard tests/unit/*.c tests/bpf/packet.c))
BPF_TEST_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(wildcard tests/bpf/*.c)))
BPF_TEST_SKEL := $(patsubst tests/%.bpf.c,$(BUILD)/tests/%.skel.h,$(wildcard tests/bpf/*.bpf.c tests/system/*.bpf.c))

# The programs of bpf/ compiled for the host, and what plays frames through them: all by clang, which has libFuzzer.
FUZZ_CFLAGS := -std=gnu17 $(WARNINGS) -Wno-missing-field-initializers -O2 -g -MMD -MP $(SANITIZE) -fsanitize=fuzzer-no-link
COVERAGE := -fprofile-instr-generate=/dev/null -fcoverage-mapping
FUZZ_HOST := $(addprefix tests/fuzz/,host.c programs.c input.c) \
	     $(addprefix user/,flow_reader.c flow_view.c ladder.c outcome.c text.c)
FUZZ_CASES := $(wildcard tests/bpf/cases_*.c) $(addprefix tests/bpf/,packet.c frames.c scenario.c) \
	      $(patsubst %,tests/bpf/test_%.c,link ip tcp icmp skew table)
FUZZ_TRACK := $(FUZZ_HOST) $(addprefix tests/fuzz/,fuzz_track.c invariants.c mutate.c)
HOST_TESTS := $(FUZZ_HOST) $(FUZZ_CASES) $(addprefix tests/fuzz/,host_tests.c host_seeds.c host_harness.c)
DIFFERENTIAL := $(FUZZ_HOST) $(addprefix tests/bpf/,harness.c packet.c) $(addprefix tests/fuzz/,differential.c mutate.c)

# The reader of records once more, each of its loads a step of the test.
INTERLEAVE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/interleave/*.c)) $(BUILD)/interleave/user/flow_reader.o

# Groups of figures to measure may be given: make bench GROUPS="established veth".
BENCH_SRC := $(filter-out %.bpf.c,$(wildcard tools/bench/*.c))
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(BENCH_SRC) tests/bpf/packet.c)
BENCH_SKEL := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard tools/bench/*.bpf.c))

PROGRAM := $(if $(wildcard user/main.c),$(BUILD)/synscope)
TOOLS := $(patsubst tools/%.c,$(BUILD)/%,$(wildcard tools/*.c))
UNIT := $(BUILD)/synscope@.service
COMPLETIONS := $(addprefix $(BUILD)/completions/synscope.,bash zsh fish)
TEST_HELPERS := $(patsubst tests/system/%.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/system/*.c)))
TEST_PROGRAMS := $(if $(UNIT_OBJ),$(BUILD)/unit-tests) $(if $(BPF_TEST_OBJ),$(BUILD)/bpf-tests) \
		 $(TEST_HELPERS) $(addprefix $(BUILD)/,interleave-tests host-tests differential bench)

.PHONY: all test-programs deps demo bench test test-kernels fuzz lint format clean install uninstall deb
all: $(PROGRAM) $(TOOLS) $(COMPLETIONS)
test-programs: all $(TEST_PROGRAMS)

# ---- in the kernel

$(BUILD)/bpf/%.o: bpf/%.c
	@mkdir -p $(@D)
	$(call msg,CLANG,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BUILD)/tests/%.bpf.o: tests/%.bpf.c
	@mkdir -p $(@D)
	$(call msg,CLANG,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BUILD)/tools/%.bpf.o: tools/%.bpf.c
	@mkdir -p $(@D)
	$(call msg,CLANG,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# Linking drops the DWARF, which would be most of the embedded object; the BTF stays.
$(BUILD)/%.bpf.o: $(BUILD)/bpf/%.bpf.o
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $<

%.skel.h: %.bpf.o
	$(call msg,SKEL,$@)
	$(Q){ echo '/* NOLINTBEGIN: generated */' && $(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf && \
		echo '/* NOLINTEND */'; } >$@

# ---- in user space

$(USER_OBJ) $(SANITIZED_OBJ): | $(BPF_SKEL)
$(UNIT_OBJ) $(BPF_TEST_OBJ): | $(BPF_SKEL) $(BPF_TEST_SKEL)

$(BENCH_OBJ): | $(BPF_SKEL) $(BENCH_SKEL)

$(BUILD)/tests/system/witness.o: | $(BUILD)/tests/system/witness.skel.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(HARDEN_CFLAGS) -c $< -o $@

$(BUILD)/sanitized/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) -c $< -o $@

$(BUILD)/synscope: $(USER_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(TOOLS): $(BUILD)/%: $(BUILD)/tools/%.o
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(TOOL_LIBS) -o $@

# The very tables that parse.
$(BUILD)/completion: TOOL_LIBS = $(LDLIBS)
$(BUILD)/completion: $(MODULE_OBJ)

$(BUILD)/completions/tables: $(BUILD)/completion
	@mkdir -p $(@D)
	$(Q)$< >$@

$(BUILD)/completions/synscope.%: $(BUILD)/completions/tables $(wildcard tools/completion/*)
	$(call msg,GEN,$@)
	$(Q)tools/completion/assemble $* $< >$@

$(TEST_HELPERS): $(BUILD)/%: $(BUILD)/tests/system/%.o
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ -l:libbpf.a -lelf -lz $(HELPER_LIBS) -o $@

$(BUILD)/capture_maker: $(BUILD)/tests/unit/capture_writer.o $(BUILD)/tests/bpf/packet.o
$(BUILD)/flooder: $(BUILD)/tests/bpf/packet.o
$(BUILD)/recorder: HELPER_LIBS = -lpcap

$(BUILD)/bench: $(BENCH_OBJ) $(MODULE_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(LDLIBS) -lm -o $@

# ---- tests

$(BUILD)/unit-tests: $(UNIT_OBJ) $(SANITIZED_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) -o $@

$(BUILD)/bpf-tests: $(BPF_TEST_OBJ) $(MODULE_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) -o $@

$(BUILD)/interleave/%.o: %.c tests/interleave/hooks.h
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(HARDEN_CFLAGS) -include tests/interleave/hooks.h -c $< -o $@

$(BUILD)/interleave-tests: $(INTERLEAVE_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -o $@

$(BUILD)/fuzz/tests/bpf/harness.o: | $(BPF_SKEL) $(BPF_TEST_SKEL)

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,FUZZCC,$@)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -c $< -o $@

# Covered: only what the programs themselves execute, not what checks them.
$(BUILD)/fuzz/covered.o: tests/fuzz/programs.c
	@mkdir -p $(@D)
	$(call msg,FUZZCC,$@)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) $(COVERAGE) -c $< -o $@

$(BUILD)/fuzz-track: $(BUILD)/fuzz/covered.o $(filter-out %/programs.o,$(FUZZ_TRACK:%.c=$(BUILD)/fuzz/%.o))
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(COVERAGE) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@

$(BUILD)/host-tests: $(HOST_TESTS:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -o $@

$(BUILD)/differential: $(DIFFERENTIAL:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -l:libbpf.a -lelf -lz -o $@

# The sub-make looks again for the compilers that the first line may have installed.
test:
	$(Q)tools/install-deps.sh build test
	$(Q)tools/install-deps.sh deb || echo 'test: without these, packaging is not tested' >&2
	$(Q)$(MAKE) test-programs
	$(Q)BUILD='$(BUILD)' tests/run

# KERNELS="6.1 7.2" chooses among them.
test-kernels:
	$(Q)tools/install-deps.sh build test
	$(Q)$(MAKE) test-programs
	$(Q)BUILD='$(BUILD)' tools/test-kernels.sh $(KERNELS)

fuzz:
	$(Q)tools/install-deps.sh build fuzz
	$(Q)$(MAKE) $(BUILD)/host-tests $(BUILD)/fuzz-track
	$(Q)BUILD='$(BUILD)' CLANG='$(CLANG)' tests/fuzz/run

demo:
	$(Q)tools/install-deps.sh build demo
	$(Q)$(MAKE) all $(BUILD)/peer
	$(Q)BUILD='$(BUILD)' tools/demo.sh

bench:
	$(Q)tools/install-deps.sh build bench
	$(Q)$(MAKE) all $(BUILD)/bench
	$(Q)BUILD='$(BUILD)' $(BUILD)/bench $(GROUPS)

# ---- upkeep

deps:
	$(Q)tools/install-deps.sh build test demo bench fuzz deb lint

lint:
	$(Q)tools/install-deps.sh build test lint
	$(Q)$(MAKE) $(BPF_SKEL) $(BPF_TEST_SKEL) $(BENCH_SKEL)
	$(Q)CPPFLAGS="$(subst ",\",$(CPPFLAGS))" BPF_CFLAGS='$(BPF_CFLAGS)' tools/lint.sh

format:
	$(Q)tools/lint.sh --format

clean:
	$(call msg,CLEAN,$(BUILD))
	$(Q)rm -rf $(BUILD)

# ---- manual pages: tested, and installed; the program can do without

MAN_PAGES := $(patsubst %.scd,$(BUILD)/%,$(wildcard man/*.scd))

.PHONY: man
man: $(MAN_PAGES)
test-programs: man

# Dated as its source is, unless SOURCE_DATE_EPOCH says otherwise.
$(BUILD)/man/%: man/%.scd
	@mkdir -p $(@D)
	$(call msg,SCDOC,$@)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< | \
		SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(stat -c %Y $<)} scdoc >$@

# ----

# MODE:FILE:TO
INSTALLED = 755:$(BUILD)/synscope:$(PREFIX)/bin/synscope \
	    644:$(BUILD)/completions/synscope.bash:$(PREFIX)/share/bash-completion/completions/synscope \
	    644:$(BUILD)/completions/synscope.zsh:$(PREFIX)/share/zsh/site-functions/_synscope \
	    644:$(BUILD)/completions/synscope.fish:$(PREFIX)/share/fish/vendor_completions.d/synscope.fish \
	    644:$(UNIT):$(UNITDIR)/synscope@.service \
	    644:systemd/synscope.default:$(SYSCONFDIR)/default/synscope \
	    644:README.md:$(PREFIX)/share/doc/synscope/README.md \
	    644:BENCHMARKS.md:$(PREFIX)/share/doc/synscope/BENCHMARKS.md \
	    $(foreach page,$(MAN_PAGES),644:$(page):$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))

$(UNIT): systemd/synscope@.service.in FORCE
	$(Q)sed 's|@BINDIR@|$(PREFIX)/bin|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' $< >$@

# What the administrator changed of the configuration stays.
install: all man $(UNIT)
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)IFS=:; for file in $(INSTALLED); do set -- $$file; \
		case $$3 in $(SYSCONFDIR)/*) [ ! -e "$(DESTDIR)$$3" ] || continue ;; esac; \
		install -D -m $$1 "$$2" "$(DESTDIR)$$3" || exit; done

uninstall:
	$(call msg,REMOVE,$(DESTDIR)$(PREFIX))
	$(Q)IFS=:; for file in $(INSTALLED); do set -- $$file; \
		case $$3 in $(SYSCONFDIR)/*) cmp -s "$$2" "$(DESTDIR)$$3" || continue ;; esac; \
		rm -f "$(DESTDIR)$$3"; done

# Again when anything is newer that it is made of.
DEB := $(BUILD)/synscope_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
deb:
	$(Q)tools/install-deps.sh build deb
	$(Q)$(MAKE) $(DEB)

$(DEB): Makefile README.md BENCHMARKS.md $(wildcard bpf/* include/*/* user/* tools/*.c tools/completion/* systemd/* man/*) \
	$(wildcard debian/* debian/*/* tools/make-deb.sh)
	$(call msg,DEB,$@)
	$(Q)BUILD='$(BUILD)' tools/make-deb.sh $(VERSION)

FORCE:

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d $(BUILD)/*/*/*/*.d)
