/* SPDX-License-Identifier: GPL-2.0-only */
/* Which ICMP errors say why a connect fails (docs/specification.md, rule 28). */
#ifndef SYNSCOPE_BPF_RULES_ICMP_H
#define SYNSCOPE_BPF_RULES_ICMP_H

#include "bpf/rules/ruling.h"

/*
 * Rule 28: is the quoted segment the SYN of a flow that has had no answer? `me`: the facts of its sender; `seg` has the
 * number that was quoted.
 */
static __always_inline _Bool rule_unreachable(const struct segment *seg, const struct tcp_facts *me,
					      const struct tcp_facts *peer)
{
	return (me->bits & FACT_SYN) && !(me->bits & (FACT_ACKED_SYN | FACT_PROOF)) &&
	       !(peer->bits & (FACT_SYN | FACT_SEQ | FACT_RST)) && me->isn == seg->seq;
}

#endif
