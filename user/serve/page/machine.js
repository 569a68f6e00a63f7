// SPDX-License-Identifier: GPL-2.0-only
// Panel 1: the states of both ends, how many flows are in each, and how many pass between them.
import { Table } from "./table.js";
import { element, number, rate, setText } from "./text.js";
import { say } from "./words.js";

export const STATES = [
	"CLOSED",
	"LISTEN",
	"SYN_SENT",
	"SYN_RECEIVED",
	"ESTABLISHED",
	"FIN_WAIT_1",
	"FIN_WAIT_2",
	"CLOSE_WAIT",
	"CLOSING",
	"LAST_ACK",
	"TIME_WAIT",
];
const EARLY = ["SYN_SENT", "LISTEN", "SYN_RECEIVED"];
const WIDTH = 108,
	HEIGHT = 32;

// Where the middle of a state's box is.
const CLOSE = {
	ESTABLISHED: [200, 134],
	FIN_WAIT_1: [72, 190],
	CLOSE_WAIT: [316, 190],
	FIN_WAIT_2: [72, 244],
	CLOSING: [194, 244],
	LAST_ACK: [316, 244],
	TIME_WAIT: [72, 300],
	CLOSED: [316, 300],
};
const PLACES = {
	client: { SYN_SENT: [200, 36], SYN_RECEIVED: [72, 84], ...CLOSE },
	server: { LISTEN: [200, 36], SYN_RECEIVED: [200, 84], SYN_SENT: [72, 84], ...CLOSE },
};

// [from, to, path, x, y]: the arrow, and where its rate is written. "" is any state, or none.
const CLOSE_ARROWS = [
	["ESTABLISHED", "FIN_WAIT_1", "M150 150L92 172", 96, 158],
	["ESTABLISHED", "CLOSE_WAIT", "M250 150L298 172", 284, 160],
	["FIN_WAIT_1", "FIN_WAIT_2", "M72 206V226", 78, 219],
	["FIN_WAIT_1", "CLOSING", "M126 194H194V226", 150, 190],
	["FIN_WAIT_1", "TIME_WAIT", "M18 190H8V300H16", 12, 276],
	["FIN_WAIT_2", "TIME_WAIT", "M72 260V282", 78, 274],
	["CLOSING", "TIME_WAIT", "M194 260V296H128", 200, 280],
	["TIME_WAIT", "CLOSED", "M126 308H260", 182, 320],
	["CLOSE_WAIT", "LAST_ACK", "M316 206V226", 322, 219],
	["LAST_ACK", "CLOSED", "M316 260V282", 322, 274],
	["EARLY", "CLOSED", "M254 36H388V300H372", 264, 32],
	["LATE", "CLOSED", "M254 134H388V300H372", 264, 130],
];
const ARROWS = {
	client: [
		["CLOSED", "SYN_SENT", "M200 2V18", 208, 12],
		["SYN_SENT", "ESTABLISHED", "M200 52V116", 208, 88],
		["SYN_SENT", "SYN_RECEIVED", "M146 36H72V66", 92, 32],
		["SYN_RECEIVED", "ESTABLISHED", "M72 100V134H144", 92, 130],
		...CLOSE_ARROWS,
	],
	server: [
		["CLOSED", "LISTEN", "M200 2V18", 208, 12],
		["LISTEN", "SYN_RECEIVED", "M200 52V66", 208, 63],
		["LISTEN", "SYN_SENT", "M146 36H72V66", 92, 32],
		["SYN_SENT", "SYN_RECEIVED", "M126 84H144", 126, 78],
		["SYN_RECEIVED", "ESTABLISHED", "M200 100V116", 208, 112],
		...CLOSE_ARROWS,
	],
};

function svg(name, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);

	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(...children);
	return made;
}

const head = (side, kind) =>
	svg(
		"marker",
		{
			id: `head-${side}-${kind}`,
			class: kind,
			viewBox: "0 0 6 6",
			refX: 4,
			refY: 3,
			markerWidth: 7,
			markerHeight: 7,
			markerUnits: "userSpaceOnUse",
			orient: "auto",
		},
		svg("path", { d: "M0 0L6 3L0 6z" }),
	);

