// SPDX-License-Identifier: GPL-2.0-only
// Panel 2: how the two halves of the handshake's latency were spread over the last minutes, on one logarithmic axis.
import { add, bucketEnd, FIRST_END, quantile, total } from "./histogram.js";
import { Table } from "./table.js";
import { clock, duration, element, number, setText, share } from "./text.js";
import { say } from "./words.js";

const HALVES = [
	{
		field: "syn_to_synack_ns",
		filter: "syn_to_synack",
		name: "SYN→SYN-ACK",
		title: say("SYN→SYN-ACK, network and server"),
	},
	{
		field: "synack_to_ack_ns",
		filter: "synack_to_ack",
		name: "SYN-ACK→ACK",
		title: say("SYN-ACK→ACK, network and client"),
	},
];
const COLUMNS = 300,
	WINDOW_MS = 600000;
const LINE_COLUMNS = 5; // to either side, that a point of the lines takes in
const MARGIN = { left: 46, right: 4, top: 4, bottom: 16 };
let columns = []; // of all instances: {at, halves: [Map, Map]}
let pick = () => {};
let legend;
const halvesNode = element("div", { class: "halves" });
const readout = element("span", { class: "mono" });

const table = new Table(
	[
		{ title: say("Minute"), left: true, cell: (row) => row.minute },
		...HALVES.flatMap(({ name }, half) => [
			{ title: say("{name}: count", { name }), cell: (row) => number(total(row.halves[half])) },
			...[50, 90, 99].map((percent) => ({
				title: `p${percent}`,
				cell: (row) => duration(quantile(row.halves[half], percent / 100)),
			})),
		]),
	],
	{ caption: say("Latencies by minute") },
);

const empty = element(
	"p",
	{ class: "empty" },
	say("No handshake was finished in the last 10 minutes in which serve ran."),
);

export function begin(onPick) {
	pick = onPick;
	for (const half of HALVES) {
		half.canvas = element("canvas", {
			role: "img",
			"aria-label": say("{title}; the table has the numbers", half),
		});
		half.heading = element("b", {});
		half.canvas.addEventListener("mousemove", (event) => hover(half, event));
		half.canvas.addEventListener("mouseleave", () => setText(readout, ""));
		half.canvas.addEventListener("click", (event) => click(half, event));
		halvesNode.append(element("div", {}, element("h3", {}, half.title, " ", half.heading), half.canvas));
	}
	legend = element(
		"div",
		{ class: "legend" },
		element(
			"span",
			{},
			`${say("few")} `,
			...[1, 2, 3, 4, 5].map((level) => element("i", { class: `h${level}` })),
			` ${say("many")}`,
		),
		element("span", {}, element("i", { class: "p50" }), ` ${say("p50, solid line")}`),
		element("span", {}, element("i", { class: "p99" }), ` ${say("p99, dashed line")}`),
		element("i", { class: "halo", hidden: true }),
		readout,
	);
	document.getElementById("heat").append(empty, halvesNode, legend);
	document.getElementById("latency-table").append(table.node);
	new ResizeObserver(draw).observe(halvesNode);
}

// trackers: the answer of /api/v1/latency.
export function show(trackers) {
	const byTime = new Map();

	for (const tracker of trackers) {
		for (const column of tracker.columns) {
			const at = Date.parse(column.time);
			const sum = byTime.get(at) ?? { at, halves: [new Map(), new Map()] };

			HALVES.forEach(({ field }, half) => add(sum.halves[half], Object.entries(column[field])));
			byTime.set(at, sum);
		}
	}
	columns = [...byTime.values()].sort((a, b) => a.at - b.at);
	draw();
	showTable();
}

function showTable() {
	const minutes = new Map();

	for (const column of columns) {
		const minute = Math.floor(column.at / 60000);
		const sum = minutes.get(minute) ?? {
			minute: clock(minute * 60000).slice(0, 5),
			halves: [new Map(), new Map()],
		};

		column.halves.forEach((counts, half) => add(sum.halves[half], counts));
		minutes.set(minute, sum);
	}
	table.update([...minutes.values()].reverse(), (row) => row.minute);
}

// The octaves that the axis has: all that occur in either half, but three at least.
function range() {
	let least = Infinity,
		most = 0;

	for (const { halves } of columns) {
		for (const counts of halves) {
			for (const from of counts.keys()) {
				least = Math.min(least, from);
				most = Math.max(most, bucketEnd(from));
			}
		}
	}
	if (!most) return null;
	const low = Math.floor(Math.log2(Math.max(least, FIRST_END)) - 0.5);

	return { low, high: Math.max(low + 4, Math.ceil(Math.log2(most) + 0.5)) };
}

const color = (name) => getComputedStyle(legend.querySelector(`.${name}`)).backgroundColor;

function scale(half, axis) {
	const width = half.canvas.clientWidth - MARGIN.left - MARGIN.right;
	const height = half.canvas.clientHeight - MARGIN.top - MARGIN.bottom;
	const end = columns.length ? columns.at(-1).at : Date.now();

	return {
		x: (at) => MARGIN.left + width * (1 - (end - at) / WINDOW_MS),
		y: (ns) => MARGIN.top + (height * (axis.high - Math.log2(Math.max(ns, 1)))) / (axis.high - axis.low),
		at: (x) => end - (1 - (x - MARGIN.left) / width) * WINDOW_MS,
		ns: (y) => 2 ** (axis.high - ((y - MARGIN.top) / height) * (axis.high - axis.low)),
		end,
	};
}

