import { vi } from 'vitest';

/** Gives every element of a test a width, which nothing lays out there. */
export function giveRoom(width: number) {
	vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
}
