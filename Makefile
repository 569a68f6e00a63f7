# SPDX-License-Identifier: GPL-2.0-only
#
#   make            the program, build/synscope, and the tools; on all processors, unless -j says otherwise
#   make demo       see it work: two hosts in network namespaces, real connections; KEEP=1: connections of your own
#   make demo-serve the same connections, more and more of them, in a browser, until Ctrl-C
#   make serve-dev  the page of `serve` from user/serve/page, without a build (needs node)
#   make test       all tests; SUITES="unit reader interleave host bpf system differential" chooses
#   make test-web   the page of `serve`, in headless Chromium
#   make check      what needs no root: the unit tests, the tests on the host, lint
#   make lint       format, static analysis, shell scripts; `make format` formats
#   make interleave every schedule of CPUs that use the same flows, in short scenarios; an hour
#   make fuzz       FUZZ_SECONDS (60) of fuzzing, and what the seed corpus covers
#   make bench      what it costs, compared with other trackers; BENCH_JSON=FILE for the figures as JSON
#   make test-kernels   build here, test under other kernels, in QEMU
#   make asan       program and test helpers under AddressSanitizer and UBSan, in build/asan
#   make compdb     compile_commands.json, for clangd
#   make man        the manual pages, build/man (needs scdoc)
#   make deb        a Debian package, in build/
#   make deps       install the packages that all of this needs, by apt
#   make install    to $(DESTDIR)$(PREFIX): the program, completions, systemd units; uninstall removes them
#   make clean      remove build/
#
# demo, demo-serve, test, test-web and bench need root: they run what needs root by sudo, and all else as the user who
# runs make.
# V=1 shows the commands, BUILD=dir builds elsewhere, WERROR=1 turns warnings into errors. ARCH=arm64 makes all, deb and
# test-kernels build for that architecture, in build/arm64.

# For ARCH=arm64 on another machine, all is compiled and linked with packages of that architecture, which
# tools/sysroot.sh fetches when they are first needed. What the build itself runs is run by qemu-user.
NATIVE_ARCH := $(shell dpkg --print-architecture 2>/dev/null)
CROSS := $(filter-out $(NATIVE_ARCH),$(filter arm64,$(ARCH)))
ifneq ($(CROSS),)
ifneq ($(filter bench check demo demo-serve fuzz interleave test test-web,$(MAKECMDGOALS)),)
$(error ARCH=$(ARCH) is for all, deb and test-kernels)
endif
	BUILD ?= build/$(CROSS)
	GNU_TYPE := aarch64-linux-gnu
	SYSROOT = $(eval SYSROOT := $(or $(shell tools/sysroot.sh $(CROSS)),$(error no packages of $(CROSS))))$(SYSROOT)
	CCACHE := $(filter ccache,$(CC))
	CC = $(CCACHE) $(GNU_TYPE)-gcc --sysroot=$(SYSROOT)
	EMULATOR = qemu-aarch64 -L $(SYSROOT)
	PKG_CONFIG_FOR = PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(GNU_TYPE)/pkgconfig
else ifneq ($(and $(filter command,$(origin ARCH)),$(filter-out $(NATIVE_ARCH),$(ARCH))),)
$(error ARCH=$(ARCH): only arm64 is built on another machine)
endif

BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
VERSION := $(shell sed -n 's/^.define SYNSCOPE_VERSION "\(.*\)"$$/\1/p' user/base/version.h)

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

# Make 4.3 sees an inherited -j here only in its environment; its own -j, from the command line, is not visible here,
# but overrides this one.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS) $(shell printf %s "$$MAKEFLAGS")),)
MAKEFLAGS += -j$(shell nproc)
endif
# These run in the order in which they are given, and show their output at once.
ifneq ($(filter bench check clean compdb deb demo demo-serve deps format fuzz interleave lint serve-dev test test-web \
	test-kernels,$(MAKECMDGOALS)),)
