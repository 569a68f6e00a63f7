// SPDX-License-Identifier: GPL-2.0-only
#include "history_fixture.h"

#include <arpa/inet.h>
#include <check.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter_tree.h"
#include "fixture.h"
#include "made_flow.h"

#define BOOT_NS (5000 * S) /* at HISTORY_NOW_NS, on the clock of the records */

static char directory[] = "/tmp/synscope-unit-XXXXXX";

void history_directory_begin(void)
{
	strcpy(directory, "/tmp/synscope-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void history_directory_end(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static __u32 some_facts(void)
{
	__u32 facts = chance(1U << 13), usual = FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACT_HISTORY_ACK;

	return chance(3) ? usual | (chance(4) ? 0 : FACT_RST) | (chance(3) ? FACT_FIN | FACT_ACKED_FIN : 0) : facts;
}

static void some_end(struct history_flow *flow, int dir, __u64 last_ns, bool ipv6)
{
	struct ip_address ip = some_address(ipv6);

	memcpy(flow->cold.addr[dir], ip.word, sizeof(ip.word));
	flow->hot.port[dir] = htons((__u16)some_number());
	flow->hot.dir[dir].facts = some_facts();
	flow->hot.dir[dir].packets = (__u32)some_number() << PACKETS_SHIFT | chance(32);
	flow->hot.dir[dir].bytes = (__u32)some_number();
	flow->hot.dir[dir].last_seen = (__u32)(last_ns >> LAST_SEEN_SHIFT);
	flow->cold.dir[dir].retransmits = (__u32)some_number();
	flow->cold.dir[dir].bytes_high = chance(3);
	flow->cold.dir[dir].syns = (__u16)some_number();
	flow->cold.dir[dir].mss = (__u16)some_number();
}

struct history_flow some_flow_of_history(void)
{
	const struct flow_clock clock = { .now_ns = BOOT_NS, .wall_offset_ns = HISTORY_NOW_NS - BOOT_NS };
	struct history_flow flow = made_flow(chance(200), &clock);
	__u64 last_ns = BOOT_NS - some_time() % (4000 * S), first_ns = last_ns - some_time() % (1000 * S);
	bool ipv6 = chance(2);

	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		some_end(&flow, dir, last_ns, ipv6);
		flow.cold.dir[dir].syn_first_ns = first_ns;
	}
	flow.hot.dir[chance(2)].facts |= FACT_CLIENT;
	flow.cold.flags = (flow.cold.flags & ~(FLOW_IPV6 | FLOW_ORIGIN_MASK)) | (ipv6 ? FLOW_IPV6 : 0) | chance(3) |
			  (chance(2) ? FLOW_FIRST_DIR : 0) | (chance(4) ? 0 : FLOW_UNREACHABLE) |
			  chance(4) << FLOW_VLANS_SHIFT;
	flow.cold.syn_to_synack_ns = some_time();
	flow.cold.acked_ns = first_ns + some_time();
	flow.cold.last_exact_ns = last_ns;
	flow.cold.incarnation = (__u16)(1 + chance(3));
	for (int i = 0; i < ANOMALY_COUNT; i++)
		flow.cold.anomalies[i] = (__u16)(chance(3) ? 0 : chance(4));
	flow.retired = chance(4) ? RETIRE_NOT : chance(RETIRE_FLUSHED + 1);
	memset(flow.origin.instance, 0, sizeof(flow.origin.instance));
	memset(flow.origin.ifname, 0, sizeof(flow.origin.ifname));
	strcpy(flow.origin.instance, some_instance());
	strcpy(flow.origin.ifname, chance(4) ? some_interface() : "");
	flow.origin.interface_deleted = chance(2);
	flow.tunnel_known = chance(4);
	if (flow.tunnel_known && chance(2))
		flow.tunnel = (struct flow_tunnel){
			.layers = 1, .layer = { { .kind = TUNNEL_VXLAN, .id = chance(50), .flags = TUNNEL_HAS_ID } }
		};
	return flow;
}

void history_write(const struct history_flow *flows, size_t count)
{
	struct history_writer writer;
	struct reason why = { "" };

	ck_assert_msg(!history_writer_open(&writer, HISTORY_PATH, &(struct history_keep){ 0 }, &why), "%s", why.text);
	ck_assert_msg(!history_writer_put(&writer, flows, count, &why), "%s", why.text);
	history_writer_close(&writer);
}

struct history_reader history_open_now(void)
{
	struct history_reader reader;

	ck_assert_int_eq(history_reader_open(&reader, HISTORY_PATH, NULL), 0);
	reader.now_ns = HISTORY_NOW_NS;
	return reader;
}

long long history_sql(const char *sql)
{
	long long number = 0;
	sqlite3_stmt *statement;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(HISTORY_PATH, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	ck_assert_msg(sqlite3_finalize(statement) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
	return number;
}
