#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# test-kernels.sh [VERSION...]: the BPF tests and those system tests that are not about speed under other kernels, in
# QEMU, and that a kernel which is too old is refused. All kernels, or those that are named. `make test-kernels`
# builds what this runs.
#
# What cannot be run here, for want of QEMU or of a kernel, is skipped, and said.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export BUILD=${BUILD:-build} LC_ALL=C.UTF-8

readonly too_old=5.10 unable=125
# Besides the life of connections, what differs between kernels: attaching, links, pins, traffic control.
readonly system_tests=(lifecycle_ipv4 lifecycle_ipv6 outcomes loopback modes detach foreign_xdp upgrade vlan netem)
export TEST_TIMEOUT_S=400 GUEST_TIMEOUT_S=${GUEST_TIMEOUT_S:-1200}

passed=0 failed=0 skipped=0

verdict() { # pass|FAIL|SKIP VERSION WHAT
	printf '%s  Linux %-5s %s\n' "$@"
	case $1 in
	pass) passed=$((passed + 1)) ;;
	FAIL) failed=$((failed + 1)) ;;
	*) skipped=$((skipped + 1)) ;;
	esac
}

in_kernel() { # VERSION COMMAND...: what it printed is in $output
	tools/run-in-kernel.sh "$@" 2>&1 | tee "$output" | sed 's/^/      /'
	return "${PIPESTATUS[0]}"
}

test_under() { # VERSION
	local status=0 start=$SECONDS
	in_kernel "$1" tools/test-kernels.sh --guest || status=$?
	case $status in
	0) verdict pass "$1" "$(tail -n 1 "$output"), $((SECONDS - start)) s" ;;
	"$unable") verdict SKIP "$1" "$(tail -n 1 "$output")" ;;
	*) verdict FAIL "$1" "status $status after $((SECONDS - start)) s" ;;
	esac
}

refused_under() { # VERSION: one line, that names the kernel, and nothing is attached
	local status=0
	in_kernel "$1" "$BUILD/synscope" attach lo || status=$?
	if [ $status -eq $unable ]; then
		verdict SKIP "$1" "$(tail -n 1 "$output")"
	elif [ $status -eq 1 ] && [ "$(wc -l <"$output")" -eq 1 ] &&
		grep -q "^synscope: Linux ${1//./\\.}.* is too old" "$output"; then
		verdict pass "$1" "refused in one line"
	else
		verdict FAIL "$1" "not refused in one line, status $status"
	fi
}

guest() { # in the guest: all of it, the totals last
	local status=0
	"$BUILD/bpf-tests" 2>&1 | grep -E '^[0-9]+%|:[FE]:'
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
	tests/system/run "${system_tests[@]}" || status=1
	return $status
}

if [ "${1-}" = --guest ]; then
	guest
	exit
fi
tools/install-deps.sh kernels || {
	echo "SKIPPED: no test under other kernels, because QEMU or what else it takes is not here" >&2
	exit 0
}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
[ $# -gt 0 ] || set -- 6.1 6.12 6.18 7.2 $too_old
for version in "$@"; do
	echo "== Linux $version"
	if [ "$version" = $too_old ]; then
		refused_under "$version"
	else
		test_under "$version"
	fi
done
echo "== kernels: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
