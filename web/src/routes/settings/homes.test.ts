import { expect, test } from 'vitest';
import { homeAt } from '../../testing/answers';
import { homesByLabel } from './homes';

test('homes of one place are one, unless one of them cannot be read', () => {
	const lost = { ...homeAt('/3', 'cowork'), readable: false };
	const homes = [homeAt('/a'), homeAt('/1', 'cowork'), lost, homeAt('/2', 'cowork'), homeAt('/b')];
	expect(homesByLabel(homes).map(({ dir, count }) => [dir.path, count])).toEqual([
		['/a', 1],
		['/1', 2],
		['/3', 1],
		['/b', 1]
	]);
});
