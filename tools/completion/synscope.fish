# SPDX-License-Identifier: GPL-2.0-only
# fish completion of synscope. Made from tools/completion.

set -g __synscope_engine '@ENGINE@'

function __synscope_words
    set -l words (commandline -opc) (commandline -ct | string unescape)
    for line in (sh -c $__synscope_engine $words 2>/dev/null)
        if test "$line" = //files
            __fish_complete_suffix .pcap
        else
            echo $line
        end
    end
end

complete -c synscope -f -a '(__synscope_words)'
