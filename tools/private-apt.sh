# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# apt with lists, a cache and a status of its own, which may be those of another architecture, so that nothing that this
# machine has changes. To be sourced by what also has `die`.

apt_begin() { # STATE ARCH SUITE...: read the lists of these suites, of the archive that this machine's packages are from
	local state=$1 of=$2 archive uri suite
	shift 2
	# shellcheck disable=SC2016 # apt expands it
	archive=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/$') || die "apt knows no Debian archive"
	rm -rf "$state"
	mkdir -p "$state"/{lists/partial,cache/archives/partial,empty}
	: >"$state/status"
	echo "$of" >"$state/arch"
	for suite in "$@"; do
		uri=$archive
		[[ $suite != *-security ]] || uri=${uri%debian/}debian-security/
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$state/sources.list"
	apt_with "$state" apt-get update >/dev/null 2>&1 || die "cannot read the package lists of $* for $of"
}

apt_with() { # STATE COMMAND ARGUMENT...
	local state=$1 tool=$2
	shift 2
	"$tool" -q -o "APT::Architecture=$(<"$state/arch")" -o "APT::Architectures=$(<"$state/arch")" \
		-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/empty" \
		-o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status" \
		-o "Dir::Cache=$state/cache" -o APT::Get::List-Cleanup=0 "$@"
}
