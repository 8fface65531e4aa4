import type { PageLoad } from './$types';
import { askDocument } from './api';

export const load: PageLoad = ({ fetch }) => ({ document: askDocument(fetch) });
