import { expect, test } from 'vitest';
import { toolsOf } from './tools';

test('a tool is named once', () =>
	expect(toolsOf(['Read', 'Bash', 'Read'])).toEqual(['Read ×2', 'Bash']));
