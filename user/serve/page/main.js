// SPDX-License-Identifier: GPL-2.0-only
// What is asked of the server when, and which panel shows it.
import { change, onChange, view } from "./address.js";
import { cost, get, Gone, Refused, setToken, sizes } from "./api.js";
import * as drawer from "./drawer.js";
import * as failures from "./failures.js";
import * as flows from "./flows.js";
import * as heat from "./heat.js";
import * as keys from "./keys.js";
import * as machine from "./machine.js";
import { bytes, clock, element, number, rate, setText, share } from "./text.js";
import * as transitions from "./transitions.js";
import { language, LANGUAGES, nextLanguage, say, translatePage } from "./words.js";

const id = (name) => document.getElementById(name);
const PERIOD_MS = 2000; // no panel is read more often
const THEMES = { system: say("Theme: system"), dark: say("Theme: dark"), light: say("Theme: light") };
const BACKOFF_MS = [1000, 2000, 4000, 8000, 15000];
const latest = { status: [], stats: [], services: [], failed: [] };
let paused = false,
	gone = 0,
	wakeAt = 0,
	lastAnswer = 0;

const chosen = (records, field = "instance") =>
	view.instance ? records.filter((one) => one[field] === view.instance) : records;
const sum = (records, of) => records.reduce((all, one) => all + of(one), 0);

// Each is read again after PERIOD_MS, or later if its answer is so large that it would take more than its share of the
// bytes per second that a page may cost.
const sources = {
	status: { path: () => "status", share: 350, show: (data) => showStatus(data) },
	transitions: { path: () => "transitions", share: 300, show: (data) => transitions.take(data) },
	stats: { path: () => "stats", share: 500, show: (data) => showStates(data) },
	latency: { path: () => "latency", share: 900, show: (data) => heat.show(chosen(data)) },
	services: {
		path: () => `stats?by=server-port&sort=${view.services}&limit=${failures.LIMIT}`,
		share: 700,
		show: (data) => showServices(data),
	},
	failed: {
		path: () =>
			`flows?${new URLSearchParams({ filter: "failed", limit: flows.LIMIT, all: "1", ...ofInstance() })}`,
		share: 500,
		show: (data) => showFailed(data),
	},
	flows: { path: flows.path, share: 1200, show: flows.show, wrong: flows.showError },
	flow: { path: drawer.path, share: 300, unless: () => !view.flow, show: drawer.show, wrong: drawer.showError },
};

const ofInstance = () => (view.instance ? { instance: view.instance } : {});

// ---- what panels show

function showStatus(data) {
	latest.status = data;
	showInstances(data);
	const of = chosen(data, "name");
	const used = sum(of, (one) => one.used),
		halfOpen = sum(of, (one) => one.half_open);
	const lost = sum(of, (one) => one.events_lost),
		evicted = sum(of, (one) => sum(Object.values(one.evictions), Number));
	const facts = [
		[say("flows"), number(used)],
		[say("new"), rate(sum(of, (one) => one.rates?.inserted ?? 0))],
		[
			say("half open"),
			`${number(halfOpen)} (${share(halfOpen, used)})`,
			halfOpen > 100 && halfOpen > used / 5,
		],
		[
			say("table"),
			say("{share} full", {
				share: share(
					used,
					sum(of, (one) => one.slots),
				),
			}),
			of.some((one) => one.used > one.max_flows), // more than it is sized for
		],
		[say("evicted"), number(evicted), false],
		[say("events lost"), number(lost), lost > 0],
		...of.flatMap((one) => one.interfaces.map(({ ifname, state }) => [ifname, state, state !== "up"])),
	];

	flows.showInstances(of.length > 1);
	id("facts").replaceChildren(
		...facts.map(([name, text, bad]) =>
			element(
				"li",
				{ class: bad ? "bad" : null },
				bad ? "⚠ " : "",
				`${name} `,
				element("b", {}, text),
			),
		),
	);
	if (!data.length)
		notice(
			say("No instance is attached. In a terminal: {command}", {
				command: "sudo synscope attach eth0",
			}),
		);
	else if (!of.length) notice(say("The instance {name} is no longer attached.", { name: view.instance }));
	else if (!gone) notice("");
}

