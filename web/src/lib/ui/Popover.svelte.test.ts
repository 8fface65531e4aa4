import { render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import Popover from './Popover.svelte';

test('a panel that closes after it was removed is no error', () => {
	const snippet = (html: string) => createRawSnippet(() => ({ render: () => html }));
	const { unmount } = render(Popover, {
		role: 'dialog',
		name: 'Zone',
		trigger: snippet('<b>UTC</b>'),
		children: snippet('<p>All zones</p>')
	});
	const panel = screen.getByRole('dialog', { hidden: true });
	const failed = vi.fn((event: ErrorEvent) => event.preventDefault());
	window.addEventListener('error', failed);
	unmount();
	panel.dispatchEvent(Object.assign(new Event('toggle'), { newState: 'closed' }));
	window.removeEventListener('error', failed);
	expect(document.activeElement).toBe(document.body);
	expect(failed).not.toHaveBeenCalled();
});
