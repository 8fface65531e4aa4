import { beforeEach, expect, test, vi } from 'vitest';
import { Shortcuts, type Action } from './shortcuts.svelte';

let shortcuts: Shortcuts;

beforeEach(() => {
	localStorage.clear();
	document.body.innerHTML = '';
	// The test environment does not support popovers, nor queries for open ones.
	vi.spyOn(document, 'querySelector').mockImplementation(() => onTop);
	onTop = null;
	vi.spyOn(KeyboardEvent.prototype, 'getModifierState').mockImplementation(() => altGr);
	altGr = false;
	shortcuts = new Shortcuts();
});

let onTop: Element | null = null;
let altGr = false;

/** Presses keys, and returns what the last one is to do. */
function press(keys: string, init: KeyboardEventInit = {}, html = '<p></p>'): Action | null {
	document.body.innerHTML = html;
	let action: Action | null = null;
	const target = document.body.firstElementChild;
	target?.addEventListener('keydown', (pressed) => {
		action = shortcuts.press(pressed as KeyboardEvent);
	});
	for (const key of keys) target?.dispatchEvent(new KeyboardEvent('keydown', { key, ...init }));
	return action;
}

test('a key does one thing', () => {
	expect(press('[')).toEqual({ kind: 'earlier' });
	expect(press(']')).toEqual({ kind: 'later' });
	expect(press('c')).toEqual({ kind: 'compare' });
	expect(press('t')).toEqual({ kind: 'charts' });
	expect(press('/')).toEqual({ kind: 'search' });
	expect(press('?', { shiftKey: true })).toEqual({ kind: 'help' });
	expect(press('x')).toBeNull();
});

test('after the prefix, keys lead to pages', () => {
	expect(press('gs')).toEqual({ kind: 'page', path: '/sessions' });
	expect(press('gt')).toEqual({ kind: 'page', path: '/trends' });
	expect(press('gx')).toBeNull();
	expect(press('t'), 'the prefix holds for one key').toEqual({ kind: 'charts' });
});

test('keys of browsers and systems are not used', () => {
	for (const modifier of ['altKey', 'ctrlKey', 'metaKey']) {
		expect(press('c', { [modifier]: true }), modifier).toBeNull();
	}
	expect(press('c', { repeat: true })).toBeNull();
	expect(press('c', { isComposing: true })).toBeNull();
});

test('brackets may take AltGr', () => {
	altGr = true;
	expect(press('[', { ctrlKey: true, altKey: true })).toEqual({ kind: 'earlier' });
});

test('shortcuts are inactive in fields and lists', () => {
	for (const html of [
		'<input>',
		'<input type="search">',
		'<textarea></textarea>',
		'<select></select>',
		'<p contenteditable></p>',
		'<div role="listbox"></div>'
	]) {
		expect(press('c', {}, html), html).toBeNull();
	}
	expect(press('c', {}, '<input type="radio">')).toEqual({ kind: 'compare' });
});

test('an open dialog has its own keys', () => {
	onTop = document.createElement('dialog');
	expect(press('c')).toBeNull();
});

test('shortcuts can be switched off', () => {
	shortcuts.enabled = false;
	expect(press('c')).toBeNull();
	expect(new Shortcuts().enabled).toBe(false);
	shortcuts.enabled = true;
	expect(new Shortcuts().enabled).toBe(true);
});
