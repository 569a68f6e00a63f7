/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How records are printed: json, jsonl and csv come from one walk over the named values of a record (struct sink), so
 * that they cannot differ in what they tell; the table is for people.
 */
#ifndef SYNSCOPE_FORMAT_FORMAT_H
#define SYNSCOPE_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "base/buffer.h"
#include "flow/view.h"
#include "cli/options.h"
#include "flow/processes.h"
#include "flow/services.h"
#include "format/table.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };

/* The option -o of every command that prints data; its field is an enum output_format. */
extern const struct option output_options[];

/* ---- named values ---- */

#define SINK_PATH_MAX 128
#define SINK_DEPTH_MAX 8

struct sink;

/* Where the values of a record go. Names come with their length; they need no quoting. */
struct sink_ops {
	void (*open)(struct sink *sink, const char *name, size_t length); /* an object; "": the record itself */
	void (*close)(struct sink *sink);
	void (*number)(struct sink *sink, const char *name, size_t length, __u64 value);
	void (*text)(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes);
	/* Text of ours, in which no format has anything to quote. */
	void (*word)(struct sink *sink, const char *name, size_t length, const char *text, size_t bytes);
	void (*boolean)(struct sink *sink, const char *name, size_t length, bool value);
	void (*null)(struct sink *sink, const char *name, size_t length);
	void (*numbers)(struct sink *sink, const char *name, size_t length, const __u16 *values, int count);
	bool nests; /* open_list and list items are understood; otherwise a list is to be given as texts */
	void (*open_list)(struct sink *sink, const char *name, size_t length);
	void (*close_list)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	struct buffer *out;
	bool more; /* something precedes in this object */
	int depth;
	size_t path_length[SINK_DEPTH_MAX]; /* csv header: of the path at each depth */
	char path[SINK_PATH_MAX];
};

/* A literal name and its length. */
#define NAME(literal) ("" literal), (sizeof(literal) - 1)

extern const struct sink_ops json_sink, csv_sink, csv_header_sink;

/* A number, or null if not known. */
static inline void sink_number_or_null(struct sink *sink, const char *name, size_t length, bool known, __u64 value)
{
	if (known)
		sink->ops->number(sink, name, length, value);
	else
		sink->ops->null(sink, name, length);
}

/* A word of ours, see sink_ops.word. */
static inline void sink_word(struct sink *sink, const char *name, size_t length, const char *word)
{
	sink->ops->word(sink, name, length, word, strlen(word));
}

/* Any text, null for NULL. */
static inline void sink_string(struct sink *sink, const char *name, size_t length, const char *text)
{
	if (text)
		sink->ops->text(sink, name, length, text, strlen(text));
	else
		sink->ops->null(sink, name, length);
}

/* ---- a stream of records: json, jsonl or csv ---- */

struct record_stream {
	enum output_format format;
	struct sink sink;
	__u64 records;
};

/* Begin a stream; csv wants its header before. */
void record_stream_begin(struct record_stream *stream, enum output_format format, struct buffer *out);
/* Around the walk over one record. */
struct sink *record_begin(struct record_stream *stream);
void record_end(struct record_stream *stream);
void record_stream_end(struct record_stream *stream);

/* A sink for a csv header: to be walked over once, with any values, before the first record. */
struct sink csv_header(struct buffer *out);

/* ---- flows ---- */

/* What a flow's record does not know of itself. */
struct flow_labels {
	const char *instance;
	const char *ifname; /* NULL: not known */
	bool interface_gone; /* it exists no more */
	__s64 wall_offset_ns; /* what to add to the record's clock to have the time of day */
	const struct services *services; /* for people, names of server ports; NULL: numbers */
	const struct process_sockets *sockets; /* whose they are, which then is told; NULL: not asked for */
};

/* How output says whether an interface exists. */
static inline const char *interface_state_name(bool gone)
{
	return gone ? "gone" : "up";
}

/* The fields of the JSON contract, in its order: of a record, or of an object within one. */
void flow_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels);
void flow_object(struct sink *sink, const char *name, size_t length, const struct flow_view *view,
		 const struct flow_labels *labels);

/* Flows in any format. */
struct flow_output {
	enum output_format format;
	struct buffer *out;
	struct record_stream stream;
	struct table table;
};

struct terminal;

/*
 * `instances`: of how many the flows may be; `processes`: all labels will have sockets. Returns 0 or -ENOMEM (told).
 */
int flow_output_begin(struct flow_output *output, enum output_format format, struct buffer *out,
		      const struct terminal *terminal, int instances, bool processes);
void flow_output_add(struct flow_output *output, const struct flow_view *view, const struct flow_labels *labels);
void flow_output_end(struct flow_output *output);

/* The table of flows; cells are added a row at a time. */
int flow_table_init(struct table *table, struct buffer *out, const struct terminal *terminal, int instances);
void flow_table_add_processes(struct table *table); /* the columns, before the first row */
void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels);

/* A:PORT-B:PORT, the client first. Writes at most FLOW_ID_ROOM bytes, returns their end. */
char *put_flow_id(char *p, const struct flow_view *view);

/* The same for people, with the name of the server's port if the labels have it: FLOW_TEXT_ROOM bytes at most. */
#define FLOW_TEXT_ROOM (FLOW_ID_ROOM + SERVICE_ROOM)
char *put_flow_text(char *p, const struct flow_view *view, const struct flow_labels *labels);

/* The colour of a state, wherever it is shown. */
enum table_color state_color(enum tcp_state state);

struct ladder;

/*
 * The segments of a flow as a ladder, the client left, with the states after each and the latencies of the handshake
 * between those they are about; nothing if there is no step.
 */
void ladder_print(struct buffer *out, const struct terminal *terminal, const struct ladder *ladder,
		  const struct flow_view *view);

/* One flow in full, in any format; the ladder is for people alone. */
void flow_detail_print(struct buffer *out, enum output_format format, const struct terminal *terminal,
		       const struct flow_view *view, const struct ladder *ladder, const struct flow_labels *labels);

#endif
