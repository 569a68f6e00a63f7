#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make-deb.sh VERSION [ARCH]: build the Debian package from a copy of the sources, so that no files are left among them,
# and put it into $BUILD. With ARCH, it is for that architecture, and its libraries are those of sysroot.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
readonly copy="$BUILD/deb/synscope"

version=$(dpkg-parsechangelog -S Version)
[ "$version" = "$1" ] || {
	echo "make-deb: debian/changelog has version $version, but the Makefile has $1" >&2
	exit 1
}
for_arch=()
if [ $# -gt 1 ]; then
	SYSROOT=$(tools/sysroot.sh "$2")
	export SYSROOT
	for_arch=("-a$2" -d) # what the build needs of that architecture is not installed here
fi
rm -rf "$BUILD/deb"
mkdir -p "$copy"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard
else
	find . -path "./${BUILD%%/*}" -prune -o -type f -print0
fi | tar --create --null --files-from - --ignore-failed-read | tar --extract --directory "$copy"

# A package of debugging symbols would be deleted with the copy: none are made.
(cd "$copy" && env -u MAKEFLAGS -u MAKELEVEL -u BUILD DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} noautodbgsym" \
	DEB_CFLAGS_STRIP=-g dpkg-buildpackage "${for_arch[@]}" -b -us -uc) >"$BUILD/deb/log" 2>&1 || {
	tail -n 40 "$BUILD/deb/log" >&2
	echo "make-deb: dpkg-buildpackage failed; its output is in $BUILD/deb/log" >&2
	exit 1
}
mv "$BUILD"/deb/synscope_*.deb "$BUILD/"
rm -rf "$copy"
