// SPDX-License-Identifier: GPL-2.0-only
// Histograms of the kernel: eight buckets an octave, told by their least value in nanoseconds.

export const FIRST_END = 512; // of the bucket that begins with 0

// Where the bucket ends that begins with `from`.
export const bucketEnd = (from) => (from < FIRST_END ? FIRST_END : from + 2 ** (Math.floor(Math.log2(from)) - 3));

export const middle = (from) => (from + bucketEnd(from)) / 2;

// Add the counts of an object or a list of [from, count] to a Map.
export function add(sum, counts) {
	for (const [from, count] of counts) sum.set(Number(from), (sum.get(Number(from)) ?? 0) + count);
	return sum;
}

export const total = (histogram) => [...histogram.values()].reduce((sum, count) => sum + count, 0);

// The value that this share of all does not exceed, as the commands give it: the middle of its bucket; null: no values.
export function quantile(histogram, wanted) {
	const least = Math.ceil(total(histogram) * wanted);
	let sum = 0;

	for (const from of [...histogram.keys()].sort((a, b) => a - b)) {
		sum += histogram.get(from);
		if (sum >= least) return middle(from);
	}
	return null;
}
