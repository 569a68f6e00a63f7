// SPDX-License-Identifier: GPL-2.0-only
#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

#define CHANGES_MAX 12
#define SEQUENCE_MAX 6000 /* bytes */
#define PATH_SIZE 512

static struct dirent **names;
static const char *opened;
static int files;

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int corpus_open(const char *directory)
{
	opened = directory;
	files = scandir(directory, &names, is_file, alphasort);
	if (files <= 0) {
		fprintf(stderr, "no seed corpus in %s; host-tests %s writes one\n", directory, directory);
		exit(EXIT_FAILURE);
	}
	return files;
}

void corpus_close(void)
{
	for (int i = 0; i < files; i++)
		free(names[i]);
	free(names);
}

static size_t read_sequence(const char *name, __u8 *sequence, size_t room)
{
	char path[PATH_SIZE];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", opened, name);
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = fread(sequence, 1, room, file);
	fclose(file);
	return size;
}

void corpus_play(int number, int changed, void (*play)(const struct corpus_sequence *sequence))
{
	const char *name = names[number]->d_name;
	__u8 bytes[SEQUENCE_MAX], other[SEQUENCE_MAX];
	struct corpus_sequence sequence = { .directory = opened, .name = name, .bytes = bytes };

	sequence.size = read_sequence(name, bytes, sizeof(bytes));
	if (sequence.size < 2)
		return;
	play(&sequence);
	for (int seed = 1; seed <= changed; seed++) {
		unsigned int random = number * changed + seed;
		struct corpus_sequence with = { opened, name, seed, other, sequence.size };

		memcpy(other, bytes, sequence.size);
		for (int changes = rand_r(&random) % CHANGES_MAX; changes >= 0; changes--)
			with.size = mutate(other, with.size, sizeof(other), rand_r(&random));
		play(&with);
	}
}
