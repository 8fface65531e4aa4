/** What every test of the page begins with. */

import { configure } from '@testing-library/svelte';
import { PATIENCE_MS } from './patience';

configure({ asyncUtilTimeout: PATIENCE_MS });
