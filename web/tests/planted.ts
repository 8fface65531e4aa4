/** The largest amount in place of every other one. */

import type { Page } from '@playwright/test';
import type { Now } from '../src/lib/api/types';
import { answerOf, endpoint } from './helpers';
import { busy } from './present';

/** The largest amount that is to fit, as a lower bound, which is longer. */
const AMOUNT = 99_999_999.99;

/** Has the server answer with the largest amount everywhere. */
export async function plantAmounts(page: Page) {
	await page.route(/\/api\/v1\/(?!ws|openapi|health|config)/, async (route) => {
		const response = await answerOf(route);
		if (!response.headers()['content-type']?.includes('json')) return route.fulfill({ response });
		const body: unknown = await response.json();
		const isNow = endpoint('/now').test(route.request().url());
		await route.fulfill({ response, json: planted(isNow ? busy(body as Now, false) : body) });
	});
}

/** Returns an answer with every amount replaced. */
function planted(value: unknown, name = '', isCost = false): unknown {
	if (typeof value === 'number') {
		// A price is not an amount that was used.
		if (name === 'usd_each') return value;
		const isAmount =
			/usd/.test(name) || (isCost && /^(total|totals|values|previous|min|max|avg)$/.test(name));
		return isAmount ? AMOUNT : value;
	}
	if (name === 'certainty' && value === 'exact') return 'at_least';
	if (Array.isArray(value)) return value.map((item) => planted(item, name, isCost));
	if (typeof value !== 'object' || value === null) return value;
	const cost = isCost || (value as { metric?: string }).metric === 'cost_usd';
	if (name === 'targets') return { block: AMOUNT, day: 1, week: 1, month: AMOUNT };
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [key, planted(item, key, cost)])
	);
}

/** Returns the amounts that are beyond their card, or cut off within it. */
export async function amountsOutside(page: Page): Promise<string[]> {
	return page.evaluate(() => {
		const found: string[] = [];
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const text = texts.currentNode;
			const parent = text.parentElement;
			if (!parent || !/\$\s?99,999,999|9999\.99万|1\.00亿/.test(text.textContent ?? '')) continue;
			if (!parent.checkVisibility({ visibilityProperty: true })) continue;
			if (parent.closest('.visually-hidden, select, script, title')) continue;
			const card = parent.closest('.card, dialog, [role="dialog"], header, main');
			if (!card) continue;
			const range = document.createRange();
			range.selectNodeContents(text);
			const { left, right } = range.getBoundingClientRect();
			const box = card.getBoundingClientRect();
			const style = getComputedStyle(card);
			const over = Math.max(
				right - (box.right - parseFloat(style.paddingRight)),
				box.left + parseFloat(style.paddingLeft) - left
			);
			let cut = 0;
			for (let of: Element | null = parent; of && of !== card; of = of.parentElement) {
				const { overflowX } = getComputedStyle(of);
				if (overflowX !== 'visible') cut = Math.max(cut, right - of.getBoundingClientRect().right);
			}
			if (over > 0.75 || cut > 0.75) {
				const heading = card.querySelector('h2, h3, caption')?.textContent?.trim().slice(0, 30);
				found.push(
					`${heading}: "${text.textContent?.trim().slice(0, 40)}" ${Math.round(Math.max(over, cut))} px`
				);
			}
		}
		return found;
	});
}

/** Returns the texts of charts that are beyond their drawing, where they are cut off. */
export async function labelsOutside(page: Page): Promise<string[]> {
	return page.evaluate(() =>
		[...document.querySelectorAll('main svg text')].flatMap((text) => {
			// What is scrolled within a drawing is meant to be cut off.
			if (text.closest('svg svg')) return [];
			const { left, right } = text.getBoundingClientRect();
			const box = text.closest('svg')?.getBoundingClientRect();
			const over = box ? Math.max(right - box.right, box.left - left) : 0;
			// The box of a letter is rounded to whole pixels.
			return over > 1 ? [`"${text.textContent?.trim()}" ${over.toFixed(1)} px`] : [];
		})
	);
}
