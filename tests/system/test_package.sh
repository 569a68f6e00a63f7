#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The Debian package: installed, upgraded while it tracks, removed and purged, in an overlay over this system's files.
# Mounts, pins and names of network namespaces are the test's own, so that `detach --all` finds nothing else, and
# nothing has to be unmounted. No mount of the system is bound anywhere, and the directory that the lab removes holds no
# mount. PACKAGE is the one to test if none can be built here, as in a guest of test-kernels.sh.
# long: 60 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf bpf /sys/fs/bpf && mkdir -p /run/netns && mount -t tmpfs netns /run/netns ||
	exit 1
. tests/system/lib/lib.sh

# ---- another root directory

readonly scratch=/mnt upper=/mnt/upper root=/mnt/root

make_root() {
	mount -t tmpfs scratch $scratch
	mkdir $upper $root $scratch/work
	mount -t overlay -o "lowerdir=/,upperdir=$upper,workdir=$scratch/work" root $root ||
		skip "no overlay can be mounted over /"
	mount -t proc proc $root/proc
	mount -t sysfs sysfs $root/sys
	mount --bind /sys/fs/bpf $root/sys/fs/bpf # the test's own one, see above
	mount -t tmpfs run $root/run # so that dpkg does not reach this system's systemd
	mount -t tmpfs dev $root/dev
	mknod -m 666 $root/dev/null c 1 3
	mknod -m 666 $root/dev/urandom c 1 9
	ln -s /proc/self/fd $root/dev/fd
}