function showInstances(data) {
	const select = id("instance");
	const names = [...new Set([...data.map(({ name }) => name), ...(view.instance ? [view.instance] : [])])];

	if (names.join("\n") !== select.names) {
		select.names = names.join("\n");
		select.replaceChildren(
			element("option", { value: "" }, names.length === 1 ? names[0] : say("all")),
			...(names.length > 1 || view.instance
				? names.map((name) => element("option", { value: name }, name))
				: []),
		);
	}
	select.value = view.instance;
}

function showStates(data) {
	latest.stats = data;
	const of = chosen(data);
	const counts = {};

	for (const side of ["client", "server"])
		counts[side] = Object.fromEntries(
			machine.STATES.map((state) => [state, sum(of, (one) => one.states[side][state])]),
		);
	const { rates, lost, unread } = transitions.of(view.instance);

	machine.show(counts, rates);
	setText(
		id("states-note"),
		(unread
			? say("no arrows: the events are not read; /healthz says why")
			: say("arrows: changes a second, of the last 10 s")) +
			(lost ? `; ${say("{count} events lost", { count: number(lost) })}` : ""),
	);
}

function showServices(data) {
	latest.services = data;
	failures.show(chosen(latest.services), latest.failed);
}

function showFailed(data, total) {
	latest.failed = data;
	setText(id("failures-note"), say("those in the table; a port opens its connections"));
	failures.show(chosen(latest.services), latest.failed);
}

// ---- asking

const visible = () => document.visibilityState === "visible";

async function ask(source, name) {
	const path = source.path();
	const controller = new AbortController();

	source.at = performance.now();
	source.running = { path, controller };
	try {
		const { data, total } = await get(path, controller.signal);

		answered();
		if (source.path() === path) {
			source.waits = false;
			source.show(data, total);
			id(name)?.classList.remove("stale");
		}
	} catch (error) {
		if (!controller.signal.aborted) failed(source, error);
	} finally {
		if (source.running?.controller === controller) source.running = null;
		source.last = path;
	}
}

function failed(source, error) {
	if (error instanceof Gone) return unanswered();
	if (!(error instanceof Refused)) throw error;
	answered();
	if (error.status === 401) {
		id("token-form").hidden = false;
		stop();
		source.waits = true;
	} else if (error.status === 404 && view.instance && [sources.flows, sources.failed].includes(source)) {
		source.show([], 0); // the instance was detached, and may come back
	} else if (source.wrong && error.status < 500 && error.status !== 429) {
		source.wrong(error.message);
		source.waits = true; // until something else is asked
	} else {
		notice(say("The server says: {message}", { message: error.message }));
	}
}

function answered() {
	if (gone) {
		gone = 0;
		notice("");
		document.querySelectorAll("section").forEach((section) => section.classList.remove("stale"));
		refresh();
	}
	lastAnswer = Date.now();
}

function unanswered() {
	const wait = BACKOFF_MS[Math.min(gone, BACKOFF_MS.length - 1)] * (0.8 + Math.random() * 0.4);

	if (gone && performance.now() < wakeAt) return;
	gone++;
	wakeAt = performance.now() + wait;
	document.querySelectorAll("section").forEach((section) => section.classList.add("stale"));
}

function notice(text) {
	id("notice").hidden = !text;
	setText(id("notice"), text);
}

function stop() {
	for (const source of Object.values(sources)) source.running?.controller.abort();
}

// Ask for everything now, or for some.
function refresh(names = Object.keys(sources)) {
	for (const name of names) {
		sources[name].at = -Infinity;
		sources[name].waits = false;
		if (sources[name].running && sources[name].running.path !== sources[name].path()) {
			sources[name].running.controller.abort();
			sources[name].running = null;
		}
	}
	tick();
}

