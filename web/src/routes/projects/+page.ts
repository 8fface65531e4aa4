import { createApi, SERVER_DATA } from '$lib/api/client';
import { choiceOf, questionOf } from '$lib/state/filter';
import type { PageLoad } from './$types';
import { SORTS } from './sorts';

/** As many projects as are shown at once. */
const PROJECTS = 50;

export const load: PageLoad = ({ fetch, url, depends }) => {
	depends(SERVER_DATA);
	const { filter, compare } = questionOf(url);
	const question = {
		...filter,
		compare,
		limit: PROJECTS,
		sort: choiceOf(url, 'sort', SORTS),
		order: choiceOf(url, 'order', ['desc', 'asc'])
	};
	return { question, projects: createApi(fetch).projects(question) };
};
