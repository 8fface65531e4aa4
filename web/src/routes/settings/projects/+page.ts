import { redirect } from '@sveltejs/kit';
import { inApp } from '$lib/state/base';
import type { PageLoad } from './$types';

/** The former place of the projects. */
export const load: PageLoad = () => redirect(308, inApp('/data'));
