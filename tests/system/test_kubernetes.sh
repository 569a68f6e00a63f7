#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The DaemonSet in contrib/kubernetes is one of the API, its options are ours, its containers have no more rights than
# the systemd units, and it attaches whatever a release before it has left. The schema comes from npm.
. tests/system/lib/lib.sh

lab_begin
readonly manifest=contrib/kubernetes/synscope.yaml

capabilities_of() { # CONTAINER: in the manifest, sorted
	awk -v name="$1" '/^        - name:/ { here = $3 == name } here && $1 == "add:"' $manifest |
		grep -oE '"[A-Z_]+"' | tr -d '"' | sort | paste -sd ' '
}

bounding_set_of() { # UNIT
	sed -nE 's/^CapabilityBoundingSet=//p' "contrib/systemd/$1" | sed 's/CAP_//g' | tr ' ' '\n' | sort | paste -sd ' '
}

[ "$(capabilities_of serve)" = "$(bounding_set_of synscope-serve.service.in)" ] || fail "serve: $(capabilities_of serve)"
[ "$(capabilities_of attach)" = "$(bounding_set_of synscope@.service.in)" ] || fail "attach: $(capabilities_of attach)"
for line in 'allowPrivilegeEscalation: false' 'readOnlyRootFilesystem: true' 'drop: \["ALL"\]'; do
	[ "$(grep -cE "^ +$line" $manifest)" = 2 ] || fail "not in both containers: $line"
done
! grep -qE '^ *privileged: *true' $manifest || fail "a privileged container"
while read -r option; do
	synscope serve --help | grep -q -- "$option " || fail "serve has no option $option"
done < <(grep -oE '"serve".*' $manifest | grep -oE -- '--[a-z-]+')

# A `synscope` that remembers how it was called, and the state of the instance: none, of this layout, or of another.
# BROKEN: the kernel refuses the programs.
mkdir "$LAB_DIR/bin"
cat >"$LAB_DIR/bin/synscope" <<'END'
#!/bin/sh
echo "$*" >>"$CALLS"
is() { [ "$(cat "$STATE")" = "$1" ]; }
case "$*" in
"attach --upgrade node") is this && [ -z "$BROKEN" ] ;;
"attach --name node eth7") is none && [ -z "$BROKEN" ] && echo this >"$STATE" ;;
"status node") is this ;;
"detach node") ! is none && echo none >"$STATE" ;;
*) exit 9 ;;
esac
END
chmod +x "$LAB_DIR/bin/synscope"

starts() { # STATE [BROKEN]: the command of the init container
	echo "$1" >"$LAB_DIR/state"
	: >"$LAB_DIR/calls"
	awk '/^            - \|$/ { here = 1; next } here && !/^              / { exit } here' $manifest >"$LAB_DIR/start"
	[ -s "$LAB_DIR/start" ] || fail "no command in the manifest"
	PATH="$LAB_DIR/bin:$PATH" STATE="$LAB_DIR/state" CALLS="$LAB_DIR/calls" BROKEN=${2-} IFACE=eth7 sh "$LAB_DIR/start"
}

for state in none this other; do
	starts $state || fail "does not start, when there is an instance: $state"
	[ "$(cat "$LAB_DIR/state")" = this ] || fail "not attached, when there was an instance: $state"
done
starts this || fail "does not start again"
[ "$(cat "$LAB_DIR/calls")" = 'attach --upgrade node' ] || fail "more than an upgrade: $(cat "$LAB_DIR/calls")"
for state in none this; do
	! starts $state broken || fail "starts without programs"
	[ "$(cat "$LAB_DIR/state")" = $state ] || fail "flows are lost because an upgrade failed"
done

command -v npm >/dev/null || skip "npm is not installed: the schema is not checked"
schema="$LAB_DIR/schema"
mkdir "$schema"
timeout $((120 * ${TEST_PATIENCE:-1})) npm install --prefix "$schema" --no-audit --no-fund --ignore-scripts --fetch-retries=1 \
	--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=1000 kubernetes-models@4.5.1 yaml@2.9.1 \
	>"$LAB_DIR/npm" 2>&1 || skip "npm cannot install the schema: $(tail -n 1 "$LAB_DIR/npm")"
checker=$(realpath tests/system/lib/kubernetes.mjs)
check() { # FILE
	(cd "$schema" && node "$checker" "$1")
}
[ "$(check "$(realpath $manifest)" | paste -sd ' ')" = 'Namespace DaemonSet' ] || fail "the manifest is not that of a DaemonSet"
sed 's/containerPort: .*/containerPort: http/' $manifest >"$LAB_DIR/wrong"
! check "$LAB_DIR/wrong" >/dev/null 2>&1 || fail "the check does not find a wrong manifest"