.NOTPARALLEL:
else
MAKEFLAGS += -Otarget
endif

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# WERROR=1, which CI sets, turns warnings into errors. It is not the default, so that a newer compiler's warnings break
# no build.
WARNINGS := -Wall -Wextra -Wstrict-prototypes -Wundef -Wformat=2 $(if $(filter 1,$(WERROR)),-Werror)
# Not for BPF programs: they have global functions that nothing calls, and local variables with the names of maps.
HOST_WARNINGS := -Wmissing-prototypes -Wshadow
CPPFLAGS += -D_GNU_SOURCE -Iinclude -I$(BUILD) -Iuser -I.
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(HOST_WARNINGS) $(CFLAGS) -MMD -MP
HARDEN_CFLAGS := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_LDFLAGS := -pie -Wl,-z,relro,-z,now
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# libbpf and libseccomp are linked statically, so that a minimal system lacks fewer libraries.
LDLIBS = -l:libbpf.a -l:libseccomp.a -lelf -lz -lzstd -lncursesw -ltinfo $(shell $(PKG_CONFIG_FOR) $(PKG_CONFIG) --libs sqlite3)
CHECK_LIBS = $(shell $(PKG_CONFIG_FOR) $(PKG_CONFIG) --libs check)
# The program loads it when it serves; what the tests send to is a server by itself.
HTTP_SERVER_LIBS = $(shell $(PKG_CONFIG_FOR) $(PKG_CONFIG) --libs libmicrohttpd)

# On Debian asm/types.h is under the multiarch directory, where clang does not search with -target bpf.
BPF_CFLAGS = -target bpf -mcpu=v3 -std=gnu17 -O2 -g $(WARNINGS) -MMD -MP -Iinclude -I. \
	      -idirafter $(SYSROOT)/usr/include/$(or $(GNU_TYPE),$(shell $(CC) -print-multiarch))

