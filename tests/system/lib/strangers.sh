# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of strangers share: a bpffs that everybody can write to, and commands that must not touch the objects
# of others there. To be sourced after lib.sh.

# shellcheck disable=SC2034 # for the tests
readonly bpffs=/sys/fs/bpf pins=/sys/fs/bpf/synscope
readonly most_s=$((200 * ${TEST_PATIENCE:-1})) # as long as wait_for() waits for what takes 20 s

readonly as_stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)

stranger() {
	"${as_stranger[@]}" "$@"
}

limited() { # COMMAND...: run a synscope command, which must exit by itself in time
	timeout --kill-after=5 $most_s "$BUILD/synscope" "$@"
}

make_victim() { # another user's directory, with objects that have the names of an instance's pins
	victim="$LAB_DIR/victim"
	mkdir -p "$victim/deep"
	touch "$victim/precious" "$victim/meta" "$victim/hot" "$victim/deep/precious"
	chmod -R go+rX "$LAB_DIR"
}

everything() { # what must not change: files and pins, with owners and modes
	find "$victim" "$bpffs" -printf '%p %y %u %m %l\n' | sort
}

unchanged() { # ACTION: fail if anything has changed after it
	local now
	now=$(everything)
	[ "$now" = "$before" ] || fail "$1 changed: $(diff <(echo "$before") <(echo "$now"))"
}

readonly readers=(list status stats flush watch "show $client4:1-$server4:2" "list --name x" top)
changers() {
	printf '%s\n' "attach eth0 --netns $LAB-server" "run eth0 --netns $LAB-server" "attach --upgrade x" \
		"detach x" "detach eth0" "detach --all"
}

# STATUS MESSAGE COMMAND: it exits with that status, prints that message once, and changes nothing
refused() {
	local words
	read -ra words <<<"$3"
	if [ "$3" = top ]; then
		outcome "$1" timeout $most_s env TERM=xterm script --quiet --return \
			--command "$BUILD/synscope top" /dev/null
		cp "$LAB_DIR/out" "$LAB_DIR/err"
	else
		outcome "$1" limited "${words[@]}"
	fi
	says "$2"
	[ "$(grep -cE -- "$2" "$LAB_DIR/err")" -eq 1 ] || fail "'$3' prints it more than once: $(cat "$LAB_DIR/err")"
	unchanged "'$3'"
}

all_refused() { # MESSAGE: by every command
	local command
	before=$(everything)
	while read -r command; do
		refused 1 "$1" "$command"
	done < <(printf '%s\n' "${readers[@]}"; changers)
}
