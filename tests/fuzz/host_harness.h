/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/bpf/harness.h over the programs compiled for the host: the scenarios of the BPF tests run without a kernel,
 * under the sanitizers, and the frames that they send are recorded as the seed corpus.
 */
#ifndef SYNSCOPE_TESTS_FUZZ_HOST_HARNESS_H
#define SYNSCOPE_TESTS_FUZZ_HOST_HARNESS_H

#include "../bpf/harness.h"

/* Runs a frame of which only half is in the linear part, as in a multi-buffer XDP frame or an skb with fragments. */
void host_harness_split(struct harness *harness, enum entry entry, const struct packet *packet);

/* Runs a frame with a VLAN tag beside it, in the skb's metadata, through tc. */
void host_harness_tagged(struct harness *harness, const struct packet *packet, __u16 tci);

/*
 * From now on, each sequence of frames that a harness gets between two resets becomes a file in that directory, with a
 * sweep of the table at its end. The file is named by its content. host_harness_finish() writes the last sequence of
 * each harness.
 */
void host_harness_record(const char *into);
void host_harness_finish(void);

#endif
