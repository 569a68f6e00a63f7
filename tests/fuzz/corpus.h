/* SPDX-License-Identifier: GPL-2.0-only */
/* The seed corpus as a list of sequences of frames, as they are and changed at random (mutate.h). */
#ifndef SYNSCOPE_TESTS_FUZZ_CORPUS_H
#define SYNSCOPE_TESTS_FUZZ_CORPUS_H

#include <stddef.h>

#include <linux/types.h>

/* A sequence of the corpus. */
struct corpus_sequence {
	const char *directory, *name;
	unsigned int seed; /* of its changes, 0: none */
	const __u8 *bytes;
	size_t size;
};

/* Reads the names of what is in a directory; returns how many there are. Ends the program if there are none. */
int corpus_open(const char *directory);
void corpus_close(void);

/* Plays sequence `number`: as it is, and `changed` times with changes. Long ones repeat themselves, and are cut. */
void corpus_play(int number, int changed, void (*play)(const struct corpus_sequence *sequence));

#endif
