#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The files that `make install` installs, and the systemd unit: its own command lines attach, upgrade and detach with
# the unit's capabilities, and with write access to bpffs only.
. tests/system/lib/lib.sh

# ---- the unit, as systemd would run it

unit_says() { # KEY
	sed -n "s/^$1=//p" "$unit" | sed "s/%I/$ifname/g"
}

unit_command() { # KEY: sets $words to the words of its command line
	local file
	words=()
	mapfile -t words < <(
		# shellcheck disable=SC2034 # used in the command line
		SYNSCOPE_OPTIONS=
		for file in $(unit_says EnvironmentFile); do
			# shellcheck disable=SC1090 # the test wrote the file
			[ ! -e "$root/${file#-/}" ] || . "$root/${file#-/}"
		done
		eval "printf '%s\n' $(unit_says "$1")"
	)
	[ ${#words[@]} -ge 3 ] || fail "no $1 in the unit"
	words[0]=$root${words[0]}
}

confined() { # CAPABILITIES COMMAND...: in a mount namespace of its own where only bpffs is writable
	local capabilities=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	on client unshare --mount --propagation slave sh -c \
		'mount -o remount,bind,ro / && mount -o remount,bind,ro /sys && exec "$@"' sh \
		setpriv ${groups:+--groups="$groups"} --no-new-privs --inh-caps=-all --bounding-set="-all$capabilities" "$@"
}

unit_does() { # STATUS KEY [CAPABILITY]: run its command line without that capability
	local capabilities
	capabilities=$(unit_says CapabilityBoundingSet | tr '[:upper:] ' '[:lower:]\n' | sed "/^${3-none}$/d; s/^cap_/,+/" | tr -d '\n')
	unit_command "$2"
	outcome "$1" confined "$capabilities" "${words[@]}"
}

units_are_valid() {
	local name copies=()
	command -v systemd-analyze >/dev/null || {
		echo "systemd is not installed: the units are not verified"
		return
	}
	for name in synscope@.service synscope-serve.service synscope-serve.socket; do
		sed "s|/usr/bin/synscope|$root/usr/bin/synscope|" "$units/$name" >"$LAB_DIR/$name"
		copies+=("$LAB_DIR/$name")
	done
	outcome 0 systemd-analyze verify --man=no "${copies[@]}"
	[ ! -s "$LAB_DIR/err" ] || fail "systemd reports about the units: $(cat "$LAB_DIR/err")"
	# An exposure of 2.5 of 10 at most; what is left is mostly that it listens, and begins as root.
	outcome 0 systemd-analyze security --offline=yes --threshold=25 --no-pager "$LAB_DIR/synscope-serve.service"
}

# ---- what is installed

make_target() { # TARGET
	env -u MAKEFLAGS -u MAKELEVEL make -s "$1" BUILD="$BUILD" DESTDIR="$root" PREFIX=/usr >/dev/null
}

installed() {
	(cd "$root" && find . -type f | sort)
}

lab_begin
root="$LAB_DIR/root"
units="$root/usr/lib/systemd/system"
unit="$units/synscope@.service"
ifname="$LAB-i"
make_target install
files=$(installed)
for file in ./usr/bin/synscope ./usr/share/{bash-completion/completions/synscope,zsh/site-functions/_synscope} \
	./usr/share/fish/vendor_completions.d/synscope.fish ./usr/share/doc/synscope/{README,docs/specification,docs/design}.md ./etc/default/synscope \
	./usr/share/synscope/{prometheus/{prometheus,synscope.rules}.yml,grafana/synscope.json,kubernetes/synscope.yaml} \
	./usr/share/synscope/{clickhouse/{flows,queries}.sql,rsyslog/synscope-kafka.conf}; do
	grep -xF "$file" <<<"$files" >/dev/null || fail "$file is not installed; there are: $files"
done
units_are_valid

# The options of an interface override those of all interfaces, and the instance has the name of the unit.
mkdir "$root/etc/synscope"
echo 'SYNSCOPE_OPTIONS="--max-flows 1000"' >"$root/etc/default/synscope"
echo "SYNSCOPE_OPTIONS='--max-flows 2000 --mode tc --name $LAB-other'" >"$root/etc/synscope/$ifname.conf"

lab_host client server
lab_link client "$ifname" server eth0
lab_address client "$ifname" $client4/24
lab_address server eth0 $server4/24
peer_start client
peer_start server
lab_instances+=("$ifname" "$LAB-other")
must peer server l listen $server4 80

# Without any one of the unit's capabilities it fails.
for capability in $(unit_says CapabilityBoundingSet | tr '[:upper:]' '[:lower:]'); do
	unit_does 1 ExecStart "$capability"
	says "$capability"
done
unit_does 0 ExecStart
instance_status i | jq -e '.max_flows == 2000' >/dev/null || fail "not attached with the configured options: $(instance_status i)"
! on client ip -j link show "$ifname" | jq -e '.[0].xdp' >/dev/null || fail "--mode tc attached XDP"
must peer client c connect $server4 80 54001
must peer server a accept l
must peer client c send 100
must peer server a recv 100
flow_must i 54001 '.client.payload_bytes == 100'

before=$(instance_ids i client "$ifname" | grep '^prog')
unit_does 0 ExecReload
now=$(instance_ids i client "$ifname" | grep '^prog')
[ "$(only_in_second "$before" "$now")" = "$now" ] || fail "reload kept the programs: $before"
must peer client c send 50
must peer server a recv 50
flow_must i 54001 '.client.payload_bytes == 150 and .client.syn == 1 and .incarnation == 1'

ids=$(instance_ids i client "$ifname")
unit_does 0 ExecStop
nothing_attached client "$ifname"
[ -z "$(pins i)" ] || fail "still pinned: $(pins i)"
all_gone() {
	! grep -xF "$ids" <<<"$(kernel_ids)" >/dev/null
}
wait_for 5 all_gone || fail "still in the kernel: $(grep -xF "$ids" <<<"$(kernel_ids)")"

# A group can be given read access without CAP_CHOWN, by SupplementaryGroups=.
echo "SYNSCOPE_OPTIONS='--group 60002'" >"$root/etc/synscope/$ifname.conf"
unit_does 1 ExecStart
says 'CAP_CHOWN'
groups=60002
unit_does 0 ExecStart
[ "$(stat -c '%a %g' "/sys/fs/bpf/synscope/$ifname")" = '750 60002' ] || fail "the group cannot read it"
unit_does 0 ExecStop

# ---- the unit that serves

serve_answers() {
	on client curl --silent --fail http://127.0.0.1:9293/healthz | grep -qx ok
}

unit="$units/synscope-serve.service"
echo "SYNSCOPE_SERVE_OPTIONS='--listen 127.0.0.1:9293'" >"$root/etc/default/synscope"
unit_does 1 ExecStart cap_bpf
says 'CAP_BPF'
for capability in cap_setgid cap_setuid; do
	unit_does 1 ExecStart $capability
	says 'cannot become the user nobody'
done
unit_does 0 ExecStart &
serving=$!
lab_pids+=("$serving")
wait_for 20 serve_answers || fail "the unit does not serve: $(cat "$LAB_DIR/err")"
pkill -TERM -f "^$root/usr/bin/synscope serve"
wait "$serving" || fail "the unit does not end well: $(cat "$LAB_DIR/err")"

# Configuration that was changed is the administrator's, and stays.
make_target uninstall
[ "$(installed)" = "./etc/default/synscope"$'\n'"./etc/synscope/$ifname.conf" ] || fail "uninstall left: $(installed)"
rm "$root/etc/default/synscope"
make_target install
[ "$(installed)" = "$(sort <<<"$files"$'\n'"./etc/synscope/$ifname.conf")" ] || fail "installed again: $(installed)"
make_target uninstall
[ "$(installed)" = "./etc/synscope/$ifname.conf" ] || fail "uninstall left: $(installed)"