in_root() { # COMMAND...: on the client, in that root
	on client chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

dpkg_does() { # DPKG-OPTION ARGUMENT
	outcome 0 in_root dpkg "$@"
}

changed_files() { # the files in that root that are new or changed, except for dpkg's own data
	(cd "$upper" && find . ! -type d ! -path './var/lib/dpkg/*' ! -path './var/log/*' ! -path './var/cache/*' | sort)
}

programs() { # NAME
	instance_ids "$1" client "$2" | grep '^prog'
}

# ---- packages

build_package() {
	tools/install-deps.sh build deb >"$LAB_DIR/log" 2>&1 ||
		skip "cannot install the packages that the build needs: $(tail -n 1 "$LAB_DIR/log")"
	! dpkg-query -W synscope >/dev/null 2>&1 || skip "a package of synscope is installed here"
	env -u MAKEFLAGS -u MAKELEVEL make -s deb BUILD="$BUILD" >"$LAB_DIR/log" 2>&1 || fail "make deb: $(cat "$LAB_DIR/log")"
	deb=$(find "$BUILD" -maxdepth 1 -name 'synscope_*.deb' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)
}

next_version() {
	dpkg-deb --raw-extract "$deb" "$LAB_DIR/package"
	sed -i 's/^Version: .*/&+next/' "$LAB_DIR/package/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$LAB_DIR/package" "$LAB_DIR/next.deb" >/dev/null
}

package_is_clean() {
	local suppress=()
	[ -d man ] || suppress=(--suppress-tags no-manual-page)
	outcome 0 lintian --allow-root --fail-on error,warning "${suppress[@]}" "$deb"
}

# ---- an instance as left behind by a version with another layout of flows

change_layout() { # NAME: change its pinned meta map; the layout version is in bytes 12 to 15
	local pin entry size value
	pin=$(pins "$1" | grep '/meta$')
	entry=$(dirname "$pin")
	size=$(bpftool -j map show pinned "$pin" | jq .bytes_value)
	value=$(bpftool -j map lookup pinned "$pin" key hex 00 00 00 00 | jq -r '.value[12] = "0x7f" | .value | join(" ")')
	bpftool map create "$entry/other" type array key 4 value "$size" entries 1 name meta
	# shellcheck disable=SC2086 # bytes
	bpftool map update pinned "$entry/other" key hex 00 00 00 00 value hex ${value//0x/}
	mv -f "$entry/other" "$pin"
}

# ---- what must continue all the time

send() { # BYTES: over the connection
	must peer client c send "$1"
	must peer server a recv "$1"
}

lab_begin
deb=${PACKAGE-}
if [ -z "$deb" ]; then
	build_package
	package_is_clean
fi
next_version
make_root
lab_pair
lab_link client eth1 server eth1
must peer server l listen $server4 80
cp "$deb" "$root/run/synscope.deb"
cp "$LAB_DIR/next.deb" "$root/run/next.deb"

dpkg_does --install /run/synscope.deb
for file in usr/bin/synscope lib/systemd/system/synscope{@.service,-serve.service,-serve.socket} usr/share/bash-completion/completions/synscope \
	usr/share/zsh/site-functions/_synscope usr/share/fish/vendor_completions.d/synscope.fish etc/default/synscope \
	usr/share/synscope/{prometheus/synscope.rules.yml,grafana/synscope.json,kubernetes/synscope.yaml} \
	usr/share/synscope/{clickhouse/{flows,queries}.sql,rsyslog/synscope-kafka.conf}; do
	[ -s "$root/$file" ] || fail "not in the package: $file; there are: $(changed_files)"
done
unit_start=$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/synscope@.service")
[ -x "$root${unit_start%% *}" ] || fail "the unit runs a program that does not exist: $unit_start"
[ -z "$(pins '*')" ] || fail "installed, and attached: $(pins '*')"

outcome 0 in_root synscope attach eth0 --max-flows 4096 --name "$LAB-odd.name%"
outcome 0 in_root synscope attach eth1 --max-flows 4096 --name "$LAB-old"
must peer client c connect $server4 80 55001
must peer server a accept l
send 100
flow_must odd.name% 55001 '.client.payload_bytes == 100'

# After an upgrade it continues. An instance that cannot be upgraded also continues, unchanged.
change_layout old
before=$(programs 'odd%2Ename%25' eth0)
old=$(programs old eth1)
dpkg_does --install /run/next.deb
says "'$LAB-odd.name%' runs the programs of version"
says "'$LAB-old' keeps the programs of version"
says "layout"
now=$(programs 'odd%2Ename%25' eth0)
[ "$before" != '' ] || fail "no programs before the upgrade"
[ "$(only_in_second "$before" "$now")" = "$now" ] || fail "the programs are the same: $before"
[ "$old" != '' ] || fail "no programs of the other layout"
[ "$(programs old eth1)" = "$old" ] || fail "upgraded in spite of the other layout: $old"
send 50
flow_must odd.name% 55001 '.client.payload_bytes == 150 and .client.syn == 1 and .incarnation == 1
	and .handshake.handshake_ns > 0'

# After removal, its configuration is left, and nothing in the kernel.
mkdir -p "$root/etc/synscope" "$root/etc/systemd/system/sys-subsystem-net-devices-eth0.device.wants"
echo 'SYNSCOPE_OPTIONS=' >"$root/etc/synscope/eth0.conf"
ln -s /lib/systemd/system/synscope@.service \
	"$root/etc/systemd/system/sys-subsystem-net-devices-eth0.device.wants/synscope@eth0.service"
ids=$(instance_ids 'odd%2Ename%25' client eth0 && instance_ids old client eth1)
[ "$(wc -l <<<"$ids")" -ge 10 ] || fail "too few objects in the kernel before the removal: $ids"
dpkg_does --remove synscope
nothing_attached client eth0
nothing_attached client eth1
[ ! -e /sys/fs/bpf/synscope ] || fail "still pinned: $(pins '*')"
left=$(kernel_ids | grep -xF "$ids") || true
[ -z "$left" ] || fail "still in the kernel: $left"
send 10
left=$(changed_files | grep -v '^\./var/lib/systemd/deb-systemd-helper-') # Debian's notes on units, until the purge
[ "$left" = "./etc/default/synscope
./etc/synscope/eth0.conf
./etc/systemd/system/sys-subsystem-net-devices-eth0.device.wants/synscope@eth0.service" ] || fail "removed, it left: $left"
dpkg_does --purge synscope
left=$(changed_files)
[ -z "$left" ] || fail "purged, it left: $left"
[ ! -d "$root/etc/synscope" ] || fail "purged, it left /etc/synscope"
