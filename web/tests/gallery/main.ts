import '$lib/styles/tokens.css';
import '$lib/styles/base.css';
import { mount } from 'svelte';
import { setLocale } from '$lib/paraglide/runtime';
import InApp from '../../src/testing/InApp.svelte';
import Gallery from './Gallery.svelte';

const query = new URLSearchParams(location.search);
const theme = query.get('theme');
if (theme) document.documentElement.dataset.theme = theme;
void setLocale(query.get('lang') === 'zh' ? 'zh' : 'en', { reload: false });

const target = document.getElementById('app');
if (target) {
	mount(InApp, {
		target,
		props: {
			component: Gallery,
			given: { state: query.get('state') ?? 'year', only: query.get('only') }
		}
	});
}
