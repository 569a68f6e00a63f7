// SPDX-License-Identifier: GPL-2.0-only
// The keys, which are those of `synscope top`.
import { change, view } from "./address.js";
import * as drawer from "./drawer.js";
import * as flows from "./flows.js";
import { keyOf, SORTS } from "./sorts.js";
import { element } from "./text.js";
import { nextLanguage, say } from "./words.js";

const PANELS = ["states", "latency", "failures", "flows"];
const HELP = [
	["f or /", say("filter; Enter keeps it, Esc restores what was there")],
	["< >", say("sort connections by the previous or the next key")],
	[
		SORTS.map(({ letter }) => letter).join(" "),
		say("sort by {keys}", { keys: SORTS.map(({ title }) => title).join(", ") }),
	],
	["a", say("closed connections, too")],
	["↓ ↑ or j k, g G", say("move through the connections; first, last")],
	["Enter", say("ladder of the connection")],
	["q or Esc", say("close the ladder")],
	["Space", say("pause, go on")],
	["1 2 3 4", say("go to a panel")],
	["t", say("the panel as a table, or as a drawing")],
	["l", say("English or Korean")],
	["?", say("this help")],
];
const dialog = document.getElementById("help");
let pause;

function goTo(panel) {
	const title = document.getElementById(`${panel}-title`);

	title.focus({ preventScroll: true });
	title.closest("section").scrollIntoView({ block: "nearest" });
}

function startFilter() {
	document.getElementById("filter").focus();
	document.getElementById("filter").select();
}

function toggleTable() {
	document.activeElement.closest("section")?.querySelector(".as-table")?.click();
}

const COMMANDS = {
	"/": startFilter,
	f: startFilter,
	"<": () => flows.nextSort(-1),
	">": () => flows.nextSort(1),
	" ": () => pause(),
	"?": () => dialog.showModal(),
	h: () => dialog.showModal(),
	a: () => change({ all: !view.all }),
	t: toggleTable,
	l: nextLanguage,
	q: drawer.close,
	Escape: drawer.close,
	j: () => flows.move(1),
	k: () => flows.move(-1),
	ArrowDown: () => flows.move(1),
	ArrowUp: () => flows.move(-1),
	g: () => flows.move(-Infinity),
	G: () => flows.move(Infinity),
	Enter: flows.openFirst,
};

function press(event) {
	const target = event.target;
	const command = COMMANDS[event.key];

	if (event.ctrlKey || event.altKey || event.metaKey || dialog.open || target.closest("input, select, textarea"))
		return;
	if ((event.key === " " && target.closest("button")) || (event.key === "Enter" && target.closest("button, a")))
		return;
	if (event.key.startsWith("Arrow") && target.closest("#drawer")) return;
	if (keyOf(event.key)) change({ sort: keyOf(event.key) });
	else if (/^[1-4]$/.test(event.key)) goTo(PANELS[event.key - 1]);
	else if (command) command();
	else return;
	event.preventDefault();
}

export function begin(onPause) {
	pause = onPause;
	dialog.append(
		element("h2", { id: "help-title" }, say("Keys")),
		element(
			"dl",
			{},
			...HELP.flatMap(([keys, text]) => [
				element("dt", {}, element("kbd", {}, keys)),
				element("dd", {}, text),
			]),
		),
		element("form", { method: "dialog" }, element("button", {}, say("Close"))),
	);
	dialog.addEventListener("keydown", (event) => {
		if (!["q", "?"].includes(event.key)) return;
		event.stopPropagation(); // the page has these keys, too
		event.preventDefault();
		dialog.close();
	});
	document.getElementById("help-button").addEventListener("click", () => dialog.showModal());
	document.addEventListener("keydown", press);
}
