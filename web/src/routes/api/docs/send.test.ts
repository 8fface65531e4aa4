import { afterEach, expect, test, vi } from 'vitest';
import { indented, send } from './send';

afterEach(() => vi.unstubAllGlobals());

test('JSON is indented, and its digits stay', () => {
	const json = '{"cost":0.100000000000000001,"a,b":[],"c":{},"d":["x:{\\"}",null,{"e":-1.5e3}]}';
	const text = indented(json);
	expect(text).toBe(`{
  "cost": 0.100000000000000001,
  "a,b": [],
  "c": {},
  "d": [
    "x:{\\"}",
    null,
    {
      "e": -1.5e3
    }
  ]
}`);
	expect(JSON.parse(text)).toEqual(JSON.parse(json));
});

test('a long body is cut, and no response is a reason', async () => {
	vi.stubGlobal('fetch', () =>
		Promise.resolve(new Response('x'.repeat(100_007), { status: 200, statusText: 'OK' }))
	);
	const long = await send('GET', '/', {}, null);
	expect(long).toMatchObject({ status: '200 OK', cut: 7, bytes: 100_007 });
	expect(long.body.length).toBe(100_000);
	vi.stubGlobal('fetch', () => Promise.reject(new Error('refused')));
	expect(await send('GET', '/', {}, null)).toMatchObject({ status: null, body: 'refused' });
});
