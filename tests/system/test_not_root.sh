#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Without the needed rights, the message says which one is missing and how to run the command.
. tests/system/lib/lib.sh

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

lab_begin
lab_pair
program="$LAB_DIR/synscope"
cp "$BUILD/synscope" "$program"
chmod 755 "$LAB_DIR" "$program"
for arguments in 'attach lo' 'detach lo' 'run lo' 'status' 'list'; do
	read -ra words <<<"$arguments"
	outcome 1 as_nobody "$program" "${words[@]}"
	says 'CAP_[A-Z_]+'
	says 'sudo|root'
done
as_nobody "$program" --help >/dev/null || fail "--help needs no rights"
# To root without one capability, the message names that one.
outcome 1 setpriv --inh-caps=-net_admin --bounding-set=-net_admin "$program" attach lo
says 'CAP_NET_ADMIN'
