/* SPDX-License-Identifier: GPL-2.0-only */
/* The sequence and acknowledgement numbers of the steps of a ladder. */
#ifndef SYNSCOPE_FLOW_LADDER_NUMBERS_H
#define SYNSCOPE_FLOW_LADDER_NUMBERS_H

#include "flow/ladder.h"
#include "synscope/tcp_state.h"

/*
 * Give the steps that a record has kept the numbers that its facts prove: those of SYN and SYN/ACK, of the ACK that
 * completes the handshake, of a FIN, and of the ACK that covers it. What segments between them may have moved stays
 * unknown. `facts`: by side, as the record has them, without a FIN whose number is not known; all steps must have their
 * states. `remembered`: the first step is a SYN of which it is not known whether it had data.
 */
void ladder_number_steps(struct ladder_step *steps, size_t count, const struct tcp_facts *facts, bool remembered);

#endif
