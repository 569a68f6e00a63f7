// SPDX-License-Identifier: GPL-2.0-only
// One connection: its two ends, and its life as a ladder of segments.
import { change, view } from "./address.js";
import { bytes, clock, duration, element, number, quoted, setText } from "./text.js";
import { say } from "./words.js";

const drawer = document.getElementById("drawer");
let back = null; // what had the focus before

// Of the flow that is shown: what the address says of it, or the one that is chosen for all; "": of any.
const instanceOfFlow = () => view.flow_instance || view.instance;

export function path() {
	const instance = instanceOfFlow();

	return `flows/${encodeURIComponent(view.flow)}${instance ? `?${new URLSearchParams({ instance })}` : ""}`;
}

const title = element("h2", { id: "drawer-title", tabindex: -1, class: "mono" });
const state = element("p", { class: "empty", role: "status" });
const content = element("div");
const command = element("code", { id: "show-command" });

export function begin() {
	drawer.append(
		element(
			"div",
			{ class: "bar" },
			title,
			element("button", { type: "button", click: close }, say("Close (q)")),
		),
		state,
		content,
		element(
			"div",
			{ class: "command" },
			element("span", {}, say("The same in a terminal:")),
			command,
			element(
				"button",
				{ type: "button", class: "copy", "data-copies": "show-command" },
				say("Copy"),
			),
		),
	);
}

export function close() {
	change({ flow: "" });
}

function commandLine() {
	const instance = instanceOfFlow();

	return ["synscope", "show", ...(instance ? ["--name", quoted(instance)] : []), quoted(view.flow)].join(" ");
}

