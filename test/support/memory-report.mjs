/**
 * Preloaded into the built program (`node --import`): writes down how much memory it took, when it ends, into the file
 * MEMORY_REPORT. In KiB: `samples` of the resident set, four a second, and its `peak`.
 */

import { readFileSync, writeFileSync } from 'node:fs';

const samples = [];
const sample = () => samples.push(Math.round(process.memoryUsage.rss() / 1024));
setInterval(sample, 250).unref();

process.on('exit', () => {
  sample();
  writeFileSync(process.env.MEMORY_REPORT, JSON.stringify({ peak: peak(), samples }));
});

/** Linux tells that of this program alone; what `getrusage` tells begins with the process that started it. */
function peak() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
