#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A user's mistake is reported in one message, with the right exit status, and nothing is left behind.
. tests/system/lib/lib.sh

lab_begin
lab_pair
readonly where=(--netns "$LAB-server")

outcome 2 synscope
outcome 2 synscope atach eth0
says 'attach'
outcome 2 synscope attach --except lo
outcome 2 synscope attach eth0 --nmae x
says "'?--nmae'?.*(--name|try)"
outcome 2 synscope attach eth0 "${where[@]}" --mode fast
says 'fast.*auto.*native.*generic.*tc'
outcome 2 synscope attach eth0 "${where[@]}" --direction up
says 'up.*both.*ingress'
for value in 0 -1 abc 1.5 99999999999999999999 ''; do
	outcome 2 synscope attach eth0 "${where[@]}" --max-flows "$value"
	says 'max-flows'
done
for value in established fast=3 established=abc established=-1 established=40000000; do
	outcome 2 synscope attach eth0 "${where[@]}" --timeout "$value"
	says 'timeout|established|fast'
done
outcome 2 synscope list -o xml
says 'xml.*table.*json'
outcome 2 synscope attach --max-flows

outcome 1 synscope attach nosuch0 "${where[@]}"
says 'nosuch0'
outcome 1 synscope attach interface-name-far-too-long "${where[@]}"
says 'interface-name-far-too-long'
outcome 1 synscope attach eth0 --netns "$LAB-nowhere"
says "$LAB-nowhere"
outcome 1 synscope attach eth0 --netns 999999999
says '999999999'
outcome 1 synscope detach "$LAB-nosuch"
says "$LAB-nosuch"
outcome 1 synscope list --name "$LAB-nosuch"
says "$LAB-nosuch"
nothing_attached server eth0

attach twice eth0 "${where[@]}"
outcome 1 synscope attach eth0 "${where[@]}" --name "$LAB-twice"
says "$LAB-twice"
outcome 1 synscope attach eth0 "${where[@]}" --name "$LAB-other"
says 'eth0'
[ -z "$(pins other)" ] || fail "the refused attach left pins"
detach twice
outcome 1 synscope detach "$LAB-twice"
says "$LAB-twice"

# If one of two interfaces is wrong, neither stays attached.
outcome 1 synscope attach eth0 nosuch0 "${where[@]}" --name "$LAB-both"
says 'nosuch0'
nothing_attached server eth0
[ -z "$(pins both)" ] || fail "the failed attach left pins"

for command in attach detach status list show run; do
	outcome 0 synscope $command --help
	grep -qi 'example' "$LAB_DIR/out" || fail "$command --help has no example"
done
