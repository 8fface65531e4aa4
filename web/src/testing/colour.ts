/**
 * The arithmetic behind the claims that tokens.test.ts makes about colours.
 *
 * Sources: WCAG 2.2 for contrast, Björn Ottosson's OKLab for distance, and the full-severity
 * matrices of Machado, Oliveira and Fernandes (2009) for how colours look to people with
 * another colour vision.
 */

/** Red, green and blue, linear, each 0..1. */
export type Linear = readonly [number, number, number];

export const VISIONS = ['normal', 'protan', 'deutan', 'tritan'] as const;
export type Vision = (typeof VISIONS)[number];

type Matrix = readonly [Linear, Linear, Linear];

const SEEN: Record<Vision, Matrix> = {
	normal: [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1]
	],
	protan: [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998]
	],
	deutan: [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881]
	],
	tritan: [
		[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039]
	]
};

const TO_CONES: Matrix = [
	[0.4122214708, 0.5363325363, 0.0514459929],
	[0.2119034982, 0.6806995451, 0.1073969566],
	[0.0883024619, 0.2817188376, 0.6299787005]
];

const TO_OKLAB: Matrix = [
	[0.2104542553, 0.793617785, -0.0040720468],
	[1.9779984951, -2.428592205, 0.4505937099],
	[0.0259040371, 0.7827717662, -0.808675766]
];

function apply(matrix: Matrix, [x, y, z]: Linear): Linear {
	const [a, b, c] = matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
	return [a ?? 0, b ?? 0, c ?? 0];
}

/** Returns the linear colour of `#rrggbb`. */
export function linear(hex: string): Linear {
	const channel = (start: number) => {
		const value = parseInt(hex.slice(start, start + 2), 16) / 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	};
	return [channel(1), channel(3), channel(5)];
}

/** Returns the WCAG contrast ratio of two colours, 1..21. */
export function contrast(one: string, other: string): number {
	const luminance = ([r, g, b]: Linear) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
	const [a, b] = [luminance(linear(one)), luminance(linear(other))];
	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Returns how far apart two colours look: their OKLab distance times 100. */
export function distance(one: string, other: string, vision: Vision): number {
	const [a, b] = [oklab(one, vision), oklab(other, vision)];
	return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Returns how light a colour looks, from 0 for black to 100 for white. */
export function lightness(hex: string): number {
	return 100 * oklab(hex, 'normal')[0];
}

function oklab(hex: string, vision: Vision): Linear {
	const [r, g, b] = apply(SEEN[vision], linear(hex));
	const clamp = (value: number) => Math.min(1, Math.max(0, value));
	const [l, m, s] = apply(TO_CONES, [clamp(r), clamp(g), clamp(b)]);
	return apply(TO_OKLAB, [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)]);
}
