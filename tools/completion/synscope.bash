# SPDX-License-Identifier: GPL-2.0-only
# bash completion of synscope. Made from tools/completion.

_synscope_engine='@ENGINE@'

_synscope() {
	local line=${COMP_LINE:0:COMP_POINT} rest word i joined cut='' quote=%q
	local -a words=()

	# ':' and '=' end words for readline, but not for synscope: whatever is not separated by blanks is one word.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		rest=${line#"${line%%[![:space:]]*}"} word=${COMP_WORDS[i]} joined=''
		[ "$i" -lt "$COMP_CWORD" ] || word=$rest
		if [ "$i" -gt 0 ] && [ "$rest" = "$line" ]; then
			words[-1]+=$word joined=yes
		else
			words+=("$word")
		fi
		line=${rest#"$word"}
	done
	[[ ${words[-1]} != [\"\']* ]] || quote=%s
	words=("${words[@]//[\\\"\']/}")

	# Only the part after the last of them is replaced.
	local current=${words[-1]}
	[ -z "$joined" ] || cut=${current%"${current##*[:=]}"}
	COMPREPLY=()
	while IFS= read -r word; do
		word=${word%%$'\t'*}
		if [ "$word" = //files ]; then
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
		elif [[ $quote == %s && $word == *[\"\'\`\$\\!]* || $word == *[![:print:]]* ]]; then
			continue # it would end the quote that the user has opened, or contains what is invisible
		elif [[ $word == "$current"* ]]; then
			[[ $word != *= ]] || compopt -o nospace 2>/dev/null
			# shellcheck disable=SC2059 # the format is one of two
			printf -v word "$quote" "${word#"$cut"}"
			COMPREPLY+=("$word")
		fi
	done < <(sh -c "$_synscope_engine" "${words[@]}" 2>/dev/null)
}

complete -F _synscope synscope
