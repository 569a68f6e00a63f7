#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The destination of a command's output: a reader that stops reading is not an error, also for commands that run for
# ever; a full disk and a closed stdout are reported, and are failures.
# long: 15 s
. tests/system/lib/lib.sh

started() { # COMMAND...: in the background; its messages are in $LAB_DIR/err
	"$BUILD/synscope" "$@" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
}

is_over() {
	local stat
	{ read -r stat <"/proc/${lab_pids[-1]}/stat"; } 2>/dev/null || return 0
	[[ $stat == *') Z '* ]]
}

has_ended() { # while new events keep coming
	! is_over || return 0
	must peer client x connect $server4 80
	must peer client x reset
	must peer server x accept l
	must peer server x close
	pause 0.05
	is_over
}

ends_with() { # STATUS WHERE COMMAND...
	local status=0
	wait_for 20 has_ended || fail "'${*:3}' with $2 does not end"
	wait "${lab_pids[-1]}" || status=$?
	unset 'lab_pids[-1]'
	[ $status -eq "$1" ] || fail "'${*:3}' with $2 ended with $status: $(cat "$LAB_DIR/err")"
}

everywhere() { # COMMAND...
	started "$@" > >(exec true)
	ends_with 0 "a closed pipe" "$@"
	! grep -vE "; Ctrl-C ends it|the kernel still keeps" "$LAB_DIR/err" || fail "'$*': an error message about a closed pipe"
	started "$@" >/dev/full
	ends_with 1 "a full disk" "$@"
	says 'cannot write the output: No space left'
	started "$@" >&-
	ends_with 1 "no stdout" "$@"
	says 'cannot write the output: Bad file descriptor'
}

lab_begin
lab_pair
attach many eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c connect $server4 80 53001
must peer server c accept l
link=$(find /sys/fs/bpf/synscope -path "*$LAB-many*" -name '*xdp*' | head -1)
"$BUILD/fill" "$link" 3000 3 >/dev/null # more than a pipe can hold
"$BUILD/capture_maker" -c 3000 >"$LAB_DIR/capture"
for format in table json jsonl csv; do
	everywhere list --name "$LAB-many" -o $format
	everywhere show $client4:53001-$server4:80 --name "$LAB-many" -o $format
	everywhere status --name "$LAB-many" -o $format
	everywhere stats --name "$LAB-many" -o $format
	everywhere watch --name "$LAB-many" -o $format
	everywhere flush --name "$LAB-many" -o $format port 1
	everywhere replay "$LAB_DIR/capture" -o $format
	everywhere replay "$LAB_DIR/capture" --events -o $format
done
everywhere stats --name "$LAB-many" --interval 1
everywhere --help
everywhere --version
everywhere help filter
everywhere top --help

# Nothing is written, so the command has to poll to notice that the reader is gone.
started stats --name "$LAB-many" --interval 3600 -o jsonl > >(exec true)
ends_with 0 "a closed pipe" stats --interval 3600
detach many
for format in table json; do
	started run eth0 --netns "$LAB-server" -o $format > >(exec true)
	ends_with 0 "a closed pipe" run -o $format
	nothing_attached server eth0
done
everywhere run eth0 --netns "$LAB-server"
nothing_attached server eth0