// Open or close it, as the address says. `before`: the view of before.
export function showAsked(before) {
	setText(command, commandLine());
	if (before.flow === view.flow && [view.flow_instance, ""].includes(before.flow_instance)) return;
	if (!before.flow) back = document.activeElement;
	drawer.hidden = !view.flow;
	if (!view.flow) {
		(back?.isConnected ? back : document.getElementById("flows-title")).focus({ preventScroll: true });
		return;
	}
	setText(title, view.flow.replace(/#1$/, ""));
	setText(state, say("Reading it from the table…"));
	content.replaceChildren();
	title.focus();
}

export function showError(message) {
	setText(state, `${message}. ${content.firstChild ? say("Below is what was known of it last.") : ""}`);
	state.classList.toggle("bad", true);
}

const yesNo = (value) => (value == null ? "–" : value ? say("yes") : say("no"));

const FACTS = [
	[say("State"), (end) => end.state],
	[say("Packets"), (end) => number(end.packets)],
	[say("Bytes"), (end) => bytes(end.bytes)],
	[say("Data"), (end) => bytes(end.payload_bytes)],
	[say("Resent"), (end) => number(end.retransmits)],
	[say("Flags that it sent"), (end) => end.flags.join(" ")],
	[say("First sequence number"), (end) => (end.isn == null ? "–" : String(end.isn))],
	["MSS", (end) => number(end.mss)],
	[say("Window scale"), (end) => number(end.wscale)],
	["SACK", (end) => yesNo(end.sack_ok)],
	[say("Timestamps"), (end) => yesNo(end.timestamps)],
];

function pairs(rows, heads) {
	return element(
		"table",
		{},
		element(
			"thead",
			{},
			element(
				"tr",
				{},
				...heads.map((text) => (text ? element("th", { scope: "col" }, text) : element("td"))),
			),
		),
		element(
			"tbody",
			{},
			...rows.map(([name, ...cells]) =>
				element(
					"tr",
					{},
					element("th", { scope: "row", class: "left" }, name),
					...cells.map((text) => element("td", {}, text)),
				),
			),
		),
	);
}

function anomalies(flow) {
	return Object.entries(flow.anomalies)
		.filter(([, count]) => count)
		.map(([name, count]) => [name.replaceAll("_", " "), number(count)]);
}

/* With --rtt: the round trips between the observer and either end. */
function roundTrips(flow) {
	return [
		[say("Round trips to the client"), flow.rtt?.client],
		[say("Round trips to the server"), flow.rtt?.server],
	]
		.filter(([, rtt]) => rtt)
		.map(([name, rtt]) => [
			name,
			say("{smoothed} smoothed, {last} last, {min} minimum, of {samples}", {
				smoothed: duration(rtt.smoothed_ns),
				last: duration(rtt.last_ns),
				min: duration(rtt.min_ns),
				samples: number(rtt.samples),
			}),
		]);
}

function summary(flow) {
	const { handshake } = flow;
	const rows = [
		[say("Outcome"), flow.outcome.replaceAll("_", " ")],
		[say("SYN → SYN-ACK, network and server"), duration(handshake.syn_to_synack_ns)],
		[say("SYN-ACK → ACK, network and client"), duration(handshake.synack_to_ack_ns)],
		[
			say("Handshake"),
			duration(handshake.handshake_ns) + (handshake.rtt_ambiguous ? say(", ambiguous") : ""),
		],
		[say("SYNs sent again"), number(handshake.syn_retransmits)],
		[say("SYN-ACKs sent again"), number(handshake.synack_retransmits)],
		...roundTrips(flow),
		[
			say("First seen"),
			say("{time} on {interface}", { time: clock(flow.first_seen), interface: flow.ifname ?? "–" }),
		],
		[
			say("Last seen"),
			say("{time}, {duration} later", {
				time: clock(flow.last_seen),
				duration: duration(flow.duration_ns),
			}),
		],
		[say("Instance"), flow.instance],
		...anomalies(flow),
	];

	if (flow.unreachable.reason)
		rows.splice(1, 0, [
			say("Unreachable"),
			say("{reason}, says {address}", {
				reason: flow.unreachable.reason.replaceAll("_", " "),
				address: flow.unreachable.by,
			}),
		]);
	return pairs(rows, []);
}

function step(flow, one, before) {
	const toServer = one.from === "client";
	const payload = one.payload_bytes
		? ` ${say("{count} bytes", { count: number(one.payload_bytes) })}`
		: one.payload
			? ` ${say("data")}`
			: "";
	const changed = (side) => (one[`${side}_state`] === before?.[`${side}_state`] ? "same" : "");

	return element(
		"tr",
		{},
		element("td", {}, duration(one.delta_ns)),
		element("td", { class: changed("client") }, one.client_state),
		element(
			"td",
			{ class: `arrow ${toServer ? "to-right" : "to-left"}` },
			element(
				"span",
				{},
				(one.flags.join(" ") || say("no flags")) +
					payload +
					(one.remark
						? `, ${one.remark === "again" ? say("again") : one.remark.replaceAll("_", " ")}`
						: ""),
			),
		),
		element("td", { class: `left ${changed("server")}` }, one.server_state),
	);
}

function ladder(flow) {
	const { steps, missing, missing_after: after, missing_at_end: atEnd } = flow.ladder;
	const rows = steps.map((one, i) => step(flow, one, steps[i - 1]));
	const gap = (text) => element("tr", {}, element("td", { colspan: 4, class: "arrow" }, text));
	const notKept = say("{count} segments were not kept", { count: number(missing) });

	// If segments are missing both before and after the last steps, only their sum is known: it stands at the end.
	if (missing && (!atEnd || after < steps.length)) rows.splice(after, 0, gap(atEnd ? "⋮" : notKept));
	if (missing && atEnd) rows.push(gap(notKept));
	return element(
		"table",
		{ class: "ladder" },
		element(
			"thead",
			{},
			element(
				"tr",
				{},
				...[say("Since the first"), say("Client"), say("Segment"), say("Server")].map(
					(text, i) =>
						element(
							"th",
							{
								scope: "col",
								class: i === 3 ? "left" : i === 2 ? "arrow" : null,
							},
							text,
						),
				),
			),
		),
		element("tbody", {}, ...rows),
	);
}

export function show(flow) {
	if (!view.flow_instance) change({ flow_instance: flow.instance }, true); // the address has left it open
	setText(state, "");
	state.classList.toggle("bad", false);
	content.replaceChildren(
		element("h3", {}, say("Ladder")),
		ladder(flow),
		element("h3", {}, say("Summary")),
		summary(flow),
		element("h3", {}, say("Ends")),
		pairs(
			FACTS.map(([name, of]) => [name, of(flow.client), of(flow.server)]),
			["", say("Client"), say("Server")],
		),
	);
}
