#compdef synscope
# SPDX-License-Identifier: GPL-2.0-only
# zsh completion of synscope. Made from tools/completion.

local engine='@ENGINE@'
local line word help
local -a found suffix

for line in ${(f)"$(sh -c $engine "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)"}; do
	word=${line%%$'\t'*}
	if [[ $word == //files ]]; then
		_files -g '*.(pcap|pcapng|cap)(-.)'
		return
	fi
	[[ $word != *= ]] || suffix=(-S '')
	help=${line#"$word"}
	found+=("${word//:/\\:}${help/$'\t'/:}")
done
_describe synscope found "${suffix[@]}"
