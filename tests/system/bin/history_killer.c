// SPDX-License-Identifier: GPL-2.0-only
/*
 * history_killer FILE ROUNDS: so many processes export flows that never were into the history FILE, and each is killed
 * with SIGKILL at a random moment. After each the file must be sound, and have all that was counted as written, in
 * whole: flow number N is in row N. Prints how many rounds have written something.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/destination.h"
#include "tests/unit/made_flow.h"

#define QUEUE 256
#define PATH_SIZE 4096
#define ROUNDS_OF_FILE 10 /* then another one is begun, so that its creation is interrupted, too */
#define MOMENT_US 8000 /* the latest moment, after the first transaction */
#define EARLY_US 6000 /* of every fourth round, after the process was made */

/* What the process that writes tells the one that kills it. */
struct shared {
	__u64 written; /* flows, since the file was begun */
};

static void wrong(const char *path, const char *what, long long a, long long b)
{
	fprintf(stderr, "history_killer: %s: %s (%lld, %lld)\n", path, what, a, b);
	exit(1);
}

/* In the child: write until killed. */
static void write_on(struct shared *shared, const char *dest, __u64 rows)
{
	const struct destination_options options = { .queue_records = QUEUE };
	struct destination_counts counts;
	struct destination destination;
	struct flow_clock clock = flow_clock_now();
	struct address address;

	if (address_parse(dest, &address) || destination_open(&destination, &address, &options))
		_exit(1);
	for (__u64 n = rows + 1;; n++) {
		clock.now_ns++;
		do {
			destination_counts(&destination, &counts);
			__atomic_store_n(&shared->written, rows + counts.records, __ATOMIC_RELEASE);
		} while (counts.waiting > QUEUE / 2 && !usleep(50));
		made_flow_put(&destination, (__u32)n, &clock);
	}
}

static long long number(sqlite3 *db, const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	long long result;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) || sqlite3_step(statement) != SQLITE_ROW)
		wrong(path, sqlite3_errmsg(db), 0, 0);
	result = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result;
}

/* Returns how many rows there are. */
static __u64 check(const char *path, __u64 written)
{
	long long rows = 0;
	sqlite3 *db;

	if (sqlite3_open(path, &db))
		wrong(path, sqlite3_errmsg(db), 0, 0);
	if (number(db, path, "SELECT count(*) FROM sqlite_schema WHERE name = 'flows'")) {
		rows = number(db, path, "SELECT count(*) FROM flows");
		if (rows != number(db, path, "SELECT count(*) FROM flows WHERE id = client_bytes"))
			wrong(path, "rows are missing before others", rows, 0);
	}
	if (!number(db, path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"))
		wrong(path, "it is damaged", rows, 0);
	if (rows < (long long)written)
		wrong(path, "what was written is lost", rows, (long long)written);
	sqlite3_close(db);
	return (__u64)rows;
}

static void begin_file(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[PATH_SIZE];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static __u64 kill_one(struct shared *shared, const char *dest, __u64 rows, bool early)
{
	pid_t child;
	int status;

	shared->written = 0;
	child = fork();
	if (!child)
		write_on(shared, dest, rows);
	while (!early && __atomic_load_n(&shared->written, __ATOMIC_ACQUIRE) <= rows &&
	       !waitpid(child, &status, WNOHANG))
		usleep(100);
	usleep((__u32)random() % (early ? EARLY_US : MOMENT_US));
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) == child && !WIFSIGNALED(status))
		wrong(dest, "it ended by itself", status, 0);
	return shared->written;
}

int main(int argc, char **argv)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int rounds = argc == 3 ? atoi(argv[2]) : 0, writing = 0;
	char dest[PATH_SIZE];
	__u64 rows = 0;

	if (!rounds || shared == MAP_FAILED) {
		fprintf(stderr, "usage: history_killer FILE ROUNDS\n");
		return 2;
	}
	snprintf(dest, sizeof(dest), "sqlite:%s", argv[1]);
	srandom((unsigned int)monotonic_ns());
	for (int round = 0; round < rounds; round++) {
		__u64 before, written;

		if (round % ROUNDS_OF_FILE == 0) {
			begin_file(argv[1]);
			rows = 0;
		}
		before = rows;
		written = kill_one(shared, dest, rows, round % 4 == 0);
		rows = check(argv[1], written);
		writing += rows > before;
	}
	printf("%d\n", writing);
	return 0;
}
