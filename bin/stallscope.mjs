#!/usr/bin/env node
// The installed command: the same as `npm run -s stallscope --` in a checkout.
import '../scripts/run.mjs';
