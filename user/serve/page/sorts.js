// SPDX-License-Identifier: GPL-2.0-only
// What connections can be sorted by: the keys of `synscope list --sort`, each with its letter in `synscope top`.
import { say } from "./words.js";

export const SORTS = [
	{ key: "last_seen", letter: "L", title: say("last seen") },
	{ key: "first_seen", letter: "F", title: say("first seen") },
	{ key: "packets", letter: "P", title: say("packets") },
	{ key: "bytes", letter: "B", title: say("bytes") },
	{ key: "client_packets", letter: "I", title: say("packets of the client") },
	{ key: "client_bytes", letter: "U", title: say("bytes of the client") },
	{ key: "server_packets", letter: "J", title: say("packets of the server") },
	{ key: "server_bytes", letter: "D", title: say("bytes of the server") },
	{ key: "retransmits", letter: "X", title: say("resent segments") },
	{ key: "client", letter: "C", title: say("client") },
	{ key: "server", letter: "S", title: say("server") },
	{ key: "state", letter: "T", title: say("state") },
	{ key: "outcome", letter: "O", title: say("outcome") },
	{ key: "conn_state", letter: "Z", title: say("Zeek's state") },
	{ key: "syn_to_synack", letter: "Y", title: "SYN→SYN-ACK" },
	{ key: "synack_to_ack", letter: "A", title: "SYN-ACK→ACK" },
	{ key: "handshake", letter: "H", title: say("handshake") },
	{ key: "client_rtt", letter: "E", title: say("round trip to the client") },
	{ key: "server_rtt", letter: "V", title: say("round trip to the server") },
];

const keys = SORTS.map(({ key }) => key);

export const isSort = (key) => keys.includes(key);
export const titleOf = (key) => SORTS[keys.indexOf(key)].title;
export const keyOf = (letter) => SORTS.find((sort) => sort.letter === letter)?.key;

// The key that is `step` places after this one, around the end.
export const keyAfter = (key, step) => keys[(keys.indexOf(key) + keys.length + step) % keys.length];
