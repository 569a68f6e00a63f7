#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The columns that are chosen in `top` are there the next time, and root is not lured to write anywhere else.
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

start_top() {
	terminal_start 120 24 "$BUILD/synscope top --name $LAB-kept"
	screen_must_show 'quit|chosen'
}

end_top() {
	press q
	screen_must_show 'ended with 0'
	terminal_end
}

# Hide the column IDLE.
hide_idle() {
	press F2
	screen_must_show '^\[x\] FLOW'
	press End
	for _ in 1 2 3 4 5; do
		press k
	done
	press ' '
	screen_must_show '^\[ \] IDLE'
	press Enter
	screen_must_show '^FLOW'
}

kept() {
	start_top
	screen_must_show '^FLOW.* IDLE '
	hide_idle
	screen_must_hide ' IDLE '
	wait_for 20 test -e "$file" || fail "no $file"
	[ "$(stat -c '%a %u' "$file")" = "600 $(id -u)" ] || fail "$(stat "$file")"
	[ "$(stat -c %a "${file%/*}")" = 700 ] || fail "$(stat "${file%/*}")"
	[ "$(ls -A "${file%/*}")" = top ] || fail "left: $(ls -A "${file%/*}")"
	end_top
	start_top
	screen_must_show '^FLOW.* BYTES/S '
	screen_shows ' IDLE ' && fail "it is forgotten: $(screen)"
	end_top
}

damaged() {
	echo '+flow
+clown' >"$file"
	start_top
	screen_must_show 'chosen are not used: .*line 2 names no column'
	screen_must_show '^FLOW.* IDLE '
	press Down
	screen_must_show 'q quit'
	press q
	screen_must_show 'ended with 0'
	[ "$(screen | grep -c 'chosen for .top. are not used')" -eq 1 ] || fail "not told once: $(screen)"
	terminal_end
}

# A directory that somebody else has put there as a link to one of ours, and one that is somebody else's.
lured() {
	rm -r "$LAB_DIR/config"
	mkdir "$LAB_DIR/config" "$LAB_DIR/ours"
	ln -s ../ours "$LAB_DIR/config/synscope"
	chown -h nobody "$LAB_DIR/config/synscope"
	start_top
	hide_idle
	screen_must_show 'not kept for the next time: .*symbolic link of another user'
	[ -z "$(ls -A "$LAB_DIR/ours")" ] || fail "written: $(ls -A "$LAB_DIR/ours")"
	end_top
}

# `sudo` may leave HOME, or XDG_CONFIG_HOME, as it was: then it is root's home that is meant, here one for this test.
other_home() {
	local home
	home=$(getent passwd root | cut -d : -f 6)
	mkdir "$LAB_DIR/theirs" "$LAB_DIR/home"
	chown nobody "$LAB_DIR/theirs"
	terminal_start 120 24 "unshare -m sh -c 'mount --bind $LAB_DIR/home $home &&
		exec env HOME=$LAB_DIR/theirs XDG_CONFIG_HOME=$LAB_DIR/theirs $BUILD/synscope top --name $LAB-kept'"
	screen_must_show 'q quit'
	hide_idle
	end_top
	[ -s "$LAB_DIR/home/.config/synscope/top" ] || fail "not kept: $(find "$LAB_DIR/home" "$LAB_DIR/theirs")"
	[ -z "$(ls -A "$LAB_DIR/theirs")" ] || fail "written: $(ls -A "$LAB_DIR/theirs")"
}

lab_begin
lab_pair
attach kept eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c1 connect $server4 80 53001
flow_must kept 53001 '.client.state == "ESTABLISHED"'
file=$LAB_DIR/config/synscope/top
kept
damaged
lured
other_home
