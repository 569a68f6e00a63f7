// SPDX-License-Identifier: GPL-2.0-only
// A table whose rows keep their identity, focus and place on the screen while their numbers change.
import { element, setText } from "./text.js";

const classOf = (column) => [column.left && "left", column.optional && "optional"].filter(Boolean).join(" ") || null;
const DIRECTIONS = { client: "ascending", server: "ascending", state: "other", outcome: "other" };

// columns: {title, cell(row), left, optional, sort, hint, link(row)}; a cell is text, or a node that is made once by
// `make(row)` and changed by `fill(node, row)`.
export class Table {
	constructor(columns, { caption, onSort } = {}) {
		this.columns = columns;
		this.rows = new Map();
		this.body = element("tbody");
		this.heads = columns.map((column) => this.head(column, onSort));
		this.node = element(
			"table",
			{},
			element("caption", { hidden: true }, caption ?? ""),
			element("thead", {}, element("tr", {}, ...this.heads)),
			this.body,
		);
	}

	head(column, onSort) {
		const content =
			column.sort && onSort
				? element("button", { type: "button", click: () => onSort(column.sort) }, column.title)
				: column.title;

		return element("th", { scope: "col", class: classOf(column), title: column.hint }, content);
	}

	// Whether the columns that are optional are to be seen.
	showOptional(there) {
		this.node.classList.toggle("all-columns", there);
	}

	sorted(key) {
		this.columns.forEach((column, i) => {
			if (column.sort === key) this.heads[i].setAttribute("aria-sort", DIRECTIONS[key] ?? "descending");
			else this.heads[i].removeAttribute("aria-sort");
		});
	}

	make(row) {
		const cells = this.columns.map((column, i) => {
			const cell = element(i ? "td" : "th", {
				scope: i ? null : "row",
				class: classOf(column),
			});

			if (column.make) cell.append(column.make(row));
			return cell;
		});

		return { node: element("tr", {}, ...cells), cells };
	}

	// rows: of any kind; key(row) tells them apart.
	update(rows, key) {
		const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
		const seen = new Set();
		let next = this.body.firstChild;

		for (const row of rows) {
			const name = key(row);
			const line = this.rows.get(name) ?? this.make(row);

			seen.add(name);
			this.rows.set(name, line);
			this.fill(line, row);
			line.node.row = row;
			if (line.node === next) next = next.nextSibling;
			else this.body.insertBefore(line.node, next);
		}
		for (const [name, line] of this.rows) {
			if (!seen.has(name)) {
				line.node.remove();
				this.rows.delete(name);
			}
		}
		if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
	}

	fill(line, row) {
		this.columns.forEach((column, i) => {
			if (column.fill) return column.fill(line.cells[i].firstChild, row);
			const text = column.cell(row);

			setText(line.cells[i], text);
			line.cells[i].classList.toggle("zero", text === "0" || text === "–");
		});
	}
}
