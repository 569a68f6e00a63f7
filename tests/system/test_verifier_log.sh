#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# When the verifier refuses programs, its message is one line, or with SYNSCOPE_LIBBPF_LOG=1 the whole log with that of
# libbpf. The refused programs are those of a copy of synscope that calls a helper function that no kernel has.
. tests/system/lib/lib.sh

refused_attach() {
	"$LAB_DIR/refused" attach eth0 --netns "$LAB-client" --name "$LAB-refused"
}

readonly boot_clock='\x85\x00\x00\x00\x7d\x00\x00\x00' no_helper='\x85\x00\x00\x00\xff\xff\x00\x00'
lab_begin
lab_pair
LC_ALL=C sed "s/$boot_clock/$no_helper/g" "$BUILD/synscope" >"$LAB_DIR/refused"
! cmp -s "$BUILD/synscope" "$LAB_DIR/refused" || fail "no call of a helper was found in the program"
chmod +x "$LAB_DIR/refused"

outcome 1 refused_attach
says '^synscope: the kernel does not accept the programs: invalid func unknown#65535 \(Invalid argument\)$'
[ "$(wc -l <"$LAB_DIR/err")" -eq 1 ] || fail "more than one line: $(cat "$LAB_DIR/err")"
SYNSCOPE_LIBBPF_LOG=0 outcome 1 refused_attach
[ "$(wc -l <"$LAB_DIR/err")" -eq 1 ] || fail "more than one line: $(cat "$LAB_DIR/err")"

SYNSCOPE_LIBBPF_LOG=1 outcome 1 refused_attach
says "^libbpf: loading object 'synscope_bpf'"
says '^[0-9]+: \(85\) call unknown#65535$'
says '^processed [0-9]+ insns'
tail -n 1 "$LAB_DIR/err" | grep -q '^synscope: the kernel does not accept' || fail "the error is not the last line: $(tail "$LAB_DIR/err")"
SYNSCOPE_LIBBPF_LOG=1 outcome 0 synscope attach eth0 --netns "$LAB-client" --name "$LAB-accepted" --max-flows 4096
lab_instances+=("$LAB-accepted")
says "^libbpf: loading object 'synscope_bpf'"
