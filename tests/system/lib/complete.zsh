#!/usr/bin/env zsh
# SPDX-License-Identifier: GPL-2.0-only
# complete.zsh DIRECTORY: for each line of stdin, print the line behind a tab, and then what an interactive zsh offers
# at its end, one candidate per line, without quotes. DIRECTORY holds the completion file, _synscope; zsh writes its
# dump there. The zsh that is started sources this file, too, with another argument.

prepare() { # DIRECTORY
	PROMPT= RPROMPT= LISTMAX=10000
	stty -onlcr
	fpath=($1 $fpath)
	autoload -Uz compinit
	compinit -u -d $1/dump
	# Every match goes through compadd; calls with -O, -A or -D only query, and add nothing.
	compadd() {
		local -a hits
		[[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return }
		builtin compadd -A hits "$@"
		print -lr -- "candidate "${^hits}
		builtin compadd "$@"
	}
	finished() {
		print "candidates end"
		comppostfuncs=(finished) # these are for one completion
	}
	comppostfuncs=(finished)
	bindkey "^I" complete-word
	print "ready now"
}

if [[ $# -eq 2 ]]; then
	prepare $1
	return
fi
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source ${(q)0:A} ${(q)1} inside"
while zpty -r shell line && [[ $line != *ready\ now* ]]; do :; done
while IFS= read -r asked; do
	print -r -- $'\t'"$asked"
	zpty -w -n shell $'\C-u'"$asked"$'\t'
	while zpty -r shell line && [[ $line != *candidates\ end* ]]; do
		line=${line//$'\r'/}
		[[ $line != *'candidate '* ]] || print -r -- ${(Q)${line##*candidate }%$'\n'}
	done
done
zpty -d shell
