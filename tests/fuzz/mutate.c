// SPDX-License-Identifier: GPL-2.0-only
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"

#define STEPS_MAX 256
#define ETHERNET_HEADER 14
#define TCP_HEADER 20

struct steps {
	struct input_step step[STEPS_MAX];
	int count;
};

static void find_steps(struct steps *steps, const __u8 *sequence, size_t size)
{
	size_t at = 1;

	steps->count = 0;
	while (steps->count < STEPS_MAX && input_next(sequence, size, &at, &steps->step[steps->count]))
		steps->count++;
}

/* The TCP header of an ordinary frame, or NULL. */
static __u8 *tcp_of(__u8 *sequence, const struct input_step *step)
{
	size_t ip = step->frame.no_link ? 0 : ETHERNET_HEADER, size = step->frame.size, header;
	__u8 *frame = sequence + (step->at + step->bytes - size);

	if (step->sweep || size < ip + 40)
		return NULL;
	while (ip && frame[ip - 2] == 0x81 && frame[ip - 1] == 0 && ip + 4 < size)
		ip += 4;
	header = frame[ip] >> 4 == 4 ? (frame[ip] & 0xf) * 4 : 40;
	return ip + header + TCP_HEADER <= size ? frame + ip + header : NULL;
}

static __u32 get32(const __u8 *at)
{
	return (__u32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static void put32(__u8 *at, __u32 value)
{
	for (int i = 0; i < 4; i++)
		at[i] = value >> (24 - 8 * i);
}

/* Changes a number to that of another segment, to a neighbouring one, or to one near the edge of a window. */
static void change_number(__u8 *number, const __u8 *other, unsigned int *seed)
{
	static const __u32 near[] = { 0, 1, 2, ~0U, 10, 65535, 65536, 131072, 1U << 31, ~65535U };
	__u32 value = rand_r(seed) % 2 && other ? get32(other + (rand_r(seed) % 2 ? 4 : 8)) : get32(number);

	put32(number, value + near[rand_r(seed) % (sizeof(near) / sizeof(near[0]))]);
}

static void change_flags(__u8 *tcp, unsigned int *seed)
{
	static const __u8 usual[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x10 };

	if (rand_r(seed) % 4)
		tcp[13] = usual[rand_r(seed) % sizeof(usual)];
	else
		tcp[13] ^= 1 << rand_r(seed) % 8;
}

static void change_tcp(__u8 *sequence, const struct steps *steps, unsigned int *seed)
{
	__u8 *tcp = tcp_of(sequence, &steps->step[rand_r(seed) % steps->count]);
	const __u8 *other = tcp_of(sequence, &steps->step[rand_r(seed) % steps->count]);

	if (!tcp)
		return;
	switch (rand_r(seed) % 5) {
	case 0:
		change_number(tcp + 4, other, seed);
		break;
	case 1:
		change_number(tcp + 8, other, seed);
		break;
	case 2:
		change_flags(tcp, seed);
		break;
	case 3:
		tcp[14 + rand_r(seed) % 2] = rand_r(seed); /* the window */
		break;
	default:
		tcp[rand_r(seed) % TCP_HEADER] ^= 1 << rand_r(seed) % 8;
	}
}

static void change_time(__u8 *sequence, const struct input_step *step, unsigned int *seed)
{
	__u8 *at = sequence + step->at;
	__u32 value = rand_r(seed) % 2 ? rand_r(seed) % 1000 : (__u32)rand_r(seed);

	if (step->bytes < 5)
		return;
	at[0] = (at[0] & ~(3 << INPUT_STEP_UNIT_SHIFT)) | (rand_r(seed) % 4) << INPUT_STEP_UNIT_SHIFT;
	value = rand_r(seed) % 8 ? value : -value;
	memcpy(at + 1, &value, sizeof(value));
}

/* Inserts a copy of one step before another one. */
static size_t repeat(__u8 *sequence, size_t size, size_t room, const struct steps *steps, unsigned int *seed)
{
	const struct input_step *from = &steps->step[rand_r(seed) % steps->count];
	size_t to = steps->step[rand_r(seed) % steps->count].at;
	__u8 copy[2048];

	if (size + from->bytes > room || from->bytes > sizeof(copy))
		return size;
	memcpy(copy, sequence + from->at, from->bytes);
	memmove(sequence + to + from->bytes, sequence + to, size - to);
	memcpy(sequence + to, copy, from->bytes);
	return size + from->bytes;
}

static size_t drop(__u8 *sequence, size_t size, const struct input_step *step)
{
	size_t end = step->at + step->bytes;

	memmove(sequence + step->at, sequence + end, size - end);
	return size - step->bytes;
}

static void swap(__u8 *sequence, const struct input_step *first)
{
	const struct input_step *second = first + 1;
	__u8 copy[2048];

	if (first->bytes > sizeof(copy))
		return;
	memcpy(copy, sequence + first->at, first->bytes);
	memmove(sequence + first->at, sequence + second->at, second->bytes);
	memcpy(sequence + first->at + second->bytes, copy, first->bytes);
}

size_t mutate(__u8 *sequence, size_t size, size_t room, unsigned int seed)
{
	struct steps steps;
	int one;

	find_steps(&steps, sequence, size);
	if (!steps.count)
		return size;
	one = rand_r(&seed) % steps.count;
	switch (rand_r(&seed) % 8) {
	case 0:
		return repeat(sequence, size, room, &steps, &seed);
	case 1:
		return steps.count > 1 ? drop(sequence, size, &steps.step[one]) : size;
	case 2:
		if (one + 1 < steps.count)
			swap(sequence, &steps.step[one]);
		return size;
	case 3:
		change_time(sequence, &steps.step[one], &seed);
		return size;
	case 4:
		sequence[rand_r(&seed) % 8 ? steps.step[one].at : 0] ^= 1 << rand_r(&seed) % 8;
		return size;
	default:
		change_tcp(sequence, &steps, &seed);
		return size;
	}
}
