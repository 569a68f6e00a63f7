# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# `serve` in the background, on the host `server`, so that its addresses are those of no other test; and requests to it.
# To be sourced after lib.sh.

serve_start() { # OPTION...: on a unix socket, $socket; messages in $LAB_DIR/serve.err
	socket="$LAB_DIR/serve.sock"
	: >"$LAB_DIR/serve.err" # what the last one said
	nsenter --net="/run/netns/$LAB-server" "$BUILD/synscope" serve --listen "unix:$socket" "$@" >"$LAB_DIR/serve.out" 2>"$LAB_DIR/serve.err" </dev/null &
	server=$!
	lab_pids+=($!)
	wait_for 5 grep -q 'listening on' "$LAB_DIR/serve.err" || fail "serve does not start: $(cat "$LAB_DIR/serve.err")"
}

serve_end() { # STATUS [SIGNAL]: it exits with that status after the signal
	local status=0
	kill "-${2-TERM}" "$server"
	wait "$server" || status=$?
	[ $status -eq "$1" ] || fail "serve ended with $status, not $1: $(cat "$LAB_DIR/serve.err")"
	[ ! -s "$LAB_DIR/serve.out" ] || fail "serve printed: $(cat "$LAB_DIR/serve.out")"
}

ask() { # TARGET [OPTION-OF-CURL]...: the content; the header in $LAB_DIR/header
	curl -s --max-time $((20 * ${TEST_PATIENCE:-1})) --path-as-is --unix-socket "$socket" -D "$LAB_DIR/header" \
		"${@:2}" "http://localhost$1"
}

asked() { # STATUS TARGET [OPTION-OF-CURL]...: it must give that status; the content is in $LAB_DIR/content
	local status
	: >"$LAB_DIR/content" # curl leaves it alone if nothing comes
	status=$(ask "$2" -o "$LAB_DIR/content" -w '%{http_code}' "${@:3}") || true
	[ "$status" = "$1" ] || fail "'$2' (${*:3}) gave $status, not $1: $(head -c 1000 "$LAB_DIR/content")"
}

# Run a command in the background, with files of its own in $LAB_DIR: the server answers questions that come together
# from one scan of the tables, of which there is one a second.
beside=()
beside() { # COMMAND...
	mkdir "$LAB_DIR/beside${#beside[@]}"
	LAB_DIR="$LAB_DIR/beside${#beside[@]}" "$@" &
	beside+=($!)
}

beside_end() { # wait for them all, none of which may fail
	local pid
	for pid in "${beside[@]}"; do
		wait "$pid" || fail "what ran in the background failed"
	done
}

field() { # NAME: of the last header
	tr -d '\r' <"$LAB_DIR/header" | sed -n "s/^$1: //Ip"
}