function drawing(side) {
	const boxes = {},
		arrows = [];
	const root = svg(
		"svg",
		{
			class: "machine",
			viewBox: "0 0 396 324",
			role: "img",
			"aria-label": side === "client" ? say("States of the client") : say("States of the server"),
		},
		svg("defs", {}, head(side, "moving"), head(side, "still")),
	);

	for (const [from, to, d, x, y] of ARROWS[side]) {
		const path = svg("path", { d });
		const text = svg("text", { class: "rate", x, y });

		arrows.push({ from, to, path, text });
		root.append(path);
	}
	for (const [state, [x, y]] of Object.entries(PLACES[side])) {
		const count = svg("text", { class: "count", x, y: y + 12 });

		boxes[state] = svg(
			"g",
			{ class: "idle" },
			svg("rect", { x: x - WIDTH / 2, y: y - HEIGHT / 2, width: WIDTH, height: HEIGHT, rx: 2 }),
			svg("text", { x, y: y - 3 }, state),
			count,
		);
		boxes[state].count = count;
		root.append(boxes[state]);
	}
	root.append(...arrows.map(({ text }) => text));
	return { root, boxes, arrows };
}

// The arrows that lead from one state to another, several if what passed was seen as one step.
export function steps(side, from, to) {
	const arrows = ARROWS[side];
	const direct = arrows.findIndex((arrow) => arrow[0] === from && arrow[1] === to);
	const paths = [[from, []]];

	if (direct >= 0) return [direct];
	if (to === "CLOSED")
		return [arrows.findIndex((arrow) => arrow[0] === (EARLY.includes(from) ? "EARLY" : "LATE"))];
	for (let i = 0; i < paths.length && i < 40; i++) {
		const [at, path] = paths[i];

		if (at === to) return path;
		arrows.forEach((arrow, which) => {
			if (arrow[0] === at && arrow[1] !== "CLOSED") paths.push([arrow[1], [...path, which]]);
		});
	}
	return [];
}

const sides = { client: drawing("client"), server: drawing("server") };
const table = new Table(
	[
		{ title: say("State"), left: true, cell: (row) => row.state },
		{ title: say("Clients"), cell: (row) => number(row.client) },
		{ title: say("Servers"), cell: (row) => number(row.server) },
		{ title: say("Clients that left it, a second"), cell: (row) => rate(row.left.client) },
		{ title: say("Servers that left it, a second"), cell: (row) => rate(row.left.server) },
	],
	{ caption: say("Endpoints by state") },
);

export function begin() {
	for (const side of ["client", "server"])
		document.getElementById("machines").append(
			element(
				"div",
				{},
				element("h3", {}, side === "client" ? say("Clients") : say("Servers")),
				sides[side].root,
			),
		);
	document.getElementById("states-table").append(table.node);
}

// counts: {client: {STATE: n}, server}; rates: Map from "side FROM TO" to how many a second.
export function show(counts, rates) {
	const left = {};

	for (const side of ["client", "server"]) {
		const perArrow = new Map();

		left[side] = {};
		for (const [key, value] of rates) {
			const [of, from, to] = key.split(" ");

			if (of !== side) continue;
			left[side][from] = (left[side][from] ?? 0) + value;
			for (const which of steps(side, from, to))
				perArrow.set(which, (perArrow.get(which) ?? 0) + value);
		}
		draw(side, counts[side], perArrow);
	}
	table.update(
		STATES.map((state) => ({
			state,
			client: counts.client[state],
			server: counts.server[state],
			left: { client: left.client[state] ?? 0, server: left.server[state] ?? 0 },
		})),
		(row) => row.state,
	);
}

function draw(side, counts, perArrow) {
	const { boxes, arrows } = sides[side];

	for (const [state, box] of Object.entries(boxes)) {
		setText(box.count, number(counts[state]));
		box.setAttribute("class", counts[state] ? "busy" : "idle");
	}
	arrows.forEach(({ path, text }, which) => {
		const value = perArrow.get(which) ?? 0;
		const kind = value ? "moving" : "still";

		path.setAttribute("class", kind);
		path.setAttribute("marker-end", `url(#head-${side}-${kind})`);
		path.setAttribute("stroke-width", value ? Math.min(8, 1.5 + 1.2 * Math.log2(1 + value)).toFixed(1) : 1);
		setText(text, value ? rate(value) : "");
	});
}
