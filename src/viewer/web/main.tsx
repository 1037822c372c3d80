import { render } from 'preact';
import { say, start } from './state/app.ts';
import { App } from './views/app.tsx';

const place = document.getElementById('app');
if (place) render(<App />, place);
start().catch((error: unknown) => say(String(error instanceof Error ? error.message : error), true));
