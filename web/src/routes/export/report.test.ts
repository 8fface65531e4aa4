import { expect, test } from 'vitest';
import { reportAddress } from './report';

test('the address of a report has the filter and the form', () =>
	expect(
		reportAddress(
			{ range: '7d', tz: 'Asia/Shanghai', project: ['/a', '/b & c'], model: undefined },
			{ format: 'html', language: 'zh', names: 'numbered' }
		)
	).toBe(
		'/api/v1/report?range=7d&tz=Asia%2FShanghai&project=%2Fa&project=%2Fb+%26+c&format=html&language=zh&names=numbered'
	));