export function draw() {
	const axis = range();
	let most = 1;

	empty.hidden = Boolean(axis);
	legend.hidden = halvesNode.hidden = !axis;
	for (const { halves } of columns)
		for (const counts of halves) for (const count of counts.values()) most = Math.max(most, count);
	HALVES.forEach((half, which) => {
		half.axis = axis;
		if (axis && half.canvas.clientWidth) drawHalf(half, which, axis, most);
	});
}

function drawHalf(half, which, axis, most) {
	const ratio = devicePixelRatio || 1,
		{ clientWidth, clientHeight } = half.canvas;
	const context = half.canvas.getContext("2d");
	const at = scale(half, axis);
	const shades = [1, 2, 3, 4, 5].map((level) => color(`h${level}`));

	half.canvas.width = Math.round(clientWidth * ratio);
	half.canvas.height = Math.round(clientHeight * ratio);
	context.scale(ratio, ratio);
	drawAxis(context, half, axis, at);
	for (const column of columns) {
		const right = Math.round(at.x(column.at)),
			left = Math.round(at.x(column.at - WINDOW_MS / COLUMNS));

		for (const [from, count] of column.halves[which]) {
			const top = Math.round(at.y(bucketEnd(from))),
				bottom = Math.round(at.y(from));

			context.fillStyle =
				shades[Math.min(4, Math.floor((5 * Math.log1p(count)) / Math.log1p(most + 1)))];
			context.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
		}
	}
	drawLine(context, which, at, 0.99, color("p99"), color("halo"), [4, 3]);
	drawLine(context, which, at, 0.5, color("p50"), color("halo"), []);
	showHeading(half, which);
}

function drawAxis(context, half, axis, at) {
	const style = getComputedStyle(half.canvas),
		line = getComputedStyle(legend.querySelector("i")).borderTopColor;

	context.font = `11px ${style.fontFamily}`;
	context.textBaseline = "middle";
	context.textAlign = "right";
	const ticks = axis.high - axis.low > 8 ? [1] : [1, 2, 5];

	for (const ns of [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11].flatMap((power) =>
		ticks.map((tick) => tick * power),
	)) {
		const y = Math.round(at.y(ns)) + 0.5;

		if (Math.log2(ns) < axis.low || Math.log2(ns) > axis.high) continue;
		context.fillStyle = line;
		context.fillRect(MARGIN.left, y - 0.5, half.canvas.clientWidth - MARGIN.left - MARGIN.right, 1);
		context.fillStyle = style.color;
		context.fillText(
			ns >= 1e9 ? `${ns / 1e9} s` : ns >= 1e6 ? `${ns / 1e6} ms` : `${ns / 1e3} µs`,
			MARGIN.left - 5,
			y,
		);
	}
	context.textBaseline = "alphabetic";
	context.fillStyle = style.color;
	for (const [minutes, align] of [
		[10, "left"],
		[5, "center"],
		[0, "right"],
	]) {
		context.textAlign = align;
		context.fillText(
			clock(at.end - minutes * 60000).slice(0, 5),
			at.x(at.end - minutes * 60000),
			half.canvas.clientHeight - 3,
		);
	}
}

function drawLine(context, which, at, wanted, stroke, halo, dash) {
	let drawing = false;

	context.beginPath();
	columns.forEach((column, i) => {
		const around = new Map();

		for (const near of columns.slice(Math.max(0, i - LINE_COLUMNS), i + LINE_COLUMNS + 1))
			add(around, near.halves[which]);
		const value = quantile(around, wanted);

		if (value == null) {
			drawing = false;
			return;
		}
		context[drawing ? "lineTo" : "moveTo"](at.x(column.at), at.y(value));
		drawing = true;
	});
	context.lineWidth = 4;
	context.strokeStyle = halo;
	context.stroke();
	context.lineWidth = 1.5;
	context.setLineDash(dash);
	context.strokeStyle = stroke;
	context.stroke();
	context.setLineDash([]);
}

function showHeading(half, which) {
	const sum = new Map();

	for (const { halves } of columns.slice(-30)) add(sum, halves[which]);
	setText(
		half.heading,
		total(sum)
			? say("last minute: p50 {p50}, p99 {p99}", {
					p50: duration(quantile(sum, 0.5)),
					p99: duration(quantile(sum, 0.99)),
				})
			: "",
	);
}

// The cell under the pointer, or null.
function cell(half, event) {
	const box = half.canvas.getBoundingClientRect();
	const at = scale(half, half.axis);
	const time = at.at(event.clientX - box.left),
		ns = at.ns(event.clientY - box.top);
	const column = columns.find((one) => one.at >= time && one.at - WINDOW_MS / COLUMNS < time);
	const counts = column?.halves[HALVES.indexOf(half)];
	const from = counts && [...counts.keys()].find((one) => one <= ns && bucketEnd(one) > ns);

	return from == null ? null : { column, counts, from };
}

function hover(half, event) {
	const found = cell(half, event);
	const count = found?.counts.get(found.from);

	setText(
		readout,
		found
			? say("{time}: {from} to {to}: {count} of {all} ({share})", {
					time: clock(found.column.at),
					from: duration(found.from),
					to: duration(bucketEnd(found.from)),
					count: number(count),
					all: number(total(found.counts)),
					share: share(count, total(found.counts)),
				})
			: "",
	);
}

function click(half, event) {
	const found = cell(half, event);

	if (found) pick(`${half.filter} >= ${found.from}ns and ${half.filter} < ${bucketEnd(found.from)}ns`);
}
