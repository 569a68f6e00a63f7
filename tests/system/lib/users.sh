# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Ordinary users for the system tests: to be sourced before lab_begin, by a test that has a bpffs of its own.

# In a mount namespace, so that neither modes nor pins on the machine's bpffs matter, or are changed.
own_bpffs() { # ARGUMENT...: of the test
	[ -z "${OWN_BPFFS-}" ] || return 0
	OWN_BPFFS=yes exec unshare --mount --propagation private bash "$0" "$@"
}

mount_bpffs() { # MODE: a new one, with nothing in it
	umount /sys/fs/bpf 2>/dev/null || true
	mount -t bpf -o "mode=$1" bpf /sys/fs/bpf
}

# What users have to be able to run and read is here.
users_begin() {
	chmod 755 "$LAB_DIR"
	install -m 755 "$BUILD/synscope" "$LAB_DIR/synscope"
}

user() { # USER GROUP CAPABILITIES: "${as_user[@]} COMMAND" has these alone, such as "bpf net_admin", or "" for none
	local capability capabilities=-all
	for capability in $3; do
		capabilities+=",+$capability"
	done
	# shellcheck disable=SC2034 # for the caller
	as_user=(setpriv --reuid="$1" --regid="$2" --clear-groups --inh-caps="$capabilities"
		--ambient-caps="$capabilities" --bounding-set="$capabilities")
}

top_ends() { # COMMAND...: that runs `top`: on a terminal, which `script` makes, until it has drawn and q is pressed
	local status=0
	[ -e /dev/pts/ptmx ] || return 0 # there are no terminals, as in a guest of test-kernels
	: >"$LAB_DIR/screen"
	press_q | script -qefc "TERM=xterm $*" /dev/null >"$LAB_DIR/screen" 2>&1 || status=$?
	grep 'synscope:' "$LAB_DIR/screen" >&2 || true
	return "$status"
}

press_q() {
	wait_for 20 grep -qE 'quit|synscope:' "$LAB_DIR/screen"
	printf q
}
