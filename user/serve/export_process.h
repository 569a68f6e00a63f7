/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The export of `serve --export`: a process of its own, so that the server needs no right to connect or to write, and a
 * request holds up no record. It can only be asked to open its files again; the server reads its figures, from memory
 * that both share.
 */
#ifndef SYNSCOPE_SERVE_EXPORT_PROCESS_H
#define SYNSCOPE_SERVE_EXPORT_PROCESS_H

#include <sys/types.h>

#include "export/exporter.h"
#include "serve/metrics.h"

struct export_process {
	const struct export_options *options;
	pid_t pid; /* 0: there is none */
	bool is_child; /* of this process */
	int socket; /* to the process, or -1; readable when it has ended; when all of its copies are closed, it ends */
	struct destination_counts *counts; /* of each destination */
};

/* For metrics. */
struct export_sinks {
	struct metrics_sink sink[DESTINATIONS_MAX];
	struct metrics_drops drops[DESTINATIONS_MAX][LOSS_COUNT];
	char name[DESTINATIONS_MAX][16];
};

/* What is to be exported; it must live as long as the process. */
struct export_wish {
	const struct export_options *options;
	const char *const *names; /* of instances, see struct export_follow */
	int name_count;
	bool no_jail;
};

/*
 * Start the process, if there are destinations, before this process has any thread or secret. Returns 0 when all
 * destinations are open, or a negative errno (logged).
 */
int export_process_start(struct export_process *process, const struct export_wish *wish);

/* In another process than the one that started it: not to wait for its end. */
void export_process_leave(struct export_process *process);

/* The socket is readable. Returns 1 if the process has ended as it should, or a negative errno (logged). */
int export_process_hear(const struct export_process *process);

/* Has it files, so that SIGHUP asks to open them again, and not for the end? */
bool export_process_has_files(const struct export_process *process);

/* Have it open its files by their names again. */
void export_process_reopen(const struct export_process *process);

/* Fill in the figures of all destinations. Returns how many there are. */
int export_process_sinks(const struct export_process *process, struct export_sinks *sinks);

/*
 * Have it send what waits, once the other copies of the socket are closed, too, and wait for its end if it is a child
 * of this process. Returns 0 or a negative errno (logged).
 */
int export_process_end(struct export_process *process);

#endif
