#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Prints what is possible at the cursor on the command line of synscope. All shells share this part of the completion;
# the tables of tools/completion.c (commands, options, value, argument, fields, field_value) precede it. $0 is the
# program, "$@" the words after it up to the cursor; the last of them is to be completed. Prints one candidate per line,
# optionally with a tab and its meaning; //files stands for the names of files. The shell selects the candidates that
# fit.

words() {
	printf '%s\n' "$@"
}

interfaces() {
	for path in /sys/class/net/*/; do
		path=${path%/}
		words "${path##*/}"
	done
}

namespaces() {
	for path in /run/netns/*; do
		[ ! -e "$path" ] || words "${path##*/}"
	done
}

groups() {
	words "$(getent group | cut -d: -f1)"
}

# From the names of their pins, which are percent-encoded, except for those that are not of an instance
# (user/kernel/pin.h).
instances() {
	for path in /sys/fs/bpf/synscope/*/; do
		path=${path%/}
		case $path in
		*/\* | */%new | */%old | */%lock) ;;
		*%*) env printf '%b\n' "$(words "${path##*/}" | sed 's/%/\\x/g')" ;;
		*) words "${path##*/}" ;;
		esac
	done
}

flows() { # the latest ones
	"$0" list --all --limit 1000 -o csv 2>/dev/null | sed -n '2,$s/,.*//p'
}

destinations() { # and behind the first one, the words of a filter
	case $last in
	'' | - | *:*) words - file: sqlite: unix: tcp:// ipfix:// ipfix+tcp:// netflow9:// http:// https:// ;;
	esac
	[ -n "$last" ] || return 0
	case $last in
	- | *:*) before='' last='' ;;
	esac
	filter
}

files() {
	words //files
}

filter() { # the words of the filter are in $before and $last; both may be empty
	case $last in
	'' | and | or | not | '&&' | '||' | '!' | '(')
		words client server not
		fields | sed 's/^\*//'
		;;
	client | server) fields | sed -n 's/^\*//p' ;;
	'=' | '==' | '!=') field_value "$before" ;;
	'<' | '<=' | '>' | '>=') ;;
	*)
		# The last word is a value, a property, or a field that waits for its value.
		if field_value "$before" >/dev/null || ! field_value "$last"; then
			words and or
		fi
		;;
	esac
}

complete_argument() {
	if [ "$command" = help ]; then
		[ "$count" -gt 0 ] || { commands && words FILTER; }
	else
		argument "$command" "$count"
	fi
}

complete_command() {
	case $1 in
	-*) printf '%s\t%s\n' --help 'print help' -h 'print help' --version 'print the version' -V 'print the version' ;;
	*) commands && printf '%s\t%s\n' help 'print what a command takes' ;;
	esac
}

if [ $# -le 1 ]; then
	complete_command "$1"
	exit
fi

command=$1 count=0 before='' last='' awaiting='' only_arguments=''
shift
while [ $# -gt 1 ]; do
	if [ -n "$awaiting" ]; then
		awaiting=''
	else
		case $only_arguments$1 in
		--) only_arguments=yes ;;
		-?*) ! value "$command" "$1" >/dev/null || awaiting=$1 ;;
		*) count=$((count + 1)) before=$last last=$1 ;;
		esac
	fi
	shift
done

if [ -n "$awaiting" ]; then
	value "$command" "$awaiting"
else
	case $only_arguments$1 in
	--*=*) value "$command" "${1%%=*}" | sed "s/^/${1%%=*}=/" ;;
	-*) options "$command" && printf '%s\t%s\n' --help 'print help' -h 'print help' ;;
	*) complete_argument ;;
	esac
fi