const period = (source) => Math.max(PERIOD_MS, ((sizes.get(source.last) ?? 0) / source.share) * 1000);

function tick() {
	const now = performance.now();

	setText(
		id("cost"),
		say("{rate} of late.", {
			rate: `${bytes(Math.round(cost()))}B/s`.replace(/([KMG])B/, " $1B").replace(/^(\d+)B/, "$1 B"),
		}),
	);
	if (!visible() || paused || !id("token-form").hidden) return;
	if (gone) {
		notice(
			(lastAnswer
				? say("The server does not answer since {time}.", { time: clock(lastAnswer) })
				: say("The server does not answer.")) +
				" " +
				say("Next attempt in {seconds} s; what is below is old.", {
					seconds: Math.max(0, Math.ceil((wakeAt - now) / 1000)),
				}),
		);
		if (now >= wakeAt && !sources.status.running) ask(sources.status, "status");
		return;
	}
	for (const [name, source] of Object.entries(sources))
		if (
			!source.running &&
			!source.waits &&
			!source.unless?.() &&
			now >= (source.at ?? -Infinity) + period(source)
		)
			ask(source, name);
}

// ---- the user

function setPaused(value) {
	paused = value;
	id("pause").setAttribute("aria-pressed", String(paused));
	setText(id("pause"), paused ? say("Paused") : say("Pause"));
	if (paused) stop();
	else refresh();
}

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	localStorage.setItem("theme", theme);
	setText(id("theme"), THEMES[theme]);
	heat.draw();
}

async function copy(button) {
	const code = id(button.dataset.copies);

	try {
		await navigator.clipboard.writeText(code.textContent);
		setText(button, say("Copied"));
	} catch {
		// a page that is not secure may not: select it, for Ctrl-C
		getSelection().selectAllChildren(code);
		setText(button, say("Press Ctrl-C"));
	}
	setTimeout(() => setText(button, say("Copy")), 2000);
}

function showAsTable(button) {
	const section = button.closest("section");
	const pressed = button.getAttribute("aria-pressed") !== "true";

	button.setAttribute("aria-pressed", String(pressed));
	section.querySelector(".drawing").hidden = pressed;
	section.querySelector(".table").hidden = !pressed;
}

function begin() {
	const themes = Object.keys(THEMES);

	translatePage();
	setText(id("language"), LANGUAGES[language]);
	machine.begin();
	heat.begin((filter) => flows.filterBy(filter, true));
	failures.begin((filter) => flows.filterBy(filter, true));
	flows.begin();
	drawer.begin();
	keys.begin(() => setPaused(!paused));
	setTheme(themes.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system");
	drawer.showAsked({ flow: "", flow_instance: "" });
	id("pause").addEventListener("click", () => setPaused(!paused));
	id("theme").addEventListener("click", () =>
		setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]),
	);
	id("language").addEventListener("click", nextLanguage);
	id("instance").addEventListener("change", () => change({ instance: id("instance").value }));
	id("token-form").addEventListener("submit", (event) => {
		event.preventDefault();
		setToken(id("token").value);
		id("token-form").hidden = true;
		refresh();
	});
	document.addEventListener("click", (event) => {
		if (event.target.matches(".copy")) copy(event.target);
		else if (event.target.matches(".as-table")) showAsTable(event.target);
	});
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", heat.draw);
	document.addEventListener("visibilitychange", () => (visible() ? refresh() : stop()));
	onChange((before) => {
		flows.showAsked();
		failures.showAsked();
		drawer.showAsked(before);
		refresh(
			before.instance !== view.instance
				? undefined
				: before.services !== view.services
					? ["services"]
					: ["flows", "flow"],
		);
	});
	setInterval(tick, 250);
	tick();
}

begin();
