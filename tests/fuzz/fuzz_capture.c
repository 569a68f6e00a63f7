// SPDX-License-Identifier: GPL-2.0-only
/*
 * The libFuzzer target for captures: reads a file, pcap or pcapng, to its end or to the first damage, and every byte of
 * every frame. Run it with -close_fd_mask=2, because each damaged file causes a message.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all bytes, each of which must be readable. */
static unsigned int sum_of(const struct capture_frame *frame)
{
	unsigned int sum = 0;

	for (__u32 i = 0; i < frame->captured; i++)
		sum += frame->data[i];
	return sum;
}

static void read_all(const char *path, size_t size)
{
	struct capture_file *capture;
	struct capture_frame frame;
	int result = capture_open(&capture, path);

	assert(result <= 0);
	if (result)
		return;
	while ((result = capture_next(capture, &frame)) > 0) {
		assert(frame.captured <= CAPTURE_HEAD_MAX && frame.captured <= frame.length);
		assert(capture_position(capture) <= size);
		__asm__ volatile("" : : "r"(sum_of(&frame))); /* keeps the compiler from dropping the sum */
	}
	assert(capture_size(capture) == size);
	assert(result || capture_position(capture) == size);
	capture_close(capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int file = memfd_create("capture", MFD_CLOEXEC);

	assert(file >= 0 && write(file, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	read_all(path, size);
	close(file);
	return 0;
}
