// SPDX-License-Identifier: GPL-2.0-only
// One connection: its two ends, and its life as a ladder of segments.
import { change, view } from "./address.js";
import { bytes, clock, duration, element, number, quoted, setText } from "./text.js";

const drawer = document.getElementById("drawer");
let back = null; // what had the focus before

export const path = () => `flows/${encodeURIComponent(view.flow)}`;

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
			element("button", { type: "button", click: close }, "Close (q)"),
		),
		state,
		content,
		element(
			"div",
			{ class: "command" },
			element("span", {}, "The same in a terminal:"),
			command,
			element("button", { type: "button", class: "copy", "data-copies": "show-command" }, "Copy"),
		),
	);
}

export function close() {
	change({ flow: "" });
}

// Open or close it, as the address says.
export function showAsked(before) {
	if (before === view.flow) return;
	if (!before) back = document.activeElement;
	drawer.hidden = !view.flow;
	if (!view.flow) {
		(back?.isConnected ? back : document.getElementById("flows-title")).focus({ preventScroll: true });
		return;
	}
	setText(title, view.flow.replace(/#1$/, ""));
	setText(command, `synscope show ${quoted(view.flow)}`);
	setText(state, "Reading it from the table…");
	content.replaceChildren();
	title.focus();
}

export function showError(message) {
	setText(state, `${message}. ${content.firstChild ? "Below is what was known of it last." : ""}`);
	state.classList.toggle("bad", true);
}

const yesNo = (value) => (value == null ? "–" : value ? "yes" : "no");

const FACTS = [
	["State", (end) => end.state],
	["Packets", (end) => number(end.packets)],
	["Bytes", (end) => bytes(end.bytes)],
	["Data", (end) => bytes(end.payload_bytes)],
	["Resent", (end) => number(end.retransmits)],
	["Flags that it sent", (end) => end.flags.join(" ")],
	["First sequence number", (end) => (end.isn == null ? "–" : String(end.isn))],
	["MSS", (end) => number(end.mss)],
	["Window scale", (end) => number(end.wscale)],
	["SACK", (end) => yesNo(end.sack_ok)],
	["Timestamps", (end) => yesNo(end.timestamps)],
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
	return ["client", "server"]
		.filter((end) => flow.rtt?.[end])
		.map((end) => {
			const rtt = flow.rtt[end];

			return [
				`Round trips to the ${end}`,
				`${duration(rtt.smoothed_ns)} smoothed, ${duration(rtt.last_ns)} last, ` +
					`${duration(rtt.min_ns)} minimum, of ${number(rtt.samples)}`,
			];
		});
}

function summary(flow) {
	const { handshake } = flow;
	const rows = [
		["Outcome", flow.outcome.replaceAll("_", " ")],
		["SYN → SYN-ACK, network and server", duration(handshake.syn_to_synack_ns)],
		["SYN-ACK → ACK, network and client", duration(handshake.synack_to_ack_ns)],
		["Handshake", duration(handshake.handshake_ns) + (handshake.rtt_ambiguous ? ", ambiguous" : "")],
		["SYNs sent again", number(handshake.syn_retransmits)],
		["SYN-ACKs sent again", number(handshake.synack_retransmits)],
		...roundTrips(flow),
		["First seen", `${clock(flow.first_seen)} on ${flow.ifname ?? "–"}`],
		["Last seen", `${clock(flow.last_seen)}, ${duration(flow.duration_ns)} later`],
		["Instance", flow.instance],
		...anomalies(flow),
	];

	if (flow.unreachable.reason)
		rows.splice(1, 0, [
			"Unreachable",
			`${flow.unreachable.reason.replaceAll("_", " ")}, says ${flow.unreachable.by}`,
		]);
	return pairs(rows, []);
}

function step(flow, one, before) {
	const toServer = one.from === "client";
	const payload = one.payload_bytes ? ` ${number(one.payload_bytes)} bytes` : one.payload ? " data" : "";
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
				(one.flags.join(" ") || "no flags") +
					payload +
					(one.remark ? `, ${one.remark.replaceAll("_", " ")}` : ""),
			),
		),
		element("td", { class: `left ${changed("server")}` }, one.server_state),
	);
}

function ladder(flow) {
	const { steps, missing, missing_after: after } = flow.ladder;
	const rows = steps.map((one, i) => step(flow, one, steps[i - 1]));
	const gap = element(
		"tr",
		{},
		element("td", { colspan: 4, class: "arrow" }, `${number(missing)} segments were not kept`),
	);

	if (missing) rows.splice(after, 0, gap);
	return element(
		"table",
		{ class: "ladder" },
		element(
			"thead",
			{},
			element(
				"tr",
				{},
				...["Since the first", "Client", "Segment", "Server"].map((text, i) =>
					element(
						"th",
						{ scope: "col", class: i === 3 ? "left" : i === 2 ? "arrow" : null },
						text,
					),
				),
			),
		),
		element("tbody", {}, ...rows),
	);
}

export function show(flow) {
	setText(state, "");
	state.classList.toggle("bad", false);
	content.replaceChildren(
		element("h3", {}, "Ladder"),
		ladder(flow),
		element("h3", {}, "Summary"),
		summary(flow),
		element("h3", {}, "Ends"),
		pairs(
			FACTS.map(([name, of]) => [name, of(flow.client), of(flow.server)]),
			["", "Client", "Server"],
		),
	);
}
