#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Without /proc, /sys, a bpffs, /run/netns, /etc, a locale or the description of the terminal, and with a read-only
# bpffs, commands do what is still possible, and report truthfully what is not.
# long: 15 s
. tests/system/lib/lib.sh

lab_begin
lab_pair
program=$(realpath "$BUILD/synscope")
attach a eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c connect $server4 80 43210
must peer server a accept l
"$BUILD/capture_maker" -c 5 >"$LAB_DIR/capture"

at_end() {
	"$program" detach "$LAB-b" >/dev/null 2>&1 || true
	mount -o remount,rw /sys/fs/bpf || true
}

without() { # CHANGE COMMAND...: in mount namespaces of its own, after the change
	local change=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -c 'eval "$1" && shift && exec "$@"' bash "$change" "$program" "$@"
}

unmounting() { # PATH: a change for `without`, whatever number of mounts are stacked there
	echo "while umount -l $1 2>/dev/null; do :; done"
}

says_not() { # REGEX
	! grep -qiE -- "$1" "$LAB_DIR/err" || fail "'$1' in the message: $(cat "$LAB_DIR/err")"
}

lists_it() { # CHANGE
	outcome 0 without "$1" list --name "$LAB-a"
	grep -q ':43210-' "$LAB_DIR/out" || fail "$1: not listed: $(cat "$LAB_DIR/out")"
	says_not .
}

all_read() { # CHANGE: every command that reads works as ever
	lists_it "$1"
	outcome 0 without "$1" show "$client4:43210-$server4:80"
	says_not .
	outcome 0 without "$1" status --name "$LAB-a" -o json
	jq -e '.[0].interfaces[0] | .ifname == "eth0" and .state == "up"' <"$LAB_DIR/out" >/dev/null ||
		fail "$1: $(cat "$LAB_DIR/out")"
	outcome 0 without "$1" stats --name "$LAB-a" -o json
	jq -e '.[0].flows >= 1' <"$LAB_DIR/out" >/dev/null || fail "$1: $(cat "$LAB_DIR/out")"
	outcome 0 without "$1" replay "$LAB_DIR/capture" --max-flows 64 -o jsonl
	[ "$(wc -l <"$LAB_DIR/out")" -eq 5 ] || fail "$1: replay: $(cat "$LAB_DIR/out")"
	# `status` adds up the counters of all processors
	outcome 0 without "$1" status --name "$LAB-a" -o json
	jq -e '.[0].counters.syn >= 1' <"$LAB_DIR/out" >/dev/null || fail "$1: counters: $(cat "$LAB_DIR/out")"
}

attaches_and_detaches() { # CHANGE
	outcome 0 without "$1" attach eth0 --netns "$LAB-client" --name "$LAB-b" --max-flows 64
	[ -n "$(pins b)" ] || fail "$1: nothing was pinned"
	outcome 1 without "$1" attach eth0 --netns "$LAB-client" --name "$LAB-c" --max-flows 64
	says "eth0 is in the instance '$LAB-b' already"
	outcome 0 without "$1" attach --upgrade "$LAB-b"
	outcome 0 without "$1" detach "$LAB-b"
	nothing_attached client eth0
}

runs() { # CHANGE
	local change="$1; exec timeout --preserve-status -s INT 1 \"\$2\" run eth0 --netns $LAB-client --max-flows 64"
	outcome 0 without "$change"
	nothing_attached client eth0
}

# ---- no /proc: the network namespace, the kinds of objects and their ids are found in other ways

no_proc=$(unmounting /proc)
all_read "$no_proc"
attaches_and_detaches "$no_proc"
runs "$no_proc"
outcome 0 without "$no_proc" list -p --name "$LAB-a"
says 'not every process that has a connection can be named: /proc is not mounted'
outcome 1 without "$no_proc" attach eth0 --netns 1 --max-flows 64
says '/proc is not mounted'
all_read 'mount -t tmpfs none /proc'

# ---- no bpffs: commands cannot see what was attached, and must not say that nothing is attached

no_bpffs=$(unmounting /sys/fs/bpf)
for change in "$no_bpffs" 'mount -t tmpfs none /sys/fs/bpf' 'umount -l /sys'; do
	for command in list stats status flush; do
		outcome 0 without "$change" $command
		says 'nothing is attached, as far as can be seen: no bpffs is mounted at /sys/fs/bpf'
	done
	outcome 1 without "$change" list --name "$LAB-a"
	says 'no bpffs is mounted at /sys/fs/bpf'
	outcome 1 without "$change" detach "$LAB-a"
	says 'no bpffs is mounted at /sys/fs/bpf'
	outcome 0 without "$change" replay "$LAB_DIR/capture" --max-flows 64
	runs "$change"
done
outcome 1 without 'umount -l /sys' attach eth0 --netns "$LAB-client" --max-flows 64
says "/sys is not mounted; 'mount -t sysfs sysfs /sys'"
nothing_attached client eth0

# ---- a read-only bpffs, for this process or for all: pins can be read, and a failed attach leaves nothing behind

for change in 'mount -o bind,ro /sys/fs/bpf /sys/fs/bpf' 'mount -o remount,ro /sys/fs/bpf'; do
	all_read "$change"
	runs "$change"
	for command in "attach eth0 --netns $LAB-client --name $LAB-b --max-flows 64" "attach --upgrade $LAB-a" \
		"detach $LAB-a" "detach --all"; do
		# shellcheck disable=SC2086 # words
		outcome 1 without "$change" $command
		says "read-only file system; 'mount -o remount,rw /sys/fs/bpf'"
		says_not sudo
	done
	nothing_attached client eth0
	[ -z "$(pins b)" ] || fail "$change: attach left pins"
done
mount -o remount,rw /sys/fs/bpf

# ---- what commands can do without

# shellcheck disable=SC2016 # expanded by the inner shell
for change in 'mount -t tmpfs none /run' 'mount -t tmpfs none /etc' 'exec env LC_ALL=xx_XX.UTF-8 "${@:2}"' 'unset LC_ALL LANG'; do
	lists_it "$change"
	outcome 0 without "$change" list -r --name "$LAB-a"
done
lists_it 'umount -l /proc /sys/kernel/* 2>/dev/null; mount -t tmpfs none /etc'
