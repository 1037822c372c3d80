#!/usr/bin/env node
import { main } from './cli/main.ts';

// Everything that was started has ended by now; idle connections must not keep the process.
process.exit(await main(process.argv.slice(2)));