# With the programs compiled for the host, which `replay` runs.
USER_SRC := $(wildcard user/*.c user/*/*.c) bpf/host/programs.c
USER_OBJ := $(USER_SRC:%.c=$(BUILD)/%.o)
MODULE_OBJ := $(filter-out $(BUILD)/user/main.o,$(USER_OBJ))
SANITIZED_OBJ := $(MODULE_OBJ:$(BUILD)/%=$(BUILD)/sanitized/%)
BPF_SKEL := $(patsubst bpf/%.bpf.c,$(BUILD)/%.skel.h,$(wildcard bpf/*.bpf.c))

# Both suites use the builder of packets.
UNIT_OBJ := $(patsubst %.c,$(BUILD)/sanitized/%.o,$(wildcard tests/unit/*.c tests/bpf/packet.c))
BPF_TEST_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(wildcard tests/bpf/*.c)))
BPF_TEST_SKEL := $(patsubst tests/%.bpf.c,$(BUILD)/tests/%.skel.h,$(wildcard tests/bpf/*.bpf.c tests/system/bin/*.bpf.c))

# The programs of bpf/ compiled for the host, and the programs that play frames through them, all by clang, which has
# libFuzzer.
FUZZ_CFLAGS = -std=gnu17 $(WARNINGS) $(HOST_WARNINGS) -Wno-missing-field-initializers -O2 -g -MMD -MP $(SANITIZE) -fsanitize=fuzzer-no-link
COVERAGE := -fprofile-instr-generate=/dev/null -fcoverage-mapping
FUZZ_HOST := bpf/host/programs.c $(addprefix tests/fuzz/,host.c host_config.c input.c) \
	     $(addprefix user/,base/text.c flow/ladder.c flow/ladder_numbers.c flow/outcome.c flow/reader.c flow/tunnel.c flow/unreachable.c flow/view.c)
FUZZ_CASES := $(wildcard tests/bpf/cases_*.c) $(addprefix tests/bpf/,packet.c wrap.c frames.c scenario.c) \
	      $(patsubst %,tests/bpf/test_%.c,link tunnel ip tcp icmp self skew table)
FUZZ_TRACK := $(FUZZ_HOST) $(addprefix tests/fuzz/,fuzz_track.c invariants.c mutate.c)
FUZZ_READER := $(addprefix user/replay/,capture.c compressed.c link.c link_names.c pcap_file.c pcapng.c read_error.c) $(wildcard user/base/*.c)
FUZZ_CAPTURE := tests/fuzz/fuzz_capture.c $(FUZZ_READER)
FUZZ_EXPORT := tests/fuzz/fuzz_export.c tests/unit/flow_decoder.c $(addprefix user/,export/element.c export/encoder.c flow/outcome.c)
# What requests are answered by, all of which is watched by the fuzzer but what is below the filters.
FUZZ_REQUEST := tests/fuzz/fuzz_request.c $(addprefix tests/unit/,serve_site.c fixture.c) \
		$(wildcard user/serve/*.c user/filter/*.c user/base/*.c)
HOST_TESTS := $(sort $(FUZZ_HOST) $(FUZZ_CASES) $(addprefix tests/fuzz/,host_tests.c host_seeds.c host_harness.c) \
	      user/format/explain.c $(filter-out user/base/screen%,$(wildcard user/base/*.c)))
DIFFERENTIAL := $(sort $(FUZZ_HOST) $(FUZZ_READER) $(addprefix tests/bpf/,harness.c packet.c) \
		$(addprefix tests/fuzz/,differential.c corpus.c mutate.c))
SUBSET := $(FUZZ_HOST) $(addprefix tests/fuzz/,subset.c corpus.c mutate.c)

# The reader of records once more; each of its loads is a step of the test.
READER_TEST_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/reader/*.c)) $(BUILD)/stepped/user/flow/reader.o

# The programs and the reader, with a call before each memory access; tests/interleave decides which CPU continues. They
# are compiled from a copy, from which tests/interleave/mutations may remove something.
INTERLEAVE := $(BUILD)/interleave
INTERLEAVE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/interleave/*.c) \
		  tests/bpf/packet.c tests/fuzz/host_config.c)
TRACED_CPPFLAGS = -I$(INTERLEAVE)/copy/include -I$(INTERLEAVE)/copy -I$(INTERLEAVE)/copy/user
TRACED_CFLAGS := -std=gnu17 $(WARNINGS) -Wno-missing-field-initializers -O2 -fno-vectorize -fno-slp-vectorize \
		 -fsanitize=thread $(addprefix -mllvm -tsan-,distinguish-volatile=1 instrument-read-before-write=1 \
		 instrument-func-entry-exit=0)

# GROUPS selects the groups of figures to measure: make bench GROUPS="established veth".
BENCH_SRC := $(filter-out %.bpf.c,$(wildcard tools/bench/*.c))
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(BENCH_SRC) tests/bpf/packet.c tests/unit/capture_writer.c tests/unit/made_record.c tests/unit/made_flow.c)
BENCH_SKEL := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard tools/bench/*.bpf.c))

PROGRAM := $(if $(wildcard user/main.c),$(BUILD)/synscope)
TOOLS := $(patsubst tools/%.c,$(BUILD)/%,$(wildcard tools/*.c))
UNITS := $(patsubst contrib/systemd/%.in,$(BUILD)/%,$(wildcard contrib/systemd/*.in))
# Translations of po/, where the program finds them.
CATALOGUES := $(patsubst po/%.po,$(BUILD)/locale/%/LC_MESSAGES/synscope.mo,$(wildcard po/*.po))
COMPLETIONS := $(addprefix $(BUILD)/completions/synscope.,bash zsh fish)
TEST_HELPERS := $(patsubst tests/system/bin/%.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/system/bin/*.c)))
# Not programs, but libraries for LD_PRELOAD.
TEST_PRELOADS := $(patsubst tests/system/preload/%.c,$(BUILD)/%.so,$(wildcard tests/system/preload/*.c))
TEST_PROGRAMS := $(if $(UNIT_OBJ),$(BUILD)/unit-tests) $(if $(BPF_TEST_OBJ),$(BUILD)/bpf-tests) \
		 $(TEST_HELPERS) $(TEST_PRELOADS) $(addprefix $(BUILD)/,reader-tests \
		 $(if $(CROSS),,interleave/interleave host-tests subset differential bench))

.PHONY: all test-programs help deps demo demo-serve serve-dev bench test test-web check test-kernels interleave fuzz asan compdb lint format clean install uninstall deb
all: $(PROGRAM) $(TOOLS) $(COMPLETIONS) $(CATALOGUES)
test-programs: all $(TEST_PROGRAMS)

help:
	@sed -nE '/^$$/q; 3,$$s/^# ?( ? ?)/\1/p' Makefile

# ---- in the kernel

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
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

# Linking removes the DWARF, which would be most of the embedded object; the BTF stays.
$(BUILD)/%.bpf.o: $(BUILD)/bpf/%.bpf.o
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $<

%.skel.h: %.bpf.o
	$(call msg,SKEL,$@)
	$(Q){ echo '/* NOLINTBEGIN: generated */' && $(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf && \
		echo '/* NOLINTEND */'; } >$@

# ---- in user space

$(USER_OBJ) $(SANITIZED_OBJ): | $(BPF_SKEL)

# The files of the page that `serve` shows, compressed, as a table in C.
PAGE_TABLE := $(BUILD)/synscope_page.h
PAGE_FILES := $(shell find user/serve/page -type f 2>/dev/null)
$(PAGE_TABLE): tools/embed-page.sh $(PAGE_FILES)
	@mkdir -p $(@D)
	$(call msg,EMBED,$@)
	$(Q)$< user/serve/page >$@
$(BUILD)/user/serve/page.o $(BUILD)/sanitized/user/serve/page.o $(BUILD)/fuzz/user/serve/page.o: $(PAGE_TABLE)

# The JSON Schemas of what is printed, as a table in C.
SCHEMA_TABLE := $(BUILD)/synscope_schemas.h
$(SCHEMA_TABLE): tools/embed-schemas.sh $(wildcard docs/schema/*.json)
	@mkdir -p $(@D)
	$(call msg,EMBED,$@)
	$(Q)$< docs/schema >$@
$(BUILD)/user/format/schema.o $(BUILD)/sanitized/user/format/schema.o: $(SCHEMA_TABLE)
$(UNIT_OBJ) $(BPF_TEST_OBJ): | $(BPF_SKEL) $(BPF_TEST_SKEL)

$(BENCH_OBJ): | $(BPF_SKEL) $(BENCH_SKEL)

# Flags for compiling the sources of BPF programs for the host.
$(BUILD)/sanitized/tests/unit/test_tcp_options.o $(addsuffix bpf/host/programs.o,$(BUILD)/ $(BUILD)/sanitized/ $(BUILD)/fuzz/) $(BUILD)/fuzz/covered.o: HOST_WARNINGS :=

# The speed of `replay` depends on this object. Frames have no particular alignment in a capture.
$(BUILD)/bpf/host/programs.o: ALL_CFLAGS += -O3 -fno-sanitize=alignment

# Nor have headers behind an Ethernet header in a tunnel.
$(BUILD)/fuzz/bpf/host/programs.o $(BUILD)/fuzz/covered.o: FUZZ_CFLAGS += -fno-sanitize=alignment

# With sanitizers, gcc warns of the parts of a segment that the fast path neither sets nor uses.
$(BUILD)/bpf/host/programs.o $(BUILD)/sanitized/bpf/host/programs.o: ALL_CFLAGS += \
	$(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized)

$(BUILD)/tests/system/bin/witness.o: | $(BUILD)/tests/system/bin/witness.skel.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(HARDEN_CFLAGS) -c $< -o $@

# -Og, because with -O2 the sanitizers' code takes twice as long to compile, which is more than the tests save by it.
$(BUILD)/sanitized/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) -Og -c $< -o $@

$(BUILD)/synscope: $(USER_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(TOOLS): $(BUILD)/%: $(BUILD)/tools/%.o
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(TOOL_LIBS) -o $@

# The same tables that the program parses its command line by.
$(BUILD)/completion: TOOL_LIBS = $(LDLIBS)
$(BUILD)/completion: $(MODULE_OBJ)

$(BUILD)/locale/%/LC_MESSAGES/synscope.mo: po/%.po
	@mkdir -p $(@D)
	$(call msg,MSGFMT,$@)
	$(Q)msgfmt -o $@ $<

$(BUILD)/completions/tables: $(BUILD)/completion
	@mkdir -p $(@D)
	$(Q)$(EMULATOR) $< >$@

$(BUILD)/completions/synscope.%: $(BUILD)/completions/tables $(wildcard tools/completion/*)
	$(call msg,GEN,$@)
	$(Q)tools/completion/assemble $* $< >$@

$(TEST_HELPERS): $(BUILD)/%: $(BUILD)/tests/system/bin/%.o
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ -l:libbpf.a -lelf -lz $(HELPER_LIBS) -o $@

$(TEST_PRELOADS): $(BUILD)/%.so: tests/system/preload/%.c $(wildcard tests/system/preload/*.h)
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Wno-missing-prototypes -fPIC -shared $(LDFLAGS) $< -ldl -o $@

$(BUILD)/capture_maker: $(addprefix $(BUILD)/,tests/unit/capture_writer.o tests/bpf/packet.o tests/bpf/wrap.o user/flow/tunnel.o)
$(BUILD)/flooder: $(BUILD)/tests/bpf/packet.o
$(BUILD)/export_maker: $(BUILD)/tests/unit/made_record.o $(MODULE_OBJ)
$(BUILD)/export_maker: HELPER_LIBS = $(LDLIBS)
$(BUILD)/http_sink: $(BUILD)/tests/unit/http_taker.o $(MODULE_OBJ)
$(BUILD)/http_sink: HELPER_LIBS = $(LDLIBS) $(HTTP_SERVER_LIBS)
$(BUILD)/history_maker $(BUILD)/history_killer: $(BUILD)/tests/unit/made_flow.o $(MODULE_OBJ)
$(BUILD)/history_maker $(BUILD)/history_killer: HELPER_LIBS = $(LDLIBS)
$(BUILD)/help_texts: $(MODULE_OBJ)
$(BUILD)/help_texts: HELPER_LIBS = $(LDLIBS)
$(BUILD)/recorder: HELPER_LIBS = -lpcap
# It enters the jail by the same function as `serve`.
$(BUILD)/jailed: $(BUILD)/tests/system/bin/jailed/attempts.o $(filter-out $(BUILD)/user/cli/%,$(MODULE_OBJ))
$(BUILD)/jailed: HELPER_LIBS = $(LDLIBS)

$(BUILD)/bench: $(BENCH_OBJ) $(MODULE_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(LDLIBS) -lm -o $@

# ---- tests

$(BUILD)/unit-tests: $(UNIT_OBJ) $(SANITIZED_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) $(HTTP_SERVER_LIBS) -o $@

$(BUILD)/bpf-tests: $(BPF_TEST_OBJ) $(MODULE_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) -o $@

$(BUILD)/stepped/%.o: %.c tests/reader/hooks.h
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(HARDEN_CFLAGS) -include tests/reader/hooks.h -c $< -o $@

$(BUILD)/reader-tests: $(READER_TEST_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -o $@

# These include code of the BPF programs, which needs clang.
$(BUILD)/tests/interleave/%.o: tests/interleave/%.c
	@mkdir -p $(@D)
	$(call msg,CLANG,$@)
	$(Q)$(CLANG) $(CPPFLAGS) $(ALL_CFLAGS) -c $< -o $@

$(INTERLEAVE)/copy/.made: tests/interleave/prepare $(wildcard bpf/*.* bpf/*/*.* include/synscope/* user/flow/reader.*)
	$(call msg,COPY,$(@D))
	$(Q)$< $(@D)
	$(Q)touch $@

$(INTERLEAVE)/programs.ll: $(INTERLEAVE)/copy/bpf/host/programs.c
$(INTERLEAVE)/reader.ll: $(INTERLEAVE)/copy/user/flow/reader.c
$(INTERLEAVE)/copy/user/flow/reader.c $(INTERLEAVE)/copy/bpf/host/programs.c: $(INTERLEAVE)/copy/.made ;
$(INTERLEAVE)/programs.ll $(INTERLEAVE)/reader.ll: $(INTERLEAVE)/%.ll: $(INTERLEAVE)/copy/.made
	$(call msg,TRACECC,$@)
	$(Q)$(CLANG) $(TRACED_CPPFLAGS) $(CPPFLAGS) $(TRACED_CFLAGS) -S -emit-llvm -o $@ $(filter %.c,$^)

$(INTERLEAVE)/programs.o $(INTERLEAVE)/reader.o: $(INTERLEAVE)/%.o: $(INTERLEAVE)/%.ll tests/interleave/traced.awk
	$(Q)awk -f tests/interleave/traced.awk $< $< >$(INTERLEAVE)/$*.traced.ll
	$(Q)$(CLANG) -O2 -Wno-unused-command-line-argument -o $@ -c $(INTERLEAVE)/$*.traced.ll

# Exports the names of functions, for reports.
$(INTERLEAVE)/interleave: $(INTERLEAVE_OBJ) $(addprefix $(INTERLEAVE)/,programs.o reader.o)
	$(call msg,LINK,$@)
	$(Q)$(CC) -no-pie -rdynamic $(LDFLAGS) $^ -o $@

$(BUILD)/fuzz/tests/bpf/harness.o: | $(BPF_SKEL) $(BPF_TEST_SKEL)

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,FUZZCC,$@)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -c $< -o $@

# Coverage counts only what the programs themselves execute, not what checks them.
$(BUILD)/fuzz/covered.o: bpf/host/programs.c
	@mkdir -p $(@D)
	$(call msg,FUZZCC,$@)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) $(COVERAGE) -c $< -o $@

$(BUILD)/fuzz-track: $(BUILD)/fuzz/covered.o $(filter-out %/programs.o,$(FUZZ_TRACK:%.c=$(BUILD)/fuzz/%.o))
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(COVERAGE) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@

$(BUILD)/fuzz-capture: $(FUZZ_CAPTURE:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/fuzz-export: $(FUZZ_EXPORT:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@

$(BUILD)/fuzz-request: $(FUZZ_REQUEST:%.c=$(BUILD)/fuzz/%.o) $(filter-out $(FUZZ_REQUEST:%.c=$(BUILD)/%.o),$(MODULE_OBJ))
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) -o $@

$(BUILD)/host-tests: $(HOST_TESTS:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -o $@

$(BUILD)/differential: $(DIFFERENTIAL:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) $(LDLIBS) -o $@

$(BUILD)/subset: $(SUBSET:%.c=$(BUILD)/fuzz/%.o)
	$(call msg,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(LDFLAGS) $^ $(CHECK_LIBS) -o $@

# A make within make, which prints nothing about up-to-date files. The + passes the job server to it.
build = +$(Q)$(MAKE) $(if $(Q),-s)

# Asks for the password at the start, so that the question does not come after a long build. (`sudo -v` asks even those
# who need no password.)
root = $(Q)[ "$$(id -u)" -eq 0 ] || { command -v sudo && sudo true; } >/dev/null || \
	{ echo '$@: must be root, or a user with sudo, to load programs and to make network namespaces' >&2; exit 1; }

# The sub-make searches again for the compilers, which the first line may have installed.
test:
	$(root)
	$(Q)tools/install-deps.sh build test
	$(Q)tools/install-deps.sh deb sudo || echo 'test: without these, packaging or sudo is not tested' >&2
	$(build) test-programs
	$(Q)BUILD='$(BUILD)' tests/run $(SUITES)

# The page of `serve`. Where Chromium or the packages from npm cannot be had, this says that it was not tested.
test-web:
	$(root)
	$(Q)tools/install-deps.sh build test
	$(Q)tools/install-deps.sh web || echo 'test-web: without these, the page is not tested' >&2
	$(build) all $(BUILD)/peer $(BUILD)/fill
	$(Q)BUILD='$(BUILD)' tests/web/packages || true
	$(Q)$$([ "$$(id -u)" -eq 0 ] || echo sudo) env BUILD='$(BUILD)' tests/web/run

check:
	$(Q)tools/install-deps.sh build test lint
	$(build) $(addprefix $(BUILD)/,unit-tests host-tests subset)
	$(Q)BUILD='$(BUILD)' tests/run unit host
	$(Q)$(MAKE) lint

# KERNELS="6.1 7.2" selects some of them.
test-kernels:
	$(Q)tools/install-deps.sh build test $(CROSS)
	$(build) test-programs
	$(if $(CROSS),$(build) deb)
	$(Q)BUILD='$(BUILD)' ARCH='$(or $(CROSS),$(NATIVE_ARCH))' tools/test-kernels.sh $(KERNELS)

interleave:
	$(Q)tools/install-deps.sh build
	$(build) $(INTERLEAVE)/interleave
	$(Q)BUILD='$(BUILD)' tests/interleave/run

fuzz:
	$(Q)tools/install-deps.sh build fuzz
	$(build) $(addprefix $(BUILD)/,host-tests fuzz-track fuzz-capture fuzz-export fuzz-request capture_maker)
	$(Q)BUILD='$(BUILD)' CLANG='$(CLANG)' tests/fuzz/run

demo:
	$(root)
	$(Q)tools/install-deps.sh build demo
	$(build) all $(BUILD)/peer $(if $(KEEP),$(BUILD)/flooder)
	$(Q)BUILD='$(BUILD)' tools/demo.sh $(if $(KEEP),--shell)

# The demo's connections go on until Ctrl-C, with `synscope serve` at this address.
SERVE_ADDRESS ?= 127.0.0.1:9293
demo-serve:
	$(root)
	$(Q)tools/install-deps.sh build demo
	$(build) all $(BUILD)/peer
	$(Q)BUILD='$(BUILD)' tools/demo.sh $(SERVE_ADDRESS)

# The page from the tree, at port SERVE_DEV_PORT, with the data of the server that runs at SERVE_ADDRESS.
SERVE_DEV_PORT ?= 9294
serve-dev:
	$(Q)node tools/serve-dev.mjs $(SERVE_DEV_PORT) $(SERVE_ADDRESS)

# Passes on the variables that bench.c knows.
bench_root = $$([ "$$(id -u)" -eq 0 ] || echo sudo --preserve-env=BUILD,BENCH_JSON,BENCH_QUICK,BENCH_ROUNDS)

bench:
	$(root)
	$(Q)tools/install-deps.sh build bench
	$(build) all $(BUILD)/bench
	$(Q)BUILD='$(BUILD)' $(bench_root) $(BUILD)/bench $(GROUPS)

# With BUILD=build/asan, the system tests run this program.
asan:
	$(build) BUILD='$(BUILD)/asan' HARDEN_CFLAGS= HARDEN_LDFLAGS= CFLAGS='$(CFLAGS) $(SANITIZE)' \
		LDFLAGS='$(LDFLAGS) $(SANITIZE)' all $(patsubst $(BUILD)/%,$(BUILD)/asan/%,$(TEST_HELPERS))

# ---- upkeep

deps:
	$(Q)tools/install-deps.sh build test web demo bench fuzz deb lint

lint:
	$(Q)tools/install-deps.sh build test lint
	$(Q)$(MAKE) $(BPF_SKEL) $(BPF_TEST_SKEL) $(BENCH_SKEL) $(PAGE_TABLE) $(SCHEMA_TABLE)
	$(Q)CPPFLAGS="$(subst ",\",$(CPPFLAGS))" BPF_CFLAGS='$(BPF_CFLAGS)' tools/lint.sh

format:
	$(Q)tools/lint.sh --format

compdb: compile_commands.json

# For a source that is compiled twice, only the first command is listed, which is the program's.
compile_commands.json: FORCE | $(BPF_SKEL) $(BPF_TEST_SKEL) $(BENCH_SKEL) $(PAGE_TABLE) $(SCHEMA_TABLE)
	$(call msg,GEN,$@)
	$(Q)$(MAKE) -Bn V=1 all test-programs $(addprefix $(BUILD)/fuzz-,track capture export request) | jq -nR --arg directory '$(CURDIR)' \
		'[inputs | capture("^(ccache )?(?<command>\\S+ .* -c (?<file>\\S+) -o (?<output>\\S+))$$")]'\
	' | group_by(.file) | map(.[0] + {$$directory})' >$@

clean:
	$(call msg,CLEAN,$(BUILD))
	$(Q)rm -rf $(BUILD)

# ---- manual pages: tested and installed, but not needed by the program

MAN_PAGES := $(patsubst docs/%.scd,$(BUILD)/%,$(wildcard docs/man/*.scd))

.PHONY: man
man: $(MAN_PAGES)
test-programs: man

# The date in a page is that of its source, unless SOURCE_DATE_EPOCH is set.
$(BUILD)/man/%: docs/man/%.scd user/base/version.h
	@mkdir -p $(@D)
	$(call msg,SCDOC,$@)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< | \
		SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(stat -c %Y $<)} scdoc >$@

# ----

DOCUMENTS := $(wildcard docs/*.md docs/ko/*.md)
CONTRIBUTED := $(filter-out %.test.yml,$(wildcard $(foreach \
	part,clickhouse grafana kubernetes prometheus rsyslog,contrib/$(part)/*)))

# MODE:FILE:TO
INSTALLED = 755:$(BUILD)/synscope:$(PREFIX)/bin/synscope \
	    644:$(BUILD)/completions/synscope.bash:$(PREFIX)/share/bash-completion/completions/synscope \
	    644:$(BUILD)/completions/synscope.zsh:$(PREFIX)/share/zsh/site-functions/_synscope \
	    644:$(BUILD)/completions/synscope.fish:$(PREFIX)/share/fish/vendor_completions.d/synscope.fish \
	    $(foreach unit,$(UNITS),644:$(unit):$(UNITDIR)/$(notdir $(unit))) \
	    644:contrib/systemd/synscope-serve.socket:$(UNITDIR)/synscope-serve.socket \
	    644:contrib/systemd/synscope.default:$(SYSCONFDIR)/default/synscope \
	    644:README.md:$(PREFIX)/share/doc/synscope/README.md \
	    $(foreach page,$(DOCUMENTS),644:$(page):$(PREFIX)/share/doc/synscope/$(page)) \
	    $(foreach file,$(CATALOGUES),644:$(file):$(PREFIX)/share/$(patsubst $(BUILD)/%,%,$(file))) \
	    $(foreach file,$(CONTRIBUTED),644:$(file):$(PREFIX)/share/synscope/$(patsubst contrib/%,%,$(file))) \
	    $(foreach page,$(MAN_PAGES),644:$(page):$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))

$(UNITS): $(BUILD)/%: contrib/systemd/%.in FORCE
	$(Q)sed 's|@BINDIR@|$(PREFIX)/bin|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' $< >$@

# Configuration that the administrator has changed stays.
install: all man $(UNITS)
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)IFS=:; for file in $(INSTALLED); do set -- $$file; \
		case $$3 in $(SYSCONFDIR)/*) [ ! -e "$(DESTDIR)$$3" ] || continue ;; esac; \
		install -D -m $$1 "$$2" "$(DESTDIR)$$3" || exit; done

uninstall:
	$(call msg,REMOVE,$(DESTDIR)$(PREFIX))
	$(Q)IFS=:; for file in $(INSTALLED); do set -- $$file; \
		case $$3 in $(SYSCONFDIR)/*) cmp -s "$$2" "$(DESTDIR)$$3" || continue ;; esac; \
		rm -f "$(DESTDIR)$$3"; done

# Built again if any file that it is made of is newer.
DEB := $(BUILD)/synscope_$(VERSION)_$(or $(CROSS),$(NATIVE_ARCH)).deb
deb:
	$(Q)tools/install-deps.sh build deb $(CROSS)
	$(Q)$(MAKE) $(DEB)

$(DEB): Makefile README.md $(DOCUMENTS) $(wildcard bpf/*.* bpf/*/* include/*/* user/* user/*/* user/serve/page/* docs/schema/* tools/*.c tools/completion/* contrib/systemd/* docs/man/* po/*) $(CONTRIBUTED) \
	$(wildcard debian/* debian/*/* tools/make-deb.sh)
	$(call msg,DEB,$@)
	$(Q)BUILD='$(BUILD)' tools/make-deb.sh $(VERSION) $(CROSS)

.PHONY: FORCE

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d $(BUILD)/*/*/*/*.d $(BUILD)/*/*/*/*/*.d)
